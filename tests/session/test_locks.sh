#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: after helper and anchors were killed, sets are known by numbers, which other systems on this kernel take
# Who may say that a directory on disk is in use: the set that has it, and no user.
. "$(dirname "$0")/rig.sh"

keeps() { # RETAIN [SCOPE ON-LAST-CLOSE]
	policy <<-END
		version = 1;
		policies = { lab = { scope = "${2:-user}"; on_last_close = "${3:-wait}"; kill_grace = "0s"; namespaces = [ "mount", "ipc" ];
		  directories = ( { path = "/tmp"; method = "disk"; retain = "$1"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}
dir=$statedir/u2001/tmp
# Some process that was handed a descriptor of the directory and has locked it, as its owner's.
lock_as_alice() { # -x|-s
	exec 7<"$dir"
	setpriv --reuid 2001 --regid 2001 --clear-groups bash -c "flock $1 7 && exec sleep 1000" &
	locker=$!
	exec 7<&-
	is_locked() { ! flock -x -n "$dir" true; }
	wait_until 5 is_locked || fail "no lock"
}
unlock() {
	kill $locker && wait $locker 2>/dev/null
}
let_it_go() {
	find $statedir -mindepth 1 -maxdepth 1 -name 'u*' -exec rm -rf {} +
	expect_all_gone
}

keeps 1d
isolate

case_begin "a user locks the directory for alone: the next login comes in, and finds it"
expect_ok as_ssh alice 'touch /tmp/mine; flock -n /tmp true'
wait_until 10 nobody_isolated
lock_as_alice -x
expect_ok as_ssh alice 'test -e /tmp/mine'
expect_ok as_su alice 'test -e /tmp/mine'
unlock
let_it_go
case_ok

case_begin "a user locks it as one of many: it ends by its age all the same"
ages() { # as if it had last been used long ago
	sed -i 's/used=[0-9]*/used=1000/' "$statedir/u2001/.meta-tmp"
}
expect_ok as_ssh alice 'touch /tmp/mine'
wait_until 10 nobody_isolated
lock_as_alice -s
run_ctl gc
expect_ok test -e $dir/mine # it is kept for a day
ages
run_ctl gc
expect_fails test -e $dir/mine
unlock
expect_ok as_ssh alice 'touch /tmp/mine'
wait_until 10 nobody_isolated
lock_as_alice -s
ages
expect_fails as_ssh alice 'test -e /tmp/mine'
unlock
let_it_go
case_ok

# The lock stands while the set ends and the next login comes.
for scope in user group; do
	for close in wait kill force; do
		for killed in '' ', the helper killed in between'; do
			case_begin "a user locks the directory for alone: scope $scope, $close$killed"
			keeps 1d $scope ${close/force/wait}
			stay one ssh alice 'touch /tmp/mine'
			dir=$(echo $statedir/[ug]*/tmp)
			lock_as_alice -x
			[ -z "$killed" ] || { slay $(main_pid) && expect_ok as_su bob true; }
			[ $close != force ] || in_time nsisolate close --force "$(nsisolate list -n -o set,user | awk '$2 == "alice" { print $1 }')"
			leave one
			wait_until 10 nobody_isolated || fail "it does not end: $(nsisolate list -n -o set,state)"
			expect_ok as_ssh alice 'test -e /tmp/mine'
			unlock
			rm -rf $statedir/[ug][0-9]*
			expect_all_gone
			case_ok
		done
	done
done
dir=$statedir/u2001/tmp
keeps 1d

case_begin "a lock that a user has inside does not hold up another set of the same user"
keeps 1d
stay one ssh alice 'flock -x /tmp sleep 1000 & touch /tmp/mine; sleep 0.5'
sed -i 's/namespaces = \[ "mount"/on_change = "new"; &/; s/"ipc"/"ipc", "uts"/' /etc/security/nsisolate.conf
expect_ok as_ssh alice 'test -e /tmp/mine; echo $?'
pkill -KILL -u alice sleep
leave one
let_it_go
case_ok

case_begin "a live set keeps its directory beyond the age, from another set of the user and from the sweeper"
keeps 1s
stay two ssh alice 'touch /tmp/mine'
sleep 2
sed -i 's/"ipc"/"ipc", "uts"/' /etc/security/nsisolate.conf
expect_ok as_ssh alice 'test -e /tmp/mine'
run_ctl gc
expect_ok test -e $dir/mine
case_ok

case_begin "so does one whose anchor was killed, and whose helper was"
slay $(anchor_pids)
wait_until 5 has_anchor
slay $(main_pid)
sleep 2
keeps 1s
sed -i 's/"ipc"/"ipc", "pid"/' /etc/security/nsisolate.conf
expect_ok as_ssh alice 'test -e /tmp/mine'
expect_ok test -e $dir/mine
leave two
let_it_go
case_ok
