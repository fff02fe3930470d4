#!/bin/bash
# SPDX-License-Identifier: MIT
# Are the Debian packages what they should be?  Needs no root.
set -u
shopt -s nullglob
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2

faults=0
case_name=
case_bad=0

begin() {
	case_name=$1
	case_bad=0
}

fail() {
	echo "FAILED $case_name: $*" >&2
	case_bad=1
}

finish() {
	[ $case_bad = 0 ] && echo "ok $case_name" || echo "not ok $case_name"
	faults=$((faults + case_bad))
}

for tool in dpkg-buildpackage dh dh_apparmor lintian readelf; do
	command -v $tool >/dev/null || { echo "skip all # needs $tool: tools/install-packages package" && exit 0; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

begin "they can be built"
tools/build-deb "$work/one" >&2 || fail "status $?"
finish
[ $faults = 0 ] || exit 1

begin "they are the same bytes from another directory, with another umask and locale"
(umask 077 && LC_ALL=C.UTF-8 tools/build-deb "$work/another/place" >&2) || fail "status $?"
for deb in "$work"/one/*.deb; do
	cmp "$deb" "$work/another/place/${deb##*/}" >&2 || fail "${deb##*/} differs"
done
finish

begin "lintian has nothing to say, be it pedantic"
said=$(lintian --allow-root --pedantic --display-info --tag-display-limit 0 "$work"/one/*.changes 2>&1 | grep -E '^[EWIPX]:')
[ -z "$said" ] || fail "$said"
[ "$(cat debian/*.lintian-overrides | grep -vc '^#')" -le 2 ] || fail "more than two are overridden"
finish

begin "programs and module are hardened"
for package in nsisolate libpam-nsisolate; do
	dpkg-deb -x "$work/one/$package"_[0-9]*.deb "$work/tree"
done
for file in $(find "$work/tree" -type f \( -name '*.so' -o -path '*/libexec/*' -o -path '*/sbin/nsisolate' \)); do
	name=${file##*/}
	readelf -h "$file" | grep -q 'Type: *DYN' || fail "$name is no PIE"
	readelf -d "$file" | grep -q BIND_NOW || fail "$name binds lazily"
	readelf -l "$file" | grep -q GNU_RELRO || fail "$name has no RELRO"
	readelf -l "$file" | grep GNU_STACK | grep -q RWE && fail "$name has an executable stack"
	[ "$name" != nsisolate-anchor ] || continue # it has no C library, which does the rest
	readelf -W --dyn-syms "$file" | grep -q __stack_chk_fail || fail "$name has no stack protector"
	readelf -W --dyn-syms "$file" | grep -q '_chk@' || fail "$name is not fortified"
	# Debian's own start files are not marked for CET, so a program is not either: look at the code.
	[ "$(uname -m)" != x86_64 ] || objdump -d "$file" | grep -q endbr64 || fail "$name has no CET"
done
for flag in -fstack-clash-protection -fcf-protection -fstack-protector-strong; do
	[ "$(uname -m)" != x86_64 ] || ! grep -E '^(gcc|cc) .* -c -o' "$work/one/build.log" | grep -qv -- $flag ||
		fail "a file is built without $flag"
done
grep -qE '^(gcc|cc) .* -c -o' "$work/one/build.log" || fail "the log shows no compiler"
[ -z "$(find "$work/tree" -perm /6000)" ] || fail "something is setuid or setgid"
finish

begin "the configuration is a conffile, and directories of state are not in the packages"
dpkg-deb -I "$work"/one/nsisolate_*.deb conffiles | grep -qx /etc/security/nsisolate.conf || fail "no conffile"
[ ! -e "$work/tree/run" ] && [ ! -e "$work/tree/var" ] || fail "/run or /var is in the packages"
finish
exit $faults
