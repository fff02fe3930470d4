# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# From the packages to the first isolated login, as docs/debian.md says.

touch /tmp/host-mark

case_begin "install: nothing changes for anybody"
expect_ok run_as_written "$(doc_commands | head -n 1)"
expect_eq "$(stacks_with_module)" "" "PAM stacks with the module"
expect_eq "$(systemctl is-active nsisolate.socket)" active "the socket"
expect_eq "$(stat -c %a-%U /run/nsisolate /run/nsisolate/helper.sock | xargs)" "700-root 600-root" "modes"
seen=$(as_ssh alice "$look") || fail "status $?"
expect_on_host
case_ok

# As autopkgtest(1) runs them: with a directory of their own, and nothing to read.
for test in $(sed -n 's/^Tests: //p' "$here/autopkgtest/control"); do
	case_begin "autopkgtest $test"
	expect_ok env AUTOPKGTEST_TMP="$(mktemp -d)" "$here/autopkgtest/$test" </dev/null
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

case_begin "doctor has neither errors nor warnings then"
expect_ok nsisolate doctor --strict
case_ok

case_begin "a refusal is final: what a service has behind common-session does not run"
printf '%s\n' 'auth sufficient pam_permit.so' 'account sufficient pam_permit.so' '@include common-session' \
	'session optional pam_exec.so /usr/bin/touch /run/behind' >/etc/pam.d/behind
expect_ok pamtester behind alice open_session close_session
expect_ok rm /run/behind
refusing_policy
expect_fails pamtester behind alice open_session
[ ! -e /run/behind ] || fail "a module behind the refusal ran"
former_policy
rm -f /etc/pam.d/behind /run/behind
case_ok

case_begin "pam-auth-update puts it last, behind the modules of other packages"
pam-auth-update --enable mkhomedir
for file in common-session common-session-noninteractive; do
	expect_eq "$(grep -v '^#' /etc/pam.d/$file | grep . | tail -n 1 | xargs)" \
		"session requisite pam_nsisolate.so" "the last line of $file"
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
expect_eq "$(grep -cE 'pam_nsisolate.so *$|usernet' /etc/pam.d/common-session)" 1 "lines of the two"
pam-auth-update --disable libpam-net-usernet
rm /usr/share/pam-configs/libpam-net-usernet
pam-auth-update --enable nsisolate
expect_ok grep -q pam_nsisolate /etc/pam.d/common-session
case_ok

case_begin "the profile for interactive sessions leaves cron and sudo alone"
pam-auth-update --disable nsisolate nsisolate-close
pam-auth-update --enable nsisolate-interactive
expect_eq "$(stacks_with_module)" /etc/pam.d/common-session "stacks with the module"
pam-auth-update --disable nsisolate-interactive
pam-auth-update --enable nsisolate nsisolate-close
case_ok
everybody_gone

# The first command of README.Debian that stands alone below a heading.
readme_command() { # HEADING WORDS
	zcat -f /usr/share/doc/libpam-nsisolate/README.Debian* | sed -n "/^$1/,\$p" | grep -E "^ +$2" | head -n 1
}

case_begin "recover: with a broken policy root gets in, and README.Debian's command lets everybody in"
cp -a /etc/security/nsisolate.conf /root/policy
echo 'version = 2;' >/etc/security/nsisolate.conf
systemctl restart nsisolate.service
seen=$(as_su alice "$look") || fail "the last good policy does not let her in: status $?"
expect_isolated alice
rm -r /var/lib/nsisolate/policy
systemctl restart nsisolate.service
expect_fails as_su alice true
expect_ok as_ssh root true
command=$(readme_command Recover "pam-auth-update")
expect_has "$command" --disable "the command"
expect_ok bash -c "$command" </dev/null
seen=$(as_ssh alice "$look") || fail "status $?"
expect_on_host
former_policy
expect_ok nsisolate-enable
seen=$(as_ssh alice "$look") || fail "status $?"
expect_isolated alice
journalctl -q --sync # it writes a moment after it is told
expect_has "$(bash -c "$(readme_command Verify journalctl)")" uid=1000 "README.Debian's look at the journal"
case_ok
everybody_gone
patience
