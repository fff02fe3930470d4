#!/bin/bash
# SPDX-License-Identifier: MIT
# What a policy for jobs can have besides: directories that outlast the job, a network, a size; and what it cannot have.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/jobs.sh"
. "$(dirname "$0")/rig/net.sh"

# A job with one step, from its beginning to its end.
run_job() { # JOB USER CMD
	make_job "$1" "$2" extern 0
	hold_job "$1" "$2" extern
	step "$1" "$2" 0 "$3"
	release_job
	wait_until 8 no_set_of "$1" "$2" || fail "job $1 is over, and its set is not"
	drop_job "$1" "$2"
}
stored() { # JQ-FILTER, of the rows of nsisolate dirs
	nsisolate dirs --json 2>/dev/null | jq -c "[.directories[] | select(.job) | $1]"
}

is_swept() { [ -z "$(find $statedir -name var-tmp)" ]; } # what is not retained goes in a moment

jobs_begin
isolate

case_begin "retain: a job's directory outlasts it for an administrator, and no other job sees it"
job_policy kill '{ path = "/tmp"; method = "disk"; retain = "1d"; }, { path = "/var/tmp"; method = "disk"; }'
run_job 12 alice 'umask 077; echo result >/tmp/result; echo gone >/var/tmp/gone'
wait_until 8 is_swept || fail "what is not retained is there"
expect_eq "$(stored '[.owner, .job, .path, .state, .ends != null]')" '[["alice","12","/tmp","stored",true]]' "what is stored"
parent=$(nsisolate dirs --json | jq -r '.directories[] | select(.job == "12") | .parent')
expect_eq "$(cat "$statedir/$parent/tmp/result")" result "the file, for root"
run_ctl dirs alice
expect_match "$out" 'alice, job 12 +/tmp ' "the table"
run_job 12 alice 'ls -A /tmp'
run_job 13 bob 'ls -A /tmp; touch /tmp/his'
make_job 14 alice 0
expect_eq "$(step 14 alice 0 'ls -A /tmp')" "" "a later job's /tmp"
drop_job 14 alice
wait_until 8 no_set_of 14 alice || fail "the set is there"
wait_until 8 is_swept || fail "what is not retained is there"
expect_eq "$(stored '.job' | jq -c sort)" '["12","12","13","14"]' "what is stored of four jobs"
case_ok

case_begin "retain: a sweep removes it when its time is over, or an administrator before"
run_ctl gc
expect_eq "$(stored '.job' | jq -c sort)" '["12","12","13","14"]' "after a sweep"
run_ctl dirs --remove bob /tmp
expect_eq "$status" 0 "dirs --remove: $err"
expect_eq "$(stored '.job' | jq -c sort)" '["12","12","14"]' "what is stored afterwards"
[ -s "$statedir/$parent/.meta-tmp" ] || fail "no file says how long it is kept: $(ls -A "$statedir/$parent")"
sed -i 's/used=[0-9]*/used=1000/' "$statedir/$parent/.meta-tmp"
run_ctl gc
wait_until 8 eval '[ ! -e "$statedir/$parent" ]' || fail "it stays: $(ls -A "$statedir/$parent"; cat "$statedir/$parent/.meta-tmp")"
expect_eq "$(stored '.job' | jq -c sort)" '["12","14"]' "what is stored after the sweep"
case_ok

case_begin "retain: the helper that is killed under the job takes nothing away"
make_job 20 alice extern 0
hold_job 20 alice extern
step 20 alice 0 'echo kept >/tmp/kept'
kill_helper
expect_eq "$(step 20 alice 0 'cat /tmp/kept')" kept "the next step"
release_job
wait_until 8 no_set_of 20 alice || fail "the set is there"
run_ctl gc
expect_eq "$(stored 'select(.job == "20") | .state')" '["stored"]' "its directory"
drop_job 20 alice
run_ctl dirs --remove alice
run_ctl gc
expect_all_gone
case_ok

# Another boot, as after a power cut: no process is there, nothing in the run directory, and the kernel has another id.
begin_boot() {
	our_pids | xargs -r kill -KILL
	wait_until 5 eval '[ -z "$(our_pids)" ]'
	rm -rf "${rundir:?}"/*
	cat /proc/sys/kernel/random/uuid >/run/rig/boot_id
	mount --bind /run/rig/boot_id /proc/sys/kernel/random/boot_id
}

case_begin "retain: until the next boot, and what is kept for a time is kept over it"
job_policy kill '{ path = "/tmp"; method = "disk"; retain = "boot"; }, { path = "/var/tmp"; method = "disk"; retain = "1d"; }'
run_job 25 alice 'echo result >/tmp/result; echo long >/var/tmp/long'
make_job 26 bob extern 0
hold_job 26 bob extern
step 26 bob 0 'echo runs >/tmp/runs'
run_ctl gc
expect_eq "$(stored '[.job, .path]' | jq -c sort)" '[["25","/tmp"],["25","/var/tmp"],["26","/tmp"],["26","/var/tmp"]]' "in this boot"
parent=$(nsisolate dirs --json | jq -r 'first(.directories[] | select(.job == "25")).parent')
begin_boot
release_job
drop_job 26 bob
expect_eq "$(as_su carol 'echo in')" in "the first login of the next boot, which starts the helper"
run_ctl gc
wait_until 8 eval '[ ! -e "$statedir/$parent/tmp" ]' || fail "what was kept until boot is there: $(stored '[.job, .path]')"
expect_eq "$(cat "$statedir/$parent/var-tmp/long")" long "what is kept for a day"
wait_until 8 eval '[ "$(stored "[.job, .path]" | jq -c sort)" = "[[\"25\",\"/var/tmp\"],[\"26\",\"/var/tmp\"]]" ]' ||
	fail "stored: $(stored '[.job, .path]')"
make_job 25 alice 0
expect_eq "$(step 25 alice 0 'ls -A /tmp /var/tmp')" "/tmp:"$'\n\n'"/var/tmp:" "a job of the same number in the next boot"
drop_job 25 alice
wait_until 8 no_set_of 25 alice || fail "the set is there"
run_ctl dirs --remove alice
run_ctl dirs --remove bob
run_ctl gc
expect_all_gone
rig_stop_helper
umount /proc/sys/kernel/random/boot_id
case_ok

case_begin "a size bounds a job's tmpfs, and each job has its own"
job_policy kill '{ path = "/tmp"; method = "tmpfs"; size = "1M"; }'
for job in 30 31; do
	make_job $job alice 0
	expect_eq "$(step $job alice 0 'head -c 4M /dev/zero >/tmp/big 2>/dev/null; stat -c %s /tmp/big')" $((1 << 20)) "job $job"
done
drop_job 30 alice
drop_job 31 alice
expect_all_gone
case_ok

case_begin "a network: two jobs of a user have one each, which their steps share"
net_begin
job_policy kill '{ path = "/tmp"; method = "tmpfs"; }' 'network = { mode = "none"; };' ', "net"'
make_job 40 alice extern 0 1 && make_job 41 alice extern 0
hold_job 40 alice extern && first=$held
hold_job 41 alice extern && second=$held
one=$(step 40 alice 0 'readlink /proc/self/ns/net; ls /sys/class/net')
expect_eq "$(tail -n 1 <<<"$one")" lo "interfaces"
expect_eq "$(step 40 alice 1 'readlink /proc/self/ns/net; ls /sys/class/net')" "$one" "another step"
expect_ne "$(step 41 alice 0 'readlink /proc/self/ns/net' )" "$(head -n 1 <<<"$one")" "another job"
held=$first && release_job
held=$second && release_job
drop_job 40 alice && drop_job 41 alice
expect_net_gone
case_ok

case_begin "a bridge: each job has an address of its own, which is free again behind it"
job_policy kill '{ path = "/tmp"; method = "tmpfs"; }' 'network = { mode = "bridge"; bridge = "nsijob0"; create = true; pool = "10.79.0.0/24"; };' ', "net"'
make_job 50 alice extern 0 && make_job 51 alice extern 0
hold_job 50 alice extern && first=$held
hold_job 51 alice extern && second=$held
address='ip -o -4 addr show scope global | grep -o "10\.79\.0\.[0-9]*"'
one=$(step 50 alice 0 "$address")
expect_match "$one" '^10\.79\.0\.' "the first job's address"
expect_eq "$(step 50 alice 0 "$address")" "$one" "the next step's"
two=$(step 51 alice 0 "$address")
expect_match "$two" '^10\.79\.0\.' "the second job's address"
expect_ne "$two" "$one" "the second job's"
held=$first && release_job
held=$second && release_job
drop_job 50 alice && drop_job 51 alice
expect_net_gone
case_ok

case_begin "quota: where the file system has none, a job is refused with what to do"
job_policy kill '{ path = "/tmp"; method = "disk"; quota = "4M"; }'
make_job 60 alice 0
if [ "$(step 60 alice 0 'echo ran' 2>/dev/null)" = ran ]; then
	case_skip "this file system has project quotas"
else
	expect_match "$(grep refused "$(rig_settled_log)" | tail -n 1)" 'quota' "the log"
	case_ok
fi
drop_job 60 alice

case_begin "limits, and a directory for ever: check says why not, and what to do"
job_policy kill '{ path = "/tmp"; method = "disk"; retain = "forever"; }' 'limits = { tasks = "50"; };'
run_ctl check
expect_eq "$status" 1 "check"
expect_match "$err$out" 'resource manager.*set them there' "limits"
expect_match "$err$out" 'give a time, such as "7d"' "retain"
case_ok
