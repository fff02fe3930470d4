#!/bin/bash
# SPDX-License-Identifier: MIT
# What the journal gets of the helper, and how a helper makes way for the next.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
journal=/run/rig/journal

start_journal() {
	install -d -m 755 /run/systemd/journal
	: >$journal
	"$rig_tools/logsink" /run/systemd/journal/socket $journal &
	sink=$!
	wait_until 5 test -S /run/systemd/journal/socket
}

stop_journal() {
	kill "$sink" && wait "$sink" 2>/dev/null
	rm -rf /run/systemd
}

start_journal
case_begin "lines about a set can be found by user, set, policy and rule"
as_ssh alice true
expect_all_gone
for field in 'MESSAGE=built set=[0-9]+ uid=2001' 'NSISOLATE_USER=alice' 'NSISOLATE_SET=[0-9]+' \
	'NSISOLATE_POLICY=lab' 'NSISOLATE_RULE=/etc/security/nsisolate\.conf:[0-9]+' 'PRIORITY=6' \
	'SYSLOG_FACILITY=10' 'SYSLOG_IDENTIFIER=nsisolate-helper'; do
	wait_until 5 grep -qE "^$field( |\$)" $journal || fail "no line with $field"
done
expect_eq "$(grep -c 'nsisolate-helper.*built set=' "$(rig_settled_log)")" 0 "the same lines in syslog"
case_ok

case_begin "a journal that takes nothing holds up nobody"
kill -STOP "$sink"
for _ in 1 2 3 4 5 6 7 8; do
	as_su alice true || fail "status $?"
done
kill -CONT "$sink"
expect_all_gone
case_ok

case_begin "without a journal, syslog has the lines"
stop_journal
as_ssh bob true
expect_all_gone
expect_ok grep -q 'nsisolate-helper\[[0-9]*\]: built set=.*uid=2002' "$(rig_settled_log)"
case_ok

case_begin "logins while the helper is told to go, again and again, all succeed"
stay one ssh alice true
for _ in 1 2 3 4 5 6 7 8 9 10; do
	as_su bob true &
	login=$!
	pkill -TERM -x nsisolate-helpe
	wait $login || fail "status $?"
done
leave one
as_su bob true # the last signal may have left no helper, and then it is the next login that starts one
expect_all_gone
case_ok

# systemd-socket-activate(1) stands in for PID 1.
activate() {
	rm -f "$rundir/helper.sock"
	systemd-socket-activate --seqpacket -l "$rundir/helper.sock" "$helper_path" 2>/dev/null &
	activator=$!
	wait_until 5 test -S "$rundir/helper.sock"
}

case_begin "a helper that a login has started makes way for systemd's, sets and all"
if command -v systemd-socket-activate >/dev/null; then
	stay one ssh alice 'touch /tmp/mine'
	before=$(pgrep -x nsisolate-helpe)
	activate
	expect_match "$(as_su alice 'ls /tmp')" mine "alice's /tmp"
	expect_ne "$(pgrep -x nsisolate-helpe)" "$before" "the helper"
	expect_ok test -S "$rundir/helper.sock"
	leave one
	expect_all_gone
	rig_stop_helper
	wait $activator 2>/dev/null
	expect_ok as_su alice true
	expect_all_gone
	case_ok
else
	case_skip "needs systemd-socket-activate (package systemd)"
fi
