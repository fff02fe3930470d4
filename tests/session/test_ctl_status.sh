#!/bin/bash
# SPDX-License-Identifier: MIT
# Is all well, and why was alice refused?  nsisolate status, nsisolate why.
. "$(dirname "$0")/rig.sh"

case_begin "before any login: no helper, no decision, a good policy"
default_policy
isolate
run_ctl status
expect_eq "$status" 0 "the exit status"
expect_match "$out" 'helper +not running' "the helper"
expect_match "$out" 'policy +/etc/security/nsisolate.conf: ok, 1 policy, [0-9]+ rules?' "the policy"
run_ctl why alice
expect_eq "$status" 0 "the exit status of why"
expect_match "$out" 'no login of alice' "what why says"
case_ok

case_begin "logins are counted, and why names service, set and rule"
stay one ssh alice true
as_su alice true
run_ctl status
expect_eq "$status" 0 "the exit status"
expect_match "$out" 'helper +running, process [0-9]+' "the helper"
expect_match "$out" 'sets +1: 1 live' "the sets"
expect_match "$out" 'since boot +1 isolated, 1 joined, ' "the counts"
run_ctl why alice
expect_match "$out" 'service=sshd .* isolated set=[0-9]+ policy=lab' "the login by ssh"
expect_match "$out" 'service=su +joined set=[0-9]+ policy=lab' "the login by su"
expect_match "$out" 'rule: /etc/security/nsisolate.conf:[0-9]+' "the rule"
run_ctl why --json alice
expect_eq "$(json "$out" decisions.1.outcome)" joined "JSON"
run_ctl why bob
expect_match "$out" 'no login of bob' "bob has had none"
leave one
case_ok

case_begin "a user is told which set they are in"
expect_match "$(as_su alice 'nsisolate status')" 'you are in set [0-9]+ of policy lab' "alice"
expect_match "$(setpriv --reuid carol --regid carol --clear-groups nsisolate status)" 'you are not isolated' "carol, on the host"
runuser -u alice -- sh -c 'nsisolate why alice' >/run/rig/out 2>&1
expect_eq "$?" 4 "why is root's alone"
case_ok

case_begin "a refusal has its cause and its remedy, and survives the helper"
default_policy
sed -i 's/scope = "user";/& max_sessions = "1";/' /etc/security/nsisolate.conf
stay one ssh alice true
as_su_l alice true 2>/dev/null && fail "a second session was let in"
kill_helper
run_ctl why alice
expect_match "$out" 'refused' "the outcome"
expect_match "$out" 'max_sessions = 1' "the reason"
expect_match "$out" 'The policy says so' "the remedy"
# A process that was killed is there for a moment longer.
wait_until 10 eval '! nsisolate status >/run/rig/status' || fail "a live set without a helper is worth a look"
expect_match "$(cat /run/rig/status)" 'helper +not running' "the helper"
leave one
nsisolate gc >/dev/null || fail "gc"
expect_all_gone
case_ok

case_begin "a login that gets a new set because the policy has changed says so, in the log and in why"
default_policy
stay one ssh alice true
set=$(nsisolate list -n -o set alice | xargs)
as_su alice true
expect_no_match "$(tail -n 5 "$(rig_settled_log)")" 'has changed' "the log of one that joins"
sed -i 's|hostname = "[^"]*"|hostname = "other-%{user}"|' /etc/security/nsisolate.conf
stay two su alice true
expect_match "$(grep 'opened user=alice' "$(rig_settled_log)" | tail -n 1)" "joined=no ms=[0-9.]+: the policy has changed since set $set was built" "the log"
run_ctl why alice
expect_match "$out" "isolated set=[0-9]+ policy=lab.*the policy has changed since set $set was built" "why"
as_su alice true
expect_match "$(grep 'opened user=alice' "$(rig_settled_log)" | tail -n 1)" "joined=yes ms=[0-9.]+( process=[0-9]+)?$" "the log of one that joins the new set"
leave one
leave two
expect_all_gone
case_ok

case_begin "what a monitor is to report makes the exit status 1"
touch /run/nsisolate/disabled
run_ctl status
expect_eq "$status" 1 "switched off"
expect_match "$out" 'isolation +OFF' "the line"
rm /run/nsisolate/disabled
run_ctl status --json
expect_eq "$status" 0 "on again"
expect_eq "$(json "$out" ok)" true "JSON"
echo 'nonsense' >>/etc/security/nsisolate.conf
run_ctl status
expect_eq "$status" 1 "a policy with an error"
expect_match "$out" 'NOT USED, [0-9]+ error' "the line"
default_policy
case_ok
