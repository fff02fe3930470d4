#!/bin/bash
# SPDX-License-Identifier: MIT
# Somebody is killed: the consumer, the session, the helper, the anchor.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

case_begin "su killed between open and close: its set goes when its processes have"
su alice -c 'touch /home/alice/up; exec sleep 1000' >/dev/null &
victim=$!
wait_until 5 test -e /home/alice/up
kill -KILL $victim
wait $victim 2>/dev/null
wait_until 5 pgrep -u alice -x sleep >/dev/null || fail "its program has ended with it"
expect_ok test -n "$(sets_left)"
pkill -u alice -x sleep
expect_all_gone
rm -f /home/alice/up
case_ok

case_begin "sshd's monitor killed: the session works on, and its set goes with it"
as_ssh alice 'touch /tmp/kept /home/alice/up; while test -e /home/alice/up; do sleep 0.1; done; test -e /tmp/kept && touch /home/alice/worked' &
client=$!
wait_until 5 test -e /home/alice/up
monitor=$(pgrep -f 'sshd[-a-z]*: alice \[priv\]')
kill -KILL "$monitor" || fail "no monitor"
wait_until 5 gone "$monitor"
rm /home/alice/up
wait $client
wait_until 5 test -e /home/alice/worked || fail "the session lost its /tmp"
expect_all_gone
case_ok

case_begin "pamtester killed right behind the open, fifty times"
stack rig "$rig_service"
for i in $(seq 50); do
	as_pamhost alice open kill >/dev/null 2>&1
done
expect_all_gone
expect_ok as_ssh alice true
case_ok

case_begin "the helper killed: sessions live on, the next login joins, the last one cleans up"
stay one ssh alice "$look"
seen_by one
first=$(seen_of ns)
kill -KILL "$(main_pid)"
expect_eq "$(as_ssh alice "test -e /tmp/mine && $ns_cmd")" "$first" "namespaces"
leave one
expect_all_gone
case_ok

case_begin "the helper killed, and nobody logs in again until the session has ended"
stay one ssh alice "$look"
kill -KILL "$(main_pid)"
leave one
expect_ok as_ssh bob true
expect_all_gone
case_ok

case_begin "the anchor killed: the live session is joined all the same"
stay one ssh alice "$look"
seen_by one
first=$(seen_of ns)
kill -KILL "$(anchor_pids)"
expect_eq "$(as_ssh alice "test -e /tmp/mine && $ns_cmd")" "$first" "namespaces"
leave one
expect_all_gone
case_ok

case_begin "a user may not signal what is ours, by su neither"
sed -i '1i auth sufficient pam_permit.so' /etc/pam.d/su
isolate_services runuser
stay one ssh bob "su alice -c 'true'"
seen=0
for pid in $(helper_pids); do
	ids=$(awk '/^[UG]id:/ { print $2, $3, $4, $5 }' "/proc/$pid/status" 2>/dev/null | xargs)
	[ -n "$ids" ] || continue # a child of the helper that has ended since
	expect_eq "$ids" "0 0 0 0 0 0 0 0" "uids and gids of $pid"
	seen=$((seen + 1))
done
[ $seen -ge 2 ] || fail "helper and anchor were not looked at, but $seen processes"
expect_fails as_su bob "for pid in $(helper_pids | xargs); do kill -0 \$pid 2>/dev/null && exit 0; done; exit 1"
leave one
expect_all_gone
case_ok
