# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Packages come and go under people who are logged in.

# The same package under a higher version.
repack() { # PACKAGE
	local tree

	tree=$(mktemp -d)
	dpkg-deb -R "$1"_[0-9]*.deb "$tree"
	sed -i 's/^\(Version: .*\)/\1+next/' "$tree/DEBIAN/control"
	dpkg-deb -b "$tree" "/root/next/$1.deb"
	rm -rf "$tree"
}

case_begin "upgrade: sessions, their /tmp, the policy and the choice of the profile stay"
mkdir -p /root/next
{ repack nsisolate && repack libpam-nsisolate; } >&2
echo '# mine' >>/etc/security/nsisolate.conf
expect_ok hold a alice
ask a 'touch /tmp/before'
inside=$(ask a 'readlink /proc/self/ns/mnt')
rm -f /run/stop
(while [ ! -e /run/stop ]; do as_su alice true || echo refused; done) >/run/logins 2>&1 &
logins=$!
expect_ok apt-get install -y -q /root/next/*.deb
touch /run/stop
wait $logins
expect_eq "$(cat /run/logins)" "" "logins during the upgrade that failed"
expect_has "$(dpkg-query -W -f '${Version}' nsisolate)" +next "version"
expect_eq "$(ask a 'ls -d /tmp/before')" /tmp/before "the session's file"
seen=$(as_ssh alice "$look")
expect_eq "$(seen_of mnt)" "$inside" "where the next login comes"
expect_eq "$(tail -n 1 /etc/security/nsisolate.conf)" '# mine' "the policy"
expect_ok grep -q pam_nsisolate /etc/pam.d/common-session
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
