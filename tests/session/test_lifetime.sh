#!/bin/bash
# SPDX-License-Identifier: MIT
# How long a set stays, how many may be in it, and what a changed policy means for it.
# slow: sets that end by their age
. "$(dirname "$0")/rig.sh"

keys() { # 'KEY = VALUE; ...' of the policy
	default_policy
	sed -i "s/scope = \"user\";/scope = \"user\"; $1/" /etc/security/nsisolate.conf
}

sets_count() {
	sets_left | wc -l
}

isolate

case_begin "linger: a login within it finds everything again, one after it does not"
keys 'linger = "2s";'
back_in_time 2 'sleep 0.5' 'touch /tmp/mine' 'test -e /tmp/mine && echo there'
expect_eq "$seen" there "who is back in time"
expect_all_gone
expect_fails as_ssh alice 'test -e /tmp/mine'
expect_all_gone
case_ok

case_begin "on_last_close = wait: what is left running keeps the set, and then it ends"
keys ''
as_ssh alice "touch /tmp/mine; $lasting"
expect_ok as_ssh alice 'test -e /tmp/mine'
sleep 1
expect_eq "$(sets_count)" 1 "sets while it runs"
pkill -u alice -x sleep
expect_all_gone
case_ok

case_begin "on_last_close = kill: SIGTERM, kill_grace, SIGKILL"
keys 'on_last_close = "kill"; kill_grace = "2s";'
: >/home/alice/said && chown alice: /home/alice/said
as_ssh alice 'setsid -f sleep 60 >/dev/null 2>&1 </dev/null
	setsid -f bash -c "trap \"echo term >/home/alice/said\" TERM; touch /home/alice/ready; while :; do sleep 0.1; done" >/dev/null 2>&1 </dev/null
	while ! test -e /home/alice/ready; do sleep 0.1; done'
expect_ok pgrep -u alice -f 'while :'
expect_all_gone
expect_eq "$(cat /home/alice/said)" term "SIGTERM came first"
expect_eq "$(pgrep -u alice)" "" "processes"
case_ok

case_begin "with linger, nobody is killed before it is over"
keys 'on_last_close = "kill"; kill_grace = "1s"; linger = "2s";'
back_in_time 2 'sleep 0.5' "$lasting" 'pgrep -u alice -x sleep'
expect_match "$seen" '[0-9]+' "what was left behind, in time"
expect_all_gone
expect_fails pgrep -u alice -x sleep
case_ok

case_begin "max_sessions: one more is refused, by name of the key; others are not counted"
keys 'max_sessions = "2";'
stay one ssh alice true
stay two su alice true
expect_fails as_ssh alice true
expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -1)" 'max_sessions = 2' "log"
stay three ssh bob true
leave one
wait_until 5 as_ssh alice true || fail "still refused"
leave two
leave three
expect_all_gone
case_ok

case_begin "max_sessions counts a user's sessions of the policy, in whatever set"
keys 'max_sessions = "1";'
sed -i 's/scope = "user"/scope = "session"/' /etc/security/nsisolate.conf
stay one ssh alice true
expect_fails as_ssh alice true
leave one
expect_all_gone
expect_ok as_ssh alice true
expect_all_gone
case_ok

# changed ON_CHANGE: alice is in by the policy of before; the next login comes by another.
changed() {
	keys "on_change = \"$1\";"
	stay one ssh alice "touch /tmp/mine; $ns_cmd"
	old=$(cat /run/rig/stay.one)
	sed -i 's/%{host}-%{user}/changed/' /etc/security/nsisolate.conf
}

case_begin "on_change = new: the next login is by the new policy, beside the old set"
changed new
stay two ssh alice "hostname; $ns_cmd"
expect_match "$(cat /run/rig/stay.two)" '^changed' "hostname"
expect_other_ns "$(tail -1 /run/rig/stay.two)" "the second's" "$old"
expect_eq "$(as_su alice "$ns_cmd")" "$(tail -1 /run/rig/stay.two)" "the third joins the second"
leave one
leave two
expect_all_gone
case_ok

case_begin "on_change = join: the old set, until it ends"
changed join
expect_eq "$(as_su alice "hostname; test -e /tmp/mine && $ns_cmd" | xargs)" "rig-alice $old" "the second"
leave one
expect_all_gone
expect_eq "$(as_ssh alice hostname)" changed "hostname afterwards"
expect_all_gone
case_ok

case_begin "on_change = deny: refused while somebody is in, and not any longer"
changed deny
check_refused_now() {
	expect_fails as_su alice true
	expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -1)" 'on_change' "log"
}
check_refused_now
leave one
expect_all_gone
expect_eq "$(as_ssh alice hostname)" changed "hostname afterwards"
keys 'on_change = "deny"; linger = "4s";'
as_ssh alice true
sed -i 's/%{host}-%{user}/changed/' /etc/security/nsisolate.conf
expect_eq "$(as_ssh alice hostname)" changed "hostname when the old set only lingers"
expect_all_gone
case_ok

case_begin "what no session can notice is no change, and holds from the next login on"
keys 'max_sessions = "1"; on_change = "deny"; linger = "60s";'
stay one ssh alice "$ns_cmd"
keys 'max_sessions = "3"; on_change = "deny"; linger = "0"; on_last_close = "kill"; kill_grace = "1s";'
expect_eq "$(as_ssh alice "setsid -f sleep 60 >/dev/null 2>&1 </dev/null; $ns_cmd")" "$(cat /run/rig/stay.one)" "the second"
leave one
expect_all_gone
expect_fails pgrep -u alice -x sleep
case_ok
