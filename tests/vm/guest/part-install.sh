# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# From the packages to the first isolated login, as docs/debian.md says.

stacks_with_module() {
	grep -ls '^[^#]*pam_nsisolate' /etc/pam.d/*
}

touch /tmp/host-mark

case_begin "install: nothing changes for anybody"
expect_ok run_as_written "$(doc_commands | head -n 1)"
expect_eq "$(stacks_with_module)" "" "PAM stacks with the module"
expect_eq "$(systemctl is-active nsisolate.socket)" active "the socket"
expect_eq "$(stat -c %a-%U /run/nsisolate /run/nsisolate/helper.sock | xargs)" "700-root 600-root" "modes"
seen=$(as_ssh alice "$look") || fail "status $?"
expect_on_host
case_ok

for test in profiles session; do
	case_begin "autopkgtest $test"
	expect_ok "$here/autopkgtest/$test"
	expect_eq "$(stacks_with_module)" "" "PAM stacks with the module"
	touch /tmp/host-mark
	case_ok
done

case_begin "enable: refused while the policy is not valid"
cp -a /etc/security/nsisolate.conf /root/policy
echo 'version = 2;' >/etc/security/nsisolate.conf
expect_fails nsisolate-enable
expect_eq "$(stacks_with_module)" "" "PAM stacks with the module"
mv /root/policy /etc/security/nsisolate.conf
case_ok

case_begin "the ten commands of docs/debian.md"
expect_eq "$(doc_commands | wc -l)" 10 "number of commands"
run_the_rest
case_ok

case_begin "pam-auth-update puts it last, behind the modules of other packages"
pam-auth-update --enable mkhomedir
for file in common-session common-session-noninteractive; do
	expect_eq "$(grep -v '^#' /etc/pam.d/$file | grep . | tail -n 1 | xargs)" \
		"session required pam_nsisolate.so" "the last line of $file"
done
expect_ok grep -q pam_mkhomedir /etc/pam.d/common-session
expect_ok grep -q pam_systemd /etc/pam.d/common-session
pam-auth-update --disable mkhomedir
case_ok

case_begin "it is not enabled together with a profile of libpam-net"
printf '%s\n' 'Name: usernet' 'Default: no' 'Priority: 0' 'Session-Type: Additional' 'Session:' \
	'	required	pam_permit.so usernet' >/usr/share/pam-configs/libpam-net-usernet
pam-auth-update --enable libpam-net-usernet 2>/dev/null
pam-auth-update --enable nsisolate 2>/dev/null
expect_eq "$(grep -cE 'pam_nsisolate|usernet' /etc/pam.d/common-session)" 1 "lines of the two"
pam-auth-update --disable libpam-net-usernet
rm /usr/share/pam-configs/libpam-net-usernet
pam-auth-update --enable nsisolate
expect_ok grep -q pam_nsisolate /etc/pam.d/common-session
case_ok

case_begin "the profile for interactive sessions leaves cron and sudo alone"
pam-auth-update --disable nsisolate
pam-auth-update --enable nsisolate-interactive
expect_eq "$(stacks_with_module)" /etc/pam.d/common-session "stacks with the module"
pam-auth-update --disable nsisolate-interactive
pam-auth-update --enable nsisolate
case_ok
everybody_gone
