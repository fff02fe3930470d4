#!/bin/bash
# SPDX-License-Identifier: MIT
# Limits: each is refused by its name, the next login after it works, and one user's limit is not another's.
# slow: a set that hangs and a helper that is stopped, each waited for up to the limit of a login
. "$(dirname "$0")/rig.sh"

default_policy
isolate
stack rig "$rig_service"

refused_naming() { # REGEX WHAT
	: >/run/rig/ran
	chmod 666 /run/rig/ran
	if as_su alice 'echo ran >/run/rig/ran' >/dev/null 2>&1; then
		fail "$2: the login reports success"
	fi
	expect_eq "$(cat /run/rig/ran)" "" "$2: what has run"
	expect_match "$(grep refused "$(rig_written_log)" | tail -n 1)" "$1" "$2: log"
}

works_again() {
	expect_other_ns "$(as_su alice "$ns_cmd")" "afterwards"
	expect_all_gone
}

main_pid() {
	pgrep -of "$helper_path"
}

case_begin "fifty first logins at once end up in one set, with no helper running"
rig_stop_helper
touch /run/rig/hold
all_answered() { [ "$(cat /run/rig/at-once.* | grep -c '^open ')" = 50 ]; }
for i in $(seq 50); do
	as_pamhost alice open run "$ns_cmd; while test -e /run/rig/hold; do sleep 0.2; done" close >"/run/rig/at-once.$i" 2>&1 &
	crowd[i]=$!
done
wait_until 30 all_answered || fail "not all have had an answer"
rm /run/rig/hold
wait "${crowd[@]}"
expect_eq "$(cat /run/rig/at-once.* | grep -c 'open PAM_SUCCESS')" 50 "logins that worked"
expect_eq "$(cat /run/rig/at-once.* | grep -h ^mnt: | sort -u | wc -l)" 1 "sets"
expect_all_gone
one_helper() { [ "$(helper_pids | wc -w)" = 1 ]; }
wait_until 5 one_helper || fail "helpers: $(helper_pids | xargs)"
case_ok

# helper_under ARG...: the helper, traced by a strace(1) with these arguments.
helper_under() {
	rig_stop_helper
	rm -f $rundir/helper.sock
	strace -D -qq -f -o /dev/null "$@" $helper_path &
	helper_shell=$!
	wait_until 10 test -S $rundir/helper.sock
}

helper_under_nothing() {
	rig_stop_helper
	wait $helper_shell 2>/dev/null
}

if ! strace -qq -o /dev/null -e trace=none true 2>/dev/null; then
	case_begin "what strace would show"
	case_skip "strace does not work here"
else
	# Only alice's policy has a hostname; whoever sets one is stopped as if its disk hung.
	sed -i 's/^rules = (/rules = ( { user = "bob"; policy = "plain"; },/; s/^policies = {/& plain = { namespaces = [ "mount" ]; directories = ( { path = "\/tmp"; method = "tmpfs"; } ); };/' /etc/security/nsisolate.conf

	case_begin "alice's set hangs while it is built: she is refused in time, bob is not kept waiting"
	helper_under -e trace=sethostname -e inject=sethostname:signal=SIGSTOP
	stack rig-slow "$rig_service timeout=5"
	"$rig_tools/pamhost" -s rig-slow -u alice open >/run/rig/out 2>&1 &
	hers=$!
	state() { grep -hsE '^(State:.[tT]|voluntary)' "/proc/$hung/status"; }
	hangs() { # by two looks: a tracer stops it for a moment at each call
		local before
		before=$(state)
		sleep 0.3
		[[ $before == State* ]] && [ "$(state)" = "$before" ]
	}
	hers_hangs() { hung=$(anchor_pids) && hangs; }
	wait_until 5 hers_hangs || fail "her set does not hang"
	SECONDS=0
	for i in 1 2 3; do
		expect_ne "$(as_su bob 'readlink /proc/self/ns/mnt')" "${host_ns%% *}" "bob's mount namespace"
	done
	[ $SECONDS -lt 8 ] || fail "bob's three logins took $SECONDS s"
	hangs || fail "her set does not hang any more"
	wait $hers
	expect_match "$(cat /run/rig/out)" 'open PAM_SYSTEM_ERR' "her login"
	expect_match "$(grep refused "$(rig_written_log)" | tail -n 1)" 'did not answer in time' "log"
	[ $SECONDS -lt 20 ] || fail "it took $SECONDS s"
	case_ok

	case_begin "a build whose module has given up ends as a set without sessions"
	[ -n "$(anchor_pids)" ] || fail "no anchor"
	kill -CONT $(anchor_pids)
	expect_all_gone
	isolate
	helper_under_nothing
	works_again
	case_ok

	case_begin "the helper is killed while an anchor builds: nothing of it stays"
	helper_under -e trace=sethostname -e inject=sethostname:signal=SIGSTOP
	"$rig_tools/pamhost" -s rig -u alice open close >/run/rig/out 2>&1 &
	hers=$!
	wait_until 5 has_anchor || fail "no anchor"
	kill -KILL "$(main_pid)"
	wait $hers
	expect_eq "$(grep open /run/rig/out)" "open PAM_SUCCESS" "the login, by a new helper"
	expect_all_gone
	helper_under_nothing
	case_ok
	default_policy

	case_begin "a limit of namespaces, and one of processes: the log names where they are"
	helper_under -e trace=clone3 -e inject=clone3:error=ENOSPC:when=3+
	expect_ok as_su root true
	refused_naming 'max_.*_namespaces' "ENOSPC"
	helper_under -e trace=clone3 -e inject=clone3:error=EAGAIN:when=3+
	refused_naming 'pids.max' "EAGAIN"
	helper_under_nothing
	works_again
	case_ok

	case_begin "a helper that is started while another is about to end takes its place"
	rig_stop_helper
	rm -f $rundir/helper.sock
	strace -D -qq -o /dev/null -e trace=exit_group -e inject=exit_group:delay_enter=4s $helper_path &
	first=$!
	wait_until 10 test -S $rundir/helper.sock || fail "no socket"
	kill -TERM $first
	wait_until 5 test ! -e $rundir/helper.sock || fail "it does not end"
	kill -0 $first || fail "it has ended already"
	$helper_path &
	second=$!
	wait_until 10 test -S $rundir/helper.sock || fail "no socket of the second"
	expect_eq "$(main_pid)" $second "the helper"
	works_again
	rig_stop_helper
	wait $first $second 2>/dev/null
	case_ok

	# Neither can be had for real: root is not held to file-max, and a tmpfs has no quota for it.
	case_begin "EDQUOT and ENFILE, by strace: the log names them, and the next login works"
	expect_ok as_su bob true
	traced() { ! grep -q '^TracerPid:.0$' "/proc/$(main_pid)/status"; }
	untraced() { ! traced; }
	for call in mkdirat:EDQUOT:'Disk quota exceeded' fsopen:ENFILE:file-max openat2:ENFILE:file-max \
		open_tree:ENFILE:file-max; do
		IFS=: read -r name error said <<<"$call"
		strace -qq -f -o /dev/null -e trace=$name -e inject=$name:error=$error -p "$(main_pid)" &
		tracer=$!
		wait_until 5 traced || fail "$name: not traced"
		kill -KILL $(spare_pids) 2>/dev/null # it has been made, with what it will want, without
		refused_naming "$said" "$name $error"
		kill $tracer
		wait $tracer
		wait_until 5 untraced || fail "$name: traced yet"
		works_again
	done
	case_ok
fi

case_begin "a stopped anchor holds up neither its user's logins nor its own end"
stay one ssh alice "$ns_cmd"
kill -STOP $(anchor_pids)
expect_eq "$(as_ssh alice "$ns_cmd")" "$(cat /run/rig/stay.one)" "the next login"
expect_ok as_ssh bob true
leave one
expect_all_gone
case_ok

case_begin "a stopped helper: logins are refused in time, and work when it goes on"
isolate_services su timeout=2
stay one ssh bob "$ns_cmd"
kill -STOP "$(main_pid)"
SECONDS=0
refused_naming 'did not answer in time' "stopped helper"
[ $SECONDS -lt 10 ] || fail "it took $SECONDS s"
kill -CONT "$(main_pid)"
isolate
his=$(as_ssh bob "$ns_cmd")
expect_eq "$his" "$(cat /run/rig/stay.one)" "bob's"
leave one
works_again
case_ok

case_begin "pids.max"
# A group of our own, of whichever version has the controller.  It is one of the machine's, as there
# are no others, and nothing but this helper is ever in it.
pids_group() {
	local at
	for at in $(awk '$3 == "cgroup2" || $3 == "cgroup" && $4 ~ /(^|,)pids(,|$)/ { print $2 }' /proc/self/mounts); do
		mkdir "$at/nsi-test-$$-$RANDOM" 2>/dev/null || continue
		for cg in "$at"/nsi-test-$$-*; do
			[ ! -e "$cg/pids.max" ] || return 0
			rmdir "$cg"
		done
	done
	return 1
}
if ! pids_group; then
	case_skip "the pids controller is in no cgroup that may be written"
else
	trap 'rig_stop_helper; rmdir $cg; rig_end' EXIT
	expect_ok as_ssh bob true
	stay one ssh bob "$ns_cmd"
	echo "$(main_pid)" >"$cg/cgroup.procs"
	echo 1 >"$cg/pids.max"
	no_spare() { [ -z "$(spare_pids)" ]; }
	[ -z "$(spare_pids)" ] || kill -KILL $(spare_pids) # it would not have to be started any more
	wait_until 5 no_spare || fail "a spare anchor all the same"
	refused_naming 'pids.max|limit of processes' "pids.max"
	expect_eq "$(as_ssh bob "$ns_cmd")" "$(cat /run/rig/stay.one)" "another's login into a set that is there"
	mount -t tmpfs new /mnt # the host's mounts change, and nobody can look whether her view is as it should be
	expect_no_match "$(as_ssh bob "$ns_cmd")" "mnt:" "another's login into a set that may have changed"
	expect_match "$(grep 'refused user=bob' "$(rig_written_log)" | tail -n 1)" 'its view cannot be looked at: a limit of processes' "its log"
	umount /mnt
	echo max >"$cg/pids.max"
	is_let_in() { [ "$(as_ssh bob "$ns_cmd")" = "$(cat /run/rig/stay.one)" ]; }
	wait_until 10 is_let_in || fail "not into the set, with room for processes"
	leave one
	works_again
	rig_stop_helper
	wait_until 5 rmdir "$cg" || fail "the group stays"
	trap rig_end EXIT
	case_ok
fi

case_begin "statedir full, and read-only"
rig_stop_helper
rm -rf $statedir && mkdir -m 700 $statedir
mount -t tmpfs -o size=16k,nr_inodes=8,mode=700 tiny $statedir
head -c 100k /dev/zero >$statedir/fill 2>/dev/null
for i in 1 2 3 4 5 6 7 8; do touch $statedir/i$i 2>/dev/null; done
refused_naming 'No space left' "full"
rm -f $statedir/fill $statedir/i*
works_again
mount -o remount,ro $statedir
refused_naming 'Read-only file system' "read-only"
mount -o remount,rw $statedir
works_again
rig_stop_helper
wait_until 5 umount $statedir
case_ok

case_begin "rundir full"
rig_stop_helper
mkdir -p $rundir && rm -rf ${rundir:?}/*
mount -t tmpfs -o size=64k,mode=700 tiny $rundir
expect_ok as_su bob true
expect_all_gone
head -c 100k /dev/zero >$rundir/fill 2>/dev/null
refused_naming 'No space left' "full"
rm -f $rundir/fill
works_again
rig_stop_helper
wait_until 5 umount $rundir
case_ok

case_begin "a caller with tiny limits of its own is refused or let in, and the helper is none the smaller"
for limit in 7=8 7=4 7=3 1=0 1=100 9=1000000 9=100000 2=100000 3=16384 0=1 6=1 4=0; do
	rig_stop_helper
	seen=$("$rig_tools/pamhost" -s rig -u alice --limit $limit open close 2>&1)
	expect_match "$seen" 'open PAM_(SUCCESS|SYSTEM_ERR|BUF_ERR|PERM_DENIED|ABORT|SERVICE_ERR|OPEN_ERR|MODULE_UNKNOWN)' "limit $limit: $seen"
	if [ -n "$(main_pid)" ]; then
		for want in 'Max file size +unlimited' 'Max address space +unlimited' 'Max cpu time +unlimited'; do
			expect_ok grep -Eq "$want" "/proc/$(main_pid)/limits"
		done
		[ "$(awk '/Max open files/ { print $4 }' "/proc/$(main_pid)/limits")" -ge 1024 ] || fail "limit $limit: descriptors of the helper"
	fi
	expect_ok as_su bob true
	expect_all_gone
done
case_ok
