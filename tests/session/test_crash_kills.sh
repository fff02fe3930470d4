#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: after the helper was killed, held sets are known by device numbers, which other systems on this kernel take
# The helper and the anchor killed, together and at bad moments.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

case_begin "helper and anchor both killed: the next login joins the live session"
session_of one
slay $(main_pid) $(anchor_pids)
still_there "namespaces"
wait_until 5 has_anchor || fail "no new anchor"
still_there "namespaces, once more"
leave one
expect_all_gone
case_ok

case_begin "the new anchor killed too, and the helper after it"
session_of one
slay $(anchor_pids)
still_there "first"
slay $(anchor_pids) $(main_pid)
still_there "second"
slay $(main_pid)
still_there "third"
leave one
expect_all_gone
case_ok

case_begin "helper killed, then the session ends, then the anchor is killed: nothing stays"
session_of one
slay $(main_pid)
leave one
slay $(anchor_pids)
expect_ok as_ssh bob true
expect_all_gone
case_ok

case_begin "helper stopped with SIGTERM and started by the next login: an upgrade"
session_of one
kill -TERM "$(main_pid)"
wait_until 5 test ! -S $rundir/helper.sock
cp $helper_path $helper_path.new && mv $helper_path.new $helper_path
still_there "namespaces"
leave one
expect_all_gone
case_ok

case_begin "helper killed while the set lingers: who comes back in time joins, and the linger ends"
sed -i 's/scope = "user";/& linger = "3s";/' /etc/security/nsisolate.conf
back_in_time 3 'slay $(main_pid)' "touch /tmp/mine /var/tmp/mine; $ns_cmd" "test -e /tmp/mine && test -e /var/tmp/mine && $ns_cmd"
expect_eq "$seen" "$first" "namespaces"
expect_all_gone
default_policy
case_ok

case_begin "helper killed while it waits for a process that stayed behind"
as_ssh alice "touch /tmp/mine /var/tmp/mine; $ns_cmd >/home/alice/ns; setsid sh -c 'touch /home/alice/daemon; while test -e /home/alice/daemon; do sleep 0.1; done' >/dev/null 2>&1 </dev/null & until test -e ~/daemon; do sleep 0.05; done"
first=$(cat /home/alice/ns)
sleep 0.5
slay $(main_pid)
still_there "namespaces"
slay $(main_pid)
rm /home/alice/daemon
expect_ok as_ssh bob true
expect_all_gone
case_ok

case_begin "anchor killed while the helper waits for a process that stayed behind"
as_ssh alice "touch /tmp/mine /var/tmp/mine; $ns_cmd >/home/alice/ns; setsid sh -c 'touch /home/alice/daemon; while test -e /home/alice/daemon; do sleep 0.1; done' >/dev/null 2>&1 </dev/null & until test -e ~/daemon; do sleep 0.05; done"
first=$(cat /home/alice/ns)
sleep 0.5
slay $(anchor_pids)
sleep 1
still_there "namespaces"
slay $(anchor_pids)
rm /home/alice/daemon
expect_all_gone
case_ok

case_begin "helper killed, and the anchor too, while leftovers are being ended: the next one goes on"
sed -i 's/scope = "user";/& on_last_close = "kill"; kill_grace = "2s";/' /etc/security/nsisolate.conf
for victim in main_pid anchor_pids; do
	as_ssh alice 'setsid sh -c "trap \"\" TERM; touch ~/deaf; while :; do sleep 1; done" >/dev/null 2>&1 </dev/null & until test -e ~/deaf; do sleep 0.05; done; rm ~/deaf'
	sleep 0.7
	slay $($victim)
	expect_ok as_ssh bob true
	expect_all_gone
	expect_fails pgrep -u alice
done
default_policy
case_ok

case_begin "a lost record is taken from its anchor"
session_of one
slay $(main_pid)
rm $rundir/sets/*
still_there "namespaces"
expect_match "$(cat "$(rig_written_log)")" "record of set [0-9]+ was lost" "log"
leave one
expect_all_gone
case_ok

