# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Packages come and go under people who are logged in.

# The same package under a higher version.  The module's notes what it finds before it is unpacked.
repack() { # PACKAGE
	local tree

	tree=$(mktemp -d)
	dpkg-deb -R "$1"_[0-9]*.deb "$tree"
	sed -i -E 's/^(Version: .*)/\1+next/; s/^(Pre-Depends: .*nsisolate \(>= [^)]*)\)/\1+next)/' "$tree/DEBIAN/control"
	if [ "$1" = libpam-nsisolate ]; then
		cat >"$tree/DEBIAN/preinst" <<-'END'
			#!/bin/sh
			pid=$(cut -d' ' -f1 /run/nsisolate/helper.lock)
			{ dpkg-query -W -f '${Status} ${Version}\n' nsisolate; readlink "/proc/$pid/exe"; } >/run/at-unpack 2>&1
			exit 0
		END
		chmod 755 "$tree/DEBIAN/preinst"
	fi
	dpkg-deb -b "$tree" "/root/next/$1.deb"
	rm -rf "$tree"
}

# Somebody logs in, again and again, while CMD runs.
with_logins() { # CMD...
	local logins

	rm -f /run/stop
	(while [ ! -e /run/stop ]; do as_su alice true || echo refused; done) >/run/logins 2>&1 &
	logins=$!
	expect_ok "$@"
	touch /run/stop
	wait $logins
	expect_eq "$(cat /run/logins)" "" "logins meanwhile that failed"
}

helper_pid() {
	cut -d' ' -f1 /run/nsisolate/helper.lock
}

case_begin "upgrade: sessions, their /tmp, the policy and the choice of the profile stay"
mkdir -p /root/next
{ repack nsisolate && repack libpam-nsisolate; } >&2
echo '# mine' >>/etc/security/nsisolate.conf
expect_ok hold a alice
ask a 'touch /tmp/before'
inside=$(ask a 'readlink /proc/self/ns/mnt')
with_logins apt-get install -y -q /root/next/*.deb
expect_has "$(dpkg-query -W -f '${Version}' nsisolate)" +next "version"
expect_eq "$(ask a 'ls -d /tmp/before')" /tmp/before "the session's file"
seen=$(as_ssh alice "$look")
expect_eq "$(seen_of mnt)" "$inside" "where the next login comes"
expect_eq "$(tail -n 1 /etc/security/nsisolate.conf)" '# mine' "the policy"
expect_ok grep -q pam_nsisolate /etc/pam.d/common-session
case_ok

case_begin "upgrade: the new helper is there before the new module is unpacked"
expect_has "$(cat /run/at-unpack)" "install ok installed" "the package of the helper"
expect_has "$(cat /run/at-unpack)" +next "its version"
expect_eq "$(tail -n 1 /run/at-unpack)" /usr/libexec/nsisolate/nsisolate-helper "what the helper runs"
case_ok

case_begin "downgrade: sessions and their /tmp stay, and nobody is refused"
with_logins apt-get install -y -q --allow-downgrades ./nsisolate_[0-9]*.deb ./libpam-nsisolate_[0-9]*.deb
expect_has_not "$(dpkg-query -W -f '${Version}' nsisolate libpam-nsisolate)" next "versions"
expect_eq "$(ask a 'ls -d /tmp/before')" /tmp/before "the session's file"
seen=$(as_ssh alice "$look")
expect_eq "$(seen_of mnt)" "$inside" "where the next login comes"
case_ok

case_begin "the module alone, before its helper: dpkg refuses, and everything goes on"
expect_fails dpkg -i /root/next/libpam-nsisolate.deb
expect_eq "$(dpkg-query -W -f '${Status}' libpam-nsisolate)" "install ok installed" "the module's package"
seen=$(as_ssh alice "$look")
expect_eq "$(seen_of mnt)" "$inside" "where the next login comes"
case_ok

case_begin "upgrade without the socket: the helper that a login had started makes way"
expect_ok systemctl disable --now nsisolate.socket
systemctl stop nsisolate.service
seen=$(as_ssh alice "$look")
expect_eq "$(seen_of mnt)" "$inside" "where a login comes"
old=$(helper_pid)
expect_ok test -d "/proc/$old"
with_logins apt-get install -y -q /root/next/*.deb
wait_until 20 is_gone "$old" || fail "the old helper is still there"
seen=$(as_ssh alice "$look")
expect_eq "$(seen_of mnt)" "$inside" "where the next login comes"
expect_eq "$(systemctl is-active nsisolate.socket)" inactive "the administrator's choice"
case_ok

init() {
	SYSTEMCTL_SKIP_REDIRECT=1 /etc/init.d/nsisolate "$@"
}

case_begin "the init script: status, reload, restart and stop are for the helper, and sets stay"
expect_has "$(init status)" "$(helper_pid)" "status"
expect_ok init reload
old=$(helper_pid)
expect_ok init restart
wait_until 20 init status >/dev/null || fail "it is not running again"
expect_ne "$(helper_pid)" "$old" "the helper"
expect_ok init stop
init status >&2
expect_eq $? 3 "status after that"
seen=$(as_ssh alice "$look")
expect_eq "$(seen_of mnt)" "$inside" "where the next login comes"
expect_ok systemctl enable --now nsisolate.socket
case_ok

case_begin "removal: sessions stay, and the next login is not isolated and not refused"
expect_ok apt-get remove -y -q nsisolate libpam-nsisolate
expect_eq "$(grep -l pam_nsisolate /etc/pam.d/* | xargs)" "" "PAM stacks with the module"
expect_eq "$(ask a 'ls -d /tmp/before')" /tmp/before "the session's file"
seen=$(as_ssh alice "$look") || fail "status $?"
expect_on_host
drop a
seen=$(as_su bob "$look") || fail "status $?"
expect_on_host
case_ok

case_begin "installed again: it finds what was left, and goes on"
expect_ok apt-get install -y -q /root/next/*.deb
expect_ok pam-auth-update --enable nsisolate
seen=$(as_ssh alice "$look") || fail "status $?"
expect_isolated alice
as_ssh alice 'echo mine >/var/tmp/kept'
everybody_gone
case_ok

case_begin "purge: removes what is the package's, and says what it leaves"
out=$(apt-get purge -y -q nsisolate libpam-nsisolate 2>&1) || fail "status $?"
expect_has "$out" "left /var/lib/nsisolate" "what it says"
expect_ok test -n "$(find /var/lib/nsisolate -name kept)"
for path in /etc/security/nsisolate.conf /etc/security/nsisolate.d /run/nsisolate \
	/etc/apparmor.d/usr.libexec.nsisolate.nsisolate-helper /usr/share/pam-configs/nsisolate; do
	[ ! -e $path ] || fail "$path is still there"
done
expect_eq "$(systemctl list-units --all --no-legend 'nsisolate*' | grep -v not-found)" "" "units"
expect_eq "$(systemctl is-system-running)" running "the system"
case_ok
