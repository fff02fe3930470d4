#!/bin/bash
# SPDX-License-Identifier: MIT
# Does the RPM spec build, and is everything in it that is installed?  As far as this system's rpm can
# tell: its macros for systemd are stood in for.  And what does the recipe for authselect write?
set -u
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

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# What authselect does with a profile: a copy of the base, and the lines of the features that are on.
write_authselect() {
	cat >"$work/bin/authselect" <<-END
		#!/bin/bash
		set -eu
		custom=$work/authselect/custom
		case \$1 in
		create-profile)
			mkdir -p "\$custom/\$2"
			for f in system-auth password-auth; do
				printf '%s\n' 'auth  required  pam_unix.so' 'session  required  pam_limits.so' \
					'-session  optional  pam_systemd.so' 'session  required  pam_unix.so' >"\$custom/\$2/\$f"
			done
			;;
		select)
			mkdir -p $work/pam.d
			for f in system-auth password-auth; do
				sed -e 's/ *{include if "'"\${3:-none}"'"}\$//' -e '/{include if /d' \
					"\$custom/\${2#custom/}/\$f" >$work/pam.d/\$f
			done
			;;
		*) exit 2 ;;
		esac
	END
	printf '#!/bin/sh\nexit 0\n' >"$work/bin/nsisolate"
	chmod 755 "$work"/bin/*
}

begin "the recipe for authselect puts the module last, and only with its feature"
mkdir -p "$work/bin"
write_authselect
sed -n 's/^    //p' packaging/authselect.md | sed "s,/etc/authselect,$work/authselect,g" >"$work/recipe"
grep -q 'authselect select' "$work/recipe" || fail "the recipe does not select the profile"
(cd "$work" && PATH=$work/bin:$PATH bash -eu recipe) >&2 || fail "status $?"
for file in system-auth password-auth; do
	[ "$(tail -n 1 "$work/pam.d/$file" | xargs)" = "session required pam_nsisolate.so" ] ||
		fail "the last line of $file: $(tail -n 1 "$work/pam.d/$file")"
done
"$work/bin/authselect" select custom/nsisolate
! grep -q nsisolate "$work"/pam.d/* || fail "it is there without its feature"
finish

for tool in rpmbuild rpm; do
	command -v $tool >/dev/null ||
		{ echo "skip rpm # needs $tool: tools/install-packages package" && exit $faults; }
done

# Fedora's words for what this system's rpm does not know.
defines=(-D "_topdir $work/rpm" -D "_dbpath $work/db" -D "_sharedstatedir /var/lib"
	-D "_unitdir /usr/lib/systemd/system" -D "_tmpfilesdir /usr/lib/tmpfiles.d" -D "debug_package %{nil}" -D "_build_id_links none"
	-D "systemd_requires %{nil}" -D "systemd_post() systemd_post %*" -D "systemd_preun() systemd_preun %*"
	-D "systemd_postun_with_restart() systemd_postun_with_restart %*" -D "tmpfiles_create() tmpfiles_create %*")
version=$(sed -n 's/^Version: *//p' packaging/pam_nsisolate.spec)
dirs=(PREFIX=/usr SBINDIR=/usr/sbin LIBEXECDIR=/usr/libexec SYSCONFDIR=/etc MANDIR=/usr/share/man
	PAMDIR=/usr/lib64/security SYSTEMDUNITDIR=/usr/lib/systemd/system TMPFILESDIR=/usr/lib/tmpfiles.d XSESSIONDIR=/usr/share/nsisolate SELINUXDIR=/usr/share/selinux/packages)

begin "the spec's version is that of the sources"
[ "$version" = "$(sed -n 's/^VERSION := //p' Makefile)" ] || fail "it is $version"
finish

begin "rpmbuild builds the spec from a source archive"
mkdir -p "$work/rpm/SOURCES"
tools/sources | tar --transform "s,^,nsisolate-$version/," -cJf "$work/rpm/SOURCES/nsisolate-$version.tar.xz" -T -
# It is about the files: no need to optimize.
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u B CFLAGS=-O1 \
	rpmbuild "${defines[@]}" -bb --noclean --nodeps --nocheck packaging/pam_nsisolate.spec >"$work/log" 2>&1 ||
	fail "$(tail -n 20 "$work/log")"
rpm=$(echo "$work"/rpm/RPMS/*/pam_nsisolate-"$version"-*.rpm)
finish
[ -f "$rpm" ] || exit 1
query() {
	rpm -D "_dbpath $work/db" -qp "$@" "$rpm" 2>/dev/null
}

begin "it has what make install installs, and its documents"
env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$work"/rpm/BUILD/nsisolate-"$version" install \
	DESTDIR="$work/tree" "${dirs[@]}" >&2 || fail "make install: $?"
(cd "$work/tree" && find . -type f | sed 's,^\.,,' | sort) >"$work/installed"
query -l | sed -E 's,(/man/.*)\.gz$,\1,' | grep -vE '^/usr/share/(doc|licenses)/' | sort >"$work/listed"
missing=$(comm -23 "$work/installed" "$work/listed")
[ -z "$missing" ] || fail "lacks: $missing"
while IFS= read -r path; do
	[ -e "$work/tree$path" ] || [ "$path" = /var/lib/nsisolate ] || fail "nobody installs $path"
done <"$work/listed"
[ "$(query -c)" = /etc/security/nsisolate.conf ] || fail "configuration: $(query -c)"
query --docfiles | grep -q authselect.md || fail "no recipe for authselect in it"
[ "$(query --qf '[%{FILENAMES} %{FILEMODES:octal}\n]' | grep -c ' 10[467]')" = 0 ] || fail "something is setuid"
finish

begin "its scripts start the socket, restart the helper alone, and leave no stack without its module"
query --scripts >"$work/scripts"
for words in 'systemd_post nsisolate.socket' 'systemd_postun_with_restart nsisolate.service' 'exit 1'; do
	grep -q "$words" "$work/scripts" || fail "no '$words'"
done
! grep -q 'systemd_postun_with_restart.*socket' "$work/scripts" || fail "it restarts the socket"
finish
exit $faults
