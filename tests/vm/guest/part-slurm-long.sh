# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Many jobs, and how they end; then the same jobs with Slurm's job_container/tmpfs instead.  Behind part-slurm.

jobs=${NSI_SLURM_JOBS:-200}

# What a job does: looks at its directories, and writes into them.
work='ls /tmp /dev/shm; touch /tmp/f$SLURM_JOB_ID /dev/shm/f$SLURM_JOB_ID'

# $jobs short jobs, half of them bob's; seconds from the first submit to the last end, and CPU seconds of the daemons.
run_jobs() { # TAG
	local before after start i

	rm -f /home/*/job.*
	before=$(daemon_cpu)
	start=$(date +%s.%N)
	for ((i = 0; i < jobs; i++)); do
		submit "$([ $((i % 2)) = 0 ] && echo alice || echo bob)" "$work" -w "n$((i % 4 / 2 + 1))" >/dev/null
	done
	wait_until 1200 queue_is_empty
	after=$(daemon_cpu)
	awk -v tag="$1" -v s="$start" -v e="$(date +%s.%N)" -v b="$before" -v a="$after" \
		'BEGIN { printf "%s %.1f %.2f\n", tag, e - s, (a - b) / 1e6 }'
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

expect_jobs_isolated() {
	local files

	files=$(cat /home/*/job.* | grep -c '^f[0-9]')
	expect_eq "$files" 0 "files of other jobs that a job has seen"
	expect_eq "$(cat /home/*/job.* | grep -c '^/tmp:$')" "$jobs" "jobs that have run"
	expect_eq "$(find /tmp /dev/shm -name 'f[0-9]*' | wc -l)" 0 "files of jobs on the host"
}

case_begin "$jobs short jobs of two users on two nodes"
systemctl restart slurmd2 # which the commands of the page have left out: it reads UsePAM=1 now
wait_until 60 nodes_are_idle || slurm_log >&2
wait_until 30 no_job_sets
before=$(left_over)
ours=$(run_jobs nsisolate)
expect_jobs_isolated
wait_until 60 no_job_sets || fail "left: $(job_sets)"
wait_until 30 is_as_before || fail "left: $(left_over), before: $before"
ours_left="$before, then $(left_over)"
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

case_begin "the same jobs with job_container/tmpfs"
install -d /var/jobs
printf 'AutoBasePath=true\nBasePath=/var/jobs/%%n\nDirs=/tmp,/var/tmp,/dev/shm\n' >/etc/slurm/job_container.conf
sed -i '/^UsePAM/d' /etc/slurm/slurm.conf
echo JobContainerType=job_container/tmpfs >>/etc/slurm/slurm.conf
systemctl restart slurmctld slurmd slurmd2
wait_until 60 nodes_are_idle || slurm_log >&2
submit alice true -w n1 >/dev/null
submit alice true -w n2 >/dev/null
wait_until 60 queue_is_empty
before=$(left_over)
theirs=$(run_jobs job_container)
expect_jobs_isolated
wait_until 10 is_as_before
theirs_left="$before, then $(left_over)"
case_ok

case_begin "time from submit to end, and CPU of the node's daemons: at most 1.1 times those of job_container/tmpfs"
{
	echo "# $(slurmd -V), $jobs jobs, two users, two nodes on one machine"
	echo "# with, seconds, CPU seconds of slurmd, steps and helper"
	echo "$ours; left: $ours_left"
	echo "$theirs; left: $theirs_left"
} | tee /root/slurm-figures >&2
awk -v a="$ours" -v b="$theirs" 'BEGIN { split(a, x); split(b, y); exit !(x[2] <= 1.1 * y[2] && x[3] <= 1.1 * y[3]) }' ||
	fail "seconds and CPU seconds: $ours; $theirs"
case_ok
