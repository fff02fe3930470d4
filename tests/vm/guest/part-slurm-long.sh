# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Many jobs, and how they end; then the same jobs with Slurm's job_container/tmpfs instead.  Behind part-slurm.

jobs=${NSI_SLURM_JOBS:-200}

# What a job does: looks at its directories, and writes into them.
work='ls /tmp /dev/shm; touch /tmp/f$SLURM_JOB_ID /dev/shm/f$SLURM_JOB_ID'

# COUNT short jobs, half of them bob's; prints the seconds from the first submit to the last end, and CPU seconds of
# the daemons.
run_jobs() { # COUNT
	local before after start i

	rm -f /home/*/job.*
	before=$(daemon_cpu)
	start=$(date +%s.%N)
	for ((i = 0; i < $1; i++)); do
		submit "$([ $((i % 2)) = 0 ] && echo alice || echo bob)" "$work" -w "n$((i % 4 / 2 + 1))" >/dev/null
	done
	wait_until 1200 queue_is_empty
	after=$(daemon_cpu)
	awk -v s="$start" -v e="$(date +%s.%N)" -v b="$before" -v a="$after" \
		'BEGIN { printf "%.1f %.2f\n", e - s, (a - b) / 1e6 }'
}

queue_is_empty() { ! squeue -h 2>/dev/null | grep -q . && nodes_are_idle; }

# Microseconds of slurmd, of all steps with their tasks, and of the helper with its anchors, by their control groups.
daemon_cpu() {
	cat /sys/fs/cgroup/system.slice/{slurmd.service,slurmd2.service,nsisolate.service,*slurmstepd.scope}/cpu.stat |
		awk '$1 == "usage_usec" { sum += $2 } END { print sum + 0 }'
}

# Lines of the mount table, and files in the places of jobs, that were not there before.
left_over() {
	echo "mounts $(wc -l </proc/self/mountinfo) files $(find /var/lib/nsisolate /var/jobs -mindepth 1 2>/dev/null |
		grep -vE '/(trash|reserve|policy|kept)(/|$)' | wc -l) groups $(find /sys/fs/cgroup -name 'job_*' | wc -l)"
}

# The sweeper empties the trash behind the last job.  Slurm leaves a few groups of its own, with and without us.
is_as_before() { [ "$(left_over | cut -d' ' -f1-4)" = "$(cut -d' ' -f1-4 <<<"$before")" ]; }

# What a job sees of the host, and an ssh login into it, as "WHAT YES-OR-NO": is it the job's own?
see() {
	local job own='case $? in 0) echo no ;; *) echo yes ;; esac'

	touch /var/tmp/host-mark /dev/shm/host-mark
	as_job alice srun -Q -w n1 sh -c "for d in /tmp /var/tmp /dev/shm; do test -e \$d/host-mark; echo \"\$d \$($own)\"; done
		test \$(readlink /proc/self/ns/ipc) = $(readlink /proc/self/ns/ipc); echo \"IPC \$($own)\""
	job=$(submit alice 'sleep 60' -w n1)
	wait_until 30 pgrep -u alice -x sleep >/dev/null
	sleep 1
	as_ssh alice 'test -e /tmp/host-mark; echo "ssh $(case $? in 0) echo no ;; *) echo yes ;; esac)"' || echo "ssh refused"
	scancel "$job"
	wait_until 60 queue_is_empty
	rm -f /var/tmp/host-mark /dev/shm/host-mark
}

expect_jobs_isolated() { # COUNT
	local files

	files=$(cat /home/*/job.* | grep -c '^f[0-9]')
	expect_eq "$files" 0 "files of other jobs that a job has seen"
	expect_eq "$(cat /home/*/job.* | grep -c '^/tmp:$')" "$1" "jobs that have run"
	expect_eq "$(find /tmp /dev/shm -name 'f[0-9]*' | wc -l)" 0 "files of jobs on the host"
}

case_begin "$jobs short jobs of two users on two nodes"
systemctl restart slurmd2 # which the commands of the page have left out: it reads UsePAM=1 now
wait_until 60 nodes_are_idle || slurm_log >&2
wait_until 30 no_job_sets
before=$(left_over)
run_jobs "$jobs" >/dev/null
expect_jobs_isolated "$jobs"
wait_until 60 no_job_sets || fail "left: $(job_sets)"
wait_until 30 is_as_before || fail "left: $(left_over), before: $before"
ours_seen=$(see)
expect_eq "$(xargs <<<"$ours_seen")" "/tmp yes /var/tmp yes /dev/shm yes IPC yes ssh yes" "what is a job's own"
case_ok

case_begin "an array: each task is a job with a /tmp of its own"
rm -f /home/*/job.*
submit alice "$work; sleep 1" --array=1-20 -o job.%A.%a >/dev/null
wait_until 120 queue_is_empty
expect_eq "$(cat /home/alice/job.* | grep -c '^/tmp:$')" 20 "tasks that have run"
expect_eq "$(cat /home/alice/job.* | grep -c '^f[0-9]')" 0 "files of others"
wait_until 30 no_job_sets || fail "left: $(job_sets)"
case_ok

case_begin "a job that is ended by its time limit, with a process that ignores SIGTERM and left its session"
job=$(submit alice 'trap "" TERM; setsid sleep 600 & sleep 600' -t 1 -w n1)
wait_until 20 job_is "$job" RUNNING
wait_until 180 is_done "$job" || fail "it runs: $(squeue -h)"
wait_until 30 no_job_sets || fail "left: $(job_sets)"
expect_fails pgrep -u alice -x sleep
case_ok

case_begin "a node that is drained under a job, and resumed"
job=$(submit alice 'sleep 15; ls /tmp; touch /tmp/late; ls /tmp' -w n2)
wait_until 20 job_is "$job" RUNNING
scontrol update nodename=n2 state=drain reason=test
wait_until 60 is_done "$job"
expect_eq "$(xargs <"/home/alice/job.$job")" late "the job"
scontrol update nodename=n2 state=resume
wait_until 30 nodes_are_idle || fail "$(sinfo -N)"
wait_until 30 no_job_sets || fail "left: $(job_sets)"
case_ok

case_begin "slurmd and the helper are killed under 20 jobs"
rm -f /home/*/job.*
for ((i = 0; i < 20; i++)); do
	submit "$([ $((i % 2)) = 0 ] && echo alice || echo bob)" 'touch /tmp/mine; sleep 10; ls /tmp' -w "n$((i % 2 + 1))" -O >/dev/null
done
wait_until 30 pgrep -u bob -x sleep >/dev/null
systemctl kill -s KILL --kill-whom=main nsisolate.service slurmd.service slurmd2.service
systemctl restart slurmd slurmd2
wait_until 180 queue_is_empty || fail "$(squeue -h)"
expect_eq "$(cat /home/*/job.* | sort | uniq -c | xargs)" "20 mine" "what the jobs saw"
wait_until 60 no_job_sets || fail "left: $(job_sets)"
case_ok

# The same cluster with ours, or with job_container/tmpfs.
use() { # ours|theirs
	sed -i '/^UsePAM/d; /^JobContainerType/d' /etc/slurm/slurm.conf
	if [ "$1" = ours ]; then
		echo UsePAM=1
	else
		echo JobContainerType=job_container/tmpfs
	fi >>/etc/slurm/slurm.conf
	systemctl restart slurmctld slurmd slurmd2
	wait_until 60 nodes_are_idle || slurm_log >&2
	submit alice true -w n1 >/dev/null
	submit alice true -w n2 >/dev/null
	wait_until 60 queue_is_empty
}

case_begin "the same jobs with job_container/tmpfs, in turns: ours, theirs, theirs, ours"
install -d /var/jobs
printf 'AutoBasePath=true\nBasePath=/var/jobs/%%n\nDirs=/tmp,/var/tmp,/dev/shm\n' >/etc/slurm/job_container.conf
figures=
for who in ours theirs theirs ours; do
	use $who
	wait_until 30 no_job_sets
	sleep 1 # the directories of the two jobs go behind their sets
	before=$(left_over)
	figures+="$who $(run_jobs $((jobs / 2)))"$'\n'
	expect_jobs_isolated $((jobs / 2))
	wait_until 30 is_as_before || fail "$who: left: $(left_over), before: $before"
	[ $who = ours ] || theirs_seen=$(see)
done
expect_eq "$(xargs <<<"$theirs_seen" | cut -d' ' -f1-8)" "/tmp yes /var/tmp yes /dev/shm yes IPC no" "what is a job's own"
case_ok

case_begin "time from submit to end, and CPU of the node's daemons: at most 1.1 times those of job_container/tmpfs"
{
	echo "# $(slurmd -V), $jobs jobs each, two users, two nodes on one machine"
	echo "# with, seconds, CPU seconds of slurmd, steps and helper"
	echo "$figures"
	echo "# a job's own: with ours, with job_container/tmpfs"
	join <(sort <<<"$ours_seen") <(sort <<<"$theirs_seen")
} | tee /root/slurm-figures >&2
awk '{ wall[$1] += $2; cpu[$1] += $3 }
	END { exit !(wall["ours"] <= 1.1 * wall["theirs"] && cpu["ours"] <= 1.1 * cpu["theirs"]) }' <<<"$figures" ||
	fail "seconds and CPU seconds: $figures"
case_ok
