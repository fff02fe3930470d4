#!/bin/bash
# SPDX-License-Identifier: MIT
# max_sessions counts logins: not what a login brings along, and all that goes on after its opener was killed.
. "$(dirname "$0")/rig.sh"

exam() { # 'KEY = VALUE; ...'
	policy <<-END
		version = 1;
		policies = { exam = { namespaces = [ "mount", "ipc" ]; directories = ( { path = "/tmp"; method = "tmpfs"; } );
		  kill_grace = "1s"; max_sessions = "1"; $1 }; };
		rules = ( { uid = "2000-2999"; policy = "exam"; } );
	END
}

# The session of user@.service, as its manager opens it: before the one that it is started for, and beside it.
manager_begin() {
	nsisolate run --service systemd-user alice -- sleep 1000 2>/dev/null &
	manager=$!
	wait_until 10 manager_runs || fail "the manager's session does not open"
}

manager_runs() {
	pgrep -u alice -fx "sleep 1000" >/dev/null
}

manager_end() {
	pkill -u alice -fx "sleep 1000"
	wait $manager 2>/dev/null
}

expect_full() { # WHY
	expect_fails as_ssh alice true
	expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -n 1)" 'max_sessions = 1' "the log, $1"
}

echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/rig
isolate

for scope in user session; do
	exam "scope = \"$scope\"; on_last_close = \"kill\";"

	case_begin "$scope: the user's service manager takes no place, nor does sudo inside of the login"
	manager_begin
	stay one ssh alice 'sudo -u alice sh -c "sudo -u alice echo works"'
	expect_eq "$(cat /run/rig/stay.one)" works "sudo inside of sudo"
	expect_full "beside a login"
	expect_match "$(as_su alice true 2>&1)" 'Your session was refused: .*max_sessions = 1' "what su shows"
	expect_ok as_ssh bob true
	leave one
	wait_until 5 as_ssh alice true || fail "still refused"
	manager_end
	expect_all_gone
	case_ok

	case_begin "$scope: the line twice in a stack is one login"
	isolate_services sshd
	echo 'session required pam_nsisolate.so' >>/etc/pam.d/sshd
	expect_ok as_ssh alice true
	sshd_has_closed
	stay one ssh alice true
	expect_full "the line twice"
	leave one
	isolate
	expect_all_gone
	case_ok

	case_begin "$scope: what was opened inside of a login counts once that has ended"
	rm -f /home/alice/end
	as_ssh alice 'sudo -u alice setsid sh -c "touch ~/up; while ! test -e ~/end; do sleep 0.1; done" >/dev/null 2>&1 </dev/null &
		while ! test -e ~/up; do sleep 0.1; done'
	expect_full "after the first has ended"
	touch /home/alice/end
	wait_until 10 as_ssh alice true || fail "still refused"
	rm -f /home/alice/end /home/alice/up
	expect_all_gone
	case_ok
done

# A login by su whose su is killed by the one who called it, while its program goes on.
orphan() {
	rm -f /home/alice/end /home/alice/up
	su alice -c 'setsid sh -c "echo \$\$ >~/up; while ! test -e ~/end; do sleep 0.1; done" >/dev/null 2>&1 </dev/null' &
	wait_until 10 test -s /home/alice/up
	kill -KILL $! && wait $! 2>/dev/null
}

case_begin "session: kill -9 of su ends no login while a process of it is left"
exam 'scope = "session";'
orphan
expect_full "with su killed"
kill_helper
expect_full "with the helper killed, too"
touch /home/alice/end
wait_until 15 as_ssh alice true || fail "still refused"
expect_all_gone
case_ok

for close in kill force; do
	for killed in '' ', the helper killed in between'; do
		case_begin "session: kill -9 of su, and $close$killed: its program ends with the login"
		exam "scope = \"session\"; on_last_close = \"${close/force/wait}\";"
		orphan
		set=$(nsisolate list -n -o set | tr -d ' ')
		[ -z "$killed" ] || kill_helper
		[ $close != force ] || in_time nsisolate close --force "$set"
		program_is_gone() { ! kill -0 "$(cat /home/alice/up)" 2>/dev/null; }
		wait_until 15 program_is_gone || fail "it lives on"
		wait_until 15 as_ssh alice true || fail "still refused"
		expect_all_gone
		case_ok
	done
done

case_begin "session: kill -9 of su with nothing left locks nobody out"
su alice -c 'exec sleep 1000' &
wait_until 10 manager_runs
kill -KILL $! && wait $! 2>/dev/null
pkill -KILL -u alice -x sleep
wait_until 10 as_ssh alice true || fail "still refused"
expect_all_gone
case_ok

case_begin "user: what is left running in a shared set keeps nobody out"
exam 'scope = "user";'
orphan
expect_ok as_ssh alice true
touch /home/alice/end
expect_all_gone
rm -f /home/alice/end /home/alice/up
case_ok
