#!/bin/bash
# SPDX-License-Identifier: MIT
# Is the AppArmor profile one that its parser takes, and does it say what it should?  Needs no root,
# and no kernel with AppArmor: what it does in force is looked at by tests/vm.
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2
profile=conf/apparmor/usr.libexec.nsisolate.nsisolate-helper
faults=0
PATH=$PATH:/usr/sbin

result() { # STATUS NAME
	[ "$1" = 0 ] && echo "ok $2" || echo "not ok $2"
	[ "$1" = 0 ] || faults=1
}

if ! command -v apparmor_parser >/dev/null; then
	echo "skip all # needs apparmor_parser: tools/install-packages package"
	exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# -Q: nothing is loaded; -K: no cache; -S: the compiled profile goes to standard output.
parse() { # FILE
	apparmor_parser -QKS "$1" >"$work/out" 2>"$work/said" && [ -s "$work/out" ]
}

parse $profile
result $? "the parser takes the profile"
! grep -iE 'error|warning.*(conflict|rule|deprecat)' "$work/said" >&2
result $? "and has nothing to say against it"

sed 's/capability sys_admin,/capability sys_admon,/' $profile >"$work/broken"
! parse "$work/broken"
result $? "it would not take one with a mistake"

# What it may execute: a change of profile (p, c, u) would be refused, as the helper has no_new_privs.
grep -vE '^ *#' $profile | grep -E '^ *(/|@\{|owner).* [a-zA-Z]*x,$' >"$work/executes"
! grep -E ' [a-zA-Z]*[pPcCuU][a-zA-Z]*x,$' "$work/executes" >&2
result $? "what it executes stays in it"
diff <(sed -E 's/^ *(\S+) .*/\1/' "$work/executes" | while read -r path; do eval "printf '%s\n' $path"; done | sort) - >&2 <<'END'
/bin/passt
/bin/passt.avx2
/bin/pasta
/bin/pasta.avx2
/usr/bin/passt
/usr/bin/passt.avx2
/usr/bin/pasta
/usr/bin/pasta.avx2
/usr/libexec/nsisolate/nsisolate-anchor
/usr/libexec/nsisolate/nsisolate-limits
END
result $? "it executes the programs of anchors and limits and pasta, and no other program"
diff <(sed -nE 's/^#define PROGRAM_[A-Z]+ +"([^"]*)".*/\1/p' lib/base/programs.h | sort) - >&2 <<'END'
/usr/bin/pasta
END
result $? "which are those that the helper names"
exit $faults
