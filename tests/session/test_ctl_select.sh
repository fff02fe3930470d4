#!/bin/bash
# SPDX-License-Identifier: MIT
# Which sets: list by user, policy, process and column; close --all and --stale; refresh.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
ids() { nsisolate list -n -o set "$@" | xargs; }

case_begin "list shows the sets of a user, a policy, a process, a value"
stay a ssh alice 'sleep 600 & echo $! >/home/alice/pid; true'
stay b ssh bob true
alice=$(ids alice) bob=$(ids bob)
expect_match "$alice" '^[0-9]+$' "alice has one set"
expect_eq "$(ids --policy lab)" "$alice $bob" "by policy"
expect_eq "$(ids --policy none)" '' "by a policy that nobody has"
expect_eq "$(ids --pid "$(cat /home/alice/pid)")" "$alice" "by process"
expect_eq "$(ids --pid $$)" '' "by a process of the host"
expect_eq "$(ids --filter user=bob)" "$bob" "by value"
expect_eq "$(nsisolate list -n -o user --sort user | xargs)" 'alice bob' "in order"
run_ctl list nobody-of-that-name
expect_eq "$status" 3 "a user that is not there"
run_ctl list --filter nonsense=1
expect_eq "$status" 2 "a filter by no column"
run_ctl list --pid x
expect_eq "$status" 2 "a process that is none"
run_ctl list --pid 999999999
expect_eq "$status" 3 "a process that is not there"
case_ok

case_begin "--watch prints again"
timeout 30 nsisolate list -n -o user --watch 2>/dev/null | head -n 4 >/run/rig/watch
expect_eq "$(grep -c alice /run/rig/watch)" 2 "how often alice is there"
case_ok

case_begin "refresh gives the next login a new set, and leaves the old one to its sessions"
run_ctl refresh alice
expect_eq "$status" 0 "the exit status"
expect_eq "$(nsisolate list -n -o set,stale alice | xargs)" "$alice stale" "the old one is stale"
stay new ssh alice true
[ "$(ids alice | wc -w)" = 2 ] || fail "alice has the sets $(ids alice)"
expect_eq "$(as_su alice 'echo $NSISOLATE_SET')" "$(ids alice | cut -d' ' -f2)" "su joins the new one"
run_ctl refresh nobody-of-that-name
expect_eq "$status" 3 "a user that is not there"
case_ok

case_begin "close --stale ends what an older policy has made, and nothing else"
run_ctl close --stale
expect_eq "$status" 1 "sessions are not ended without --force"
run_ctl close --stale --force
expect_eq "$status" 0 "with --force ($err)"
[[ " $(ids) " != *" $alice "* ]] || fail "the stale set is there: $(ids)"
[[ " $(ids) " == *" $bob "* ]] || fail "bob's set is gone"
case_ok

case_begin "a set of a policy that has changed is stale"
sed -i 's|hostname = "[^"]*"|hostname = "other-%{user}"|' /etc/security/nsisolate.conf
nsisolate check >/dev/null || fail "$(nsisolate check 2>&1)"
expect_match "$(nsisolate list -n -o stale bob)" stale "bob's"
case_ok

case_begin "close --all ends everything"
run_ctl close
expect_eq "$status" 2 "without an operand"
run_ctl close --all --force
expect_eq "$status" 0 "the exit status ($err)"
expect_eq "$(ids)" '' "what is left"
leave a; leave b; leave new
case_ok
