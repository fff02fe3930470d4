#!/bin/bash
# SPDX-License-Identifier: MIT
# A view that cannot be given: nobody gets in half isolated, by whatever way; root gets in.
. "$(dirname "$0")/rig.sh"

isolate
cron_seconds=2
refused='^(PAM_SYSTEM_ERR|PAM_PERM_DENIED|PAM_BUF_ERR|PAM_USER_UNKNOWN|PAM_SERVICE_ERR)$'

expect_code() { # WHAT: the code of an open is one that every consumer takes for a failure
	local code
	code=$(as_pamhost alice open end 2>/dev/null | sed -n 's/^open //p')
	expect_match "$code" "$refused" "$1"
}

unmeetable_policy
for way in $(every_way); do
	check_refused "$way" alice "the policy cannot be met"
done

case_begin "sftp and forwarding are refused as well"
echo 'ls /' | as_sftp alice >/run/rig/out 2>&1
expect_no_match "$(cat /run/rig/out)" 'etc' "sftp's answer"
in_time ssh "${ssh_options[@]}" -W 127.0.0.1:22 alice@127.0.0.1 </dev/null >/run/rig/out 2>&1
expect_no_match "$(cat /run/rig/out)" 'SSH-2' "the answer through -W"
expect_all_gone
case_ok

case_begin "the log names the stage and what to do"
expect_match "$(grep nsisolate "$(rig_settled_log)" | tail -5)" 'not-there' "log"
case_ok

stack rig "$rig_service"
case_begin "codes: a policy that cannot be met"
expect_code "open"
case_ok

case_begin "codes: a policy that is broken, empty, missing, or anybody's"
# A helper that has none from before: one that has keeps the last good policy.
rig_forget_policy
policy <<<'version = 1; rules = ('
expect_code "broken"
expect_match "$(grep nsisolate-helper "$(rig_settled_log)" | tail -5)" 'nsisolate\.conf:[0-9]+' "log"
rig_forget_policy
policy </dev/null
expect_code "empty"
default_policy
rig_forget_policy
chmod 666 /etc/security/nsisolate.conf
expect_code "writable by all"
chmod 644 /etc/security/nsisolate.conf
rig_forget_policy
chown alice /etc/security/nsisolate.conf
expect_code "owned by a user"
rig_forget_policy
rm /etc/security/nsisolate.conf
expect_code "missing"
default_policy
case_ok

case_begin "codes: arguments that are unknown, doubled, malformed"
for arguments in bogus debug=1 'timeout=5 timeout=6' timeout=soon timeout=-1 rundir=relative on_error=perhaps; do
	stack rig "${rig_service} $arguments"
	code=$(as_pamhost alice open end 2>/dev/null | sed -n 's/^open //p')
	expect_eq "$code" PAM_SERVICE_ERR "$arguments"
done
stack rig "$rig_service"
case_ok

case_begin "codes: no helper, or one that is not what it should be"
rig_stop_helper
stack rig "$rig_service helper=/nonexistent rundir=/run/rig/other"
expect_code "missing"
stack rig "$rig_service helper=/bin/false rundir=/run/rig/other timeout=2"
expect_code "another program"
printf '#!/bin/sh\nsleep 100\n' >/run/rig/silent && chmod 755 /run/rig/silent
stack rig "$rig_service helper=/run/rig/silent rundir=/run/rig/other timeout=2"
begun=$SECONDS
expect_code "a silent one"
[ $((SECONDS - begun)) -lt 10 ] || fail "it took $((SECONDS - begun)) s"
rig_stop_helper
pkill -f /run/rig/silent
rm -rf /run/rig/other
stack rig "$rig_service"
case_ok

case_begin "codes: a run directory that is not root's own"
install -d -m 755 -o alice /run/rig/hers
stack rig "$rig_service rundir=/run/rig/hers timeout=3"
expect_code "a user's"
ln -s /run/rig/hers /run/rig/link
stack rig "$rig_service rundir=/run/rig/link timeout=3"
expect_code "a link to it"
stack rig "$rig_service"
case_ok

case_begin "codes: a user that is none"
code=$("$rig_tools/pamhost" -s rig -u nosuchuser open end 2>/dev/null | sed -n 's/^open //p')
expect_match "$code" "$refused" "open"
case_ok

case_begin "root gets in whatever is broken"
policy <<<'rules = ('
for way in ssh su su_l sudo runuser; do
	expect_host_ns "$("as_$way" root "$ns_cmd")" "root by $way"
done
case_ok

case_begin "on_error = allow lets alice in, on the host, and says so"
unmeetable_policy
stack rig "$rig_service on_error=allow helper=/nonexistent rundir=/run/rig/other"
expect_host_ns "$(as_pamhost alice open run "$ns_cmd" close end | grep '^mnt')" "alice's"
expect_match "$(grep nsisolate "$(rig_settled_log)" | tail -3)" 'allow' "log"
rm -rf /run/rig/other
case_ok

case_begin "when all is well again, so are logins"
default_policy
seen=$(as_ssh alice "$look")
expect_isolated alice
expect_all_gone
case_ok
