#!/bin/bash
# SPDX-License-Identifier: MIT
# Rules for single users that come first: nsisolate enable, disable, list-enabled.
. "$(dirname "$0")/rig.sh"

file=/etc/security/nsisolate.d/00-enabled.conf
default_policy
isolate
policy_of() { as_su "$1" 'echo "$NSISOLATE_POLICY"'; }

case_begin "nobody was enabled or disabled at first"
run_ctl list-enabled
expect_eq "$status" 0 "the exit status"
expect_match "$out" 'neither enable nor disable' "the text"
expect_eq "$(json "$(nsisolate list-enabled --json)" users)" '[]' "JSON"
case_ok

case_begin "disable: the next login of that user is not isolated, and no other is touched"
run_ctl disable alice
expect_eq "$status" 0 "the exit status ($err)"
expect_match "$out" 'alice: not isolated from the next login on' "what is said"
expect_eq "$(policy_of alice)" '' "alice"
expect_eq "$(policy_of bob)" lab "bob"
expect_eq "$(stat -c %a-%u $file)" 644-0 "mode and owner"
expect_match "$(nsisolate show alice)" "action = .skip.* $file:[0-9]+" "show names the rule"
nsisolate check >/dev/null 2>&1 || fail "check: $(nsisolate check 2>&1)"
case_ok

case_begin "enable: isolated by the only policy, even with a main file that says skip"
run_ctl enable alice
expect_eq "$status" 0 "the exit status ($err)"
expect_match "$out" 'isolated by policy lab' "what is said"
expect_eq "$(policy_of alice)" lab "alice"
sed -i 's/^rules = (/& { user = "carol"; action = "skip"; },/' /etc/security/nsisolate.conf
expect_eq "$(policy_of carol)" '' "carol, by the main file"
expect_ok nsisolate enable carol lab >/dev/null
expect_eq "$(policy_of carol)" lab "carol, by the drop-in that comes first"
out=$(nsisolate list-enabled -n | tr -s ' ' | tr '\n' ';')
expect_eq "$out" "alice enabled lab;carol enabled lab;" "list-enabled"
out=$(nsisolate list-enabled --json)
expect_eq "$(json "$out" users.1.policy)" lab "JSON"
expect_eq "$(json "$out" file)" $file "its file"
case_ok

case_begin "a policy that there is not, a user that there is not, root: refused, and nothing is changed"
before=$(stat -c %i:%Y $file)
run_ctl enable bob nonsense
expect_eq "$status" 1 "a policy that there is not"
expect_match "$err" "$file.draft:[0-9]+: error: .*nonsense" "the reason"
run_ctl enable nobody-of-that-name
expect_eq "$status" 3 "a user that there is not"
run_ctl disable root
expect_eq "$status" 1 "root"
expect_eq "$(stat -c %i:%Y $file)" "$before" "the file"
[ ! -e $file.draft ] || fail "a draft is there"
runuser -u alice -- nsisolate disable alice 2>/dev/null
expect_eq "$?" 4 "the exit status for an ordinary user"
case_ok

case_begin "a configuration with an error is not added to"
cp /etc/security/nsisolate.conf /run/rig/saved
echo nonsense >>/etc/security/nsisolate.conf
run_ctl disable bob
expect_eq "$status" 1 "the exit status"
expect_match "$err" 'nsisolate.conf:[0-9]+: error' "the reason"
expect_eq "$(stat -c %i:%Y $file)" "$before" "the file"
cp /run/rig/saved /etc/security/nsisolate.conf
case_ok

case_begin "with several policies, one must be named"
sed -i 's/^policies = {/& other = { namespaces = [ "ipc" ]; };/' /etc/security/nsisolate.conf
run_ctl enable bob
expect_eq "$status" 2 "the exit status"
expect_match "$err" 'name one of the policies other, lab' "what is said"
expect_ok nsisolate enable bob other >/dev/null
expect_eq "$(policy_of bob)" other "bob"
case_ok

case_begin "two at once: both are there afterwards"
nsisolate disable alice >/dev/null &
first=$!
nsisolate disable bob >/dev/null
wait $first
expect_eq "$(nsisolate list-enabled -n | awk '$2 == "disabled" { print $1 }' | sort | xargs)" "alice bob" "list-enabled"
case_ok

case_begin "--undo leaves it to the other rules, and the last one takes the file away"
run_ctl enable --undo alice
expect_eq "$status" 0 "the exit status"
expect_eq "$(policy_of alice)" lab "alice"
run_ctl disable --undo alice
expect_eq "$status" 3 "a second time"
expect_ok nsisolate disable --undo bob >/dev/null
expect_ok nsisolate disable --undo carol >/dev/null
[ ! -e $file ] || fail "$file is there"
expect_eq "$(policy_of carol)" '' "carol, by the main file again"
case_ok

case_begin "a file that somebody else wrote is left alone"
echo 'rules = ( { user = "carol"; service = "cron"; policy = "lab"; } );' >$file
run_ctl disable alice
expect_eq "$status" 1 "the exit status"
expect_match "$err" "was not written by enable or disable" "what is said"
expect_match "$(cat $file)" cron "the file"
rm $file
expect_all_gone
case_ok
