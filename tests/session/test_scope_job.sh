#!/bin/bash
# SPDX-License-Identifier: MIT
# scope = "job": a control group of a resource manager, made by this script, is the key of a set.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/jobs.sh"

steps_policy() { # ON-LAST-CLOSE
	job_policy "$1" '{ path = "/tmp"; method = "disk"; }, { path = "/dev/shm"; method = "tmpfs"; }' \
		'hostname = "%{host}-%{job}";' ', "ipc", "uts"'
}

jobs_begin
isolate
steps_policy wait

case_begin "steps of a job share a set, and another job has another"
make_job 12 alice extern 0 1 && make_job 13 alice extern 0
hold_job 12 alice extern && first=$held
hold_job 13 alice extern && second=$held
expect_eq "$(step 12 alice 0 'echo one >/tmp/f; hostname; echo $NSISOLATE_POLICY')" "$(hostname)-12"$'\n'compute "step 0"
expect_eq "$(step 12 alice 1 'cat /tmp/f; hostname')" one$'\n'"$(hostname)-12" "step 1"
expect_eq "$(step 13 alice 0 'ls /tmp; hostname')" "$(hostname)-13" "another job"
expect_ne "$(set_of_job 12 alice)" "$(set_of_job 13 alice)" "their sets"
run_ctl list
expect_match "$out" 'SCOPE +JOB +STATE' "the table"
expect_match "$out" 'job +12 +live' "its row"
run_ctl list --json
expect_eq "$(jq -c '[.sets[] | [.scope, .job]]' <<<"$out")" '[["job","12"],["job","13"]]' "JSON"
case_ok

case_begin "of two users in one job, each has a set"
make_job 12 bob 0
mkdir -p "$jobs/uid_alice/job_12/step_2"
into "$jobs/uid_alice/job_12/step_2"
expect_eq "$(as_su bob 'ls /tmp; hostname')" "$(hostname)-12" "bob in alice's job"
into "$home"
expect_ne "$(set_of_job 12 alice)" "$(set_of_job 12 bob)" "their sets"
expect_eq "$(step 12 alice 1 'cat /tmp/f')" one "alice"
case_ok

case_begin "who is in no job comes to the next rule"
expect_eq "$(as_su alice 'echo $NSISOLATE_POLICY; ls /tmp')" login "by su"
mkdir "$jobs/job_12" "$jobs/uid_alice/nojob"
into "$jobs/job_12"
expect_eq "$(as_su alice 'echo $NSISOLATE_POLICY')" login "in a group with the name of one elsewhere"
into "$home"
rmdir "$jobs/job_12" "$jobs/uid_alice/nojob"
case_ok

# A login by a program that runs nothing else, and where it is; traced, so that it is known whether the helper was asked.
equal_login() { # USER
	strace -qq -o /run/rig/way "$rig_tools/pamhost" -s rig -u "$1" open here 'echo at $(readlink /proc/self/ns/mnt)' close 2>/dev/null </dev/null |
		sed -n 's/^at //p'
}
joins_by_page() { # USER; closing asks the helper, behind the audit record of the open
	[ -n "$(equal_login "$1")" ] && ! sed '/NETLINK_AUDIT/,$d' /run/rig/way | grep -q helper.sock
}

case_begin "an equal login from within a job is in the job, however many outside of jobs came before it"
if [ "${RIG_JOINS:-}" = off ]; then
	case_skip "RIG_JOINS=off"
elif ! strace -qq -o /dev/null -e trace=none true 2>/dev/null; then
	case_skip "strace does not work here"
else
	stack rig "$rig_service"
	stay out su alice 'readlink /proc/self/ns/mnt'
	stay other su carol 'readlink /proc/self/ns/mnt'
	wait_until 20 joins_by_page carol || fail "no login joins by the page" # which is ready from then on
	for i in 1 2 3; do
		expect_eq "$(equal_login alice)" "$(cat /run/rig/stay.out)" "login $i outside"
	done
	into "$jobs/uid_alice/job_13/step_0"
	seen=$(equal_login alice)
	into "$home"
	expect_match "$seen" '^mnt:' "the one in the job"
	expect_ne "$seen" "$(cat /run/rig/stay.out)" "the one in the job"
	expect_eq "$(step 13 alice 0 'readlink /proc/self/ns/mnt')" "$seen" "a step of the job"
	leave out
	leave other
	case_ok
fi

case_begin "run --job is in the job, and its set is not closed under it"
expect_eq "$(nsisolate run --job 12 alice -- sh -c 'cat /tmp/f; grep -o "job_.*" /proc/self/cgroup')" \
	one$'\n'job_12/step_extern "run"
run_ctl run --job 77 alice -- true
expect_eq "$status" 3 "of a job that there is not"
expect_match "$err" 'no live set belongs to a job 77' "why"
run_ctl close "$(set_of_job 13 alice)"
expect_eq "$status" 1 "close"
expect_match "$err" 'is of job 13, which runs; --force ends it' "why"
case_ok

case_begin "the set lives as long as the job, without a session"
expect_ne "$(set_of_job 12 alice)" "" "no session, and the job runs"
instance=$(find /var/lib/nsisolate -name f -path '*s*')
expect_ne "$instance" "" "its directory"
held=$first && release_job
wait_until 3 no_set_of 12 alice || fail "the job is over, and its set is not"
wait_until 3 test ! -e "$instance" || fail "its directory is there"
expect_ne "$(set_of_job 13 alice)" "" "the other job"
case_ok

case_begin "a job of the same name is another one"
drop_job 12 alice && make_job 12 alice extern 0
hold_job 12 alice extern
expect_eq "$(step 12 alice 0 'ls /tmp; touch /tmp/again')" "" "its /tmp"
case_ok

case_begin "a helper that is killed under a job is followed by one that knows it"
number=$(set_of_job 12 alice)
kill_helper
expect_eq "$(step 12 alice 0 'ls /tmp')" again "the next step"
expect_eq "$(set_of_job 12 alice)" "$number" "its set"
kill_helper
release_job
expect_eq "$(as_su bob 'echo in')" in "a login that starts the next helper"
wait_until 3 no_set_of 12 alice || fail "the job ended without a helper, and its set is there"
expect_ne "$(set_of_job 13 alice)" "" "the other job"
case_ok

case_begin "who has left the job's group keeps the set, or is ended with the job"
for what in wait kill; do
	steps_policy $what
	rm -rf /run/rig/escaped
	make_job 2$what alice extern 0
	hold_job 2$what alice extern
	into "$jobs/uid_alice/job_2$what/step_0"
	as_su alice 'setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $! >/dev/shm/pid'
	into "$home"
	wait_until 5 pgrep -u alice -x sleep >/dev/null || fail "no process of alice's"
	escaped=$(pgrep -n -u alice -x sleep)
	echo "$escaped" >"$home/cgroup.procs"
	release_job
	if [ $what = wait ]; then
		wait_until 3 set_is "$(set_of_job 2wait alice)" draining || fail "it is $(nsisolate list)"
		expect_ok kill -0 "$escaped"
		kill "$escaped"
	fi
	wait_until 8 no_set_of 2$what alice || fail "$what: the set is there"
	expect_fails kill -0 "$escaped"
done
case_ok

case_begin "a job killed with all of its sessions leaves nothing"
make_job 30 alice extern 0
hold_job 30 alice extern
into "$jobs/uid_alice/job_30/step_0"
stay thirty su alice 'echo mine >/tmp/f'
into "$home"
cat "$jobs"/uid_alice/job_30/*/cgroup.procs | xargs -r kill -KILL
wait "${stayers[thirty]% *}" "$held" 2>/dev/null
wait_until 5 no_set_of 30 alice || fail "the set is there"
case_ok

case_begin "a group that is removed at once with its last process: the end is noticed"
for i in $(seq 10); do
	make_job "5$i" alice 0
	step "5$i" alice 0 true
	drop_job "5$i" alice
done
no_set_of_these() { ! nsisolate list -n -o job | grep -q '^ *5'; }
wait_until 5 no_set_of_these || fail "sets are there: $(nsisolate list)"
case_ok

case_begin "version 1: the end is noticed by a look"
held=$second && release_job
freezer=$(findmnt -n -t cgroup -O freezer -o TARGET | head -n 1)
if [ -z "$freezer" ] || ! mkdir "$freezer/$top" 2>/dev/null; then
	case_skip "there is no freezer of version 1 that can be written"
else
	rest=$(awk -F: '$2 == "freezer" { print $3 }' /proc/$$/cgroup)
	find "$jobs" -depth -type d -exec rmdir {} +
	jobs=$freezer/$top home=$freezer$rest
	steps_policy wait
	make_job 40 alice extern 0
	hold_job 40 alice extern
	expect_eq "$(step 40 alice 0 'echo one >/tmp/f; hostname')" "$(hostname)-40" "step 0"
	expect_eq "$(step 40 alice 0 'cat /tmp/f')" one "the next step"
	expect_ne "$(set_of_job 40 alice)" "" "no session, and the job runs"
	expect_eq "$(nsisolate run --job 40 alice -- sh -c 'grep -c job_40 /proc/self/cgroup')" 1 "run"
	release_job
	wait_until 8 no_set_of 40 alice || fail "the job is over, and its set is not"
	make_job 41 alice 0
	expect_eq "$(step 41 alice 0 'hostname')" "$(hostname)-41" "a job without any other process"
	drop_job 41 alice
	wait_until 3 no_set_of 41 alice || fail "its group is removed, and its set is there"
	case_ok
fi
