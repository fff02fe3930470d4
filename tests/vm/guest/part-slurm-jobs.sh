# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Many jobs, and how they end.  Behind part-slurm.

case_begin "short jobs of two users on two nodes"
count=40
[ -z "${LONG:-}" ] || count=200
systemctl restart slurmd2 # which the commands of the page have left out: it reads UsePAM=1 now
wait_until 60 nodes_are_idle || slurm_log >&2
wait_until 30 no_job_sets
before=$(left_over)
submit_short "$count" n
wait_until 300 queue_is_empty || fail "jobs are left: $(squeue -h)"
expect_jobs_isolated "$count"
wait_until 60 no_job_sets || fail "left: $(job_sets)"
wait_until 30 is_as_before || fail "left: $(left_over), before: $before"
case_ok

case_begin "an array: each task is a job with a /tmp of its own"
rm -f /home/*/job.*
submit alice "$short_job; sleep 1" --array=1-20 -o job.%A.%a >/dev/null
wait_until 120 queue_is_empty || fail "jobs are left: $(squeue -h)"
expect_jobs_isolated 20
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
job=$(submit alice 'sleep 5; ls /tmp; touch /tmp/late; ls /tmp' -w n2)
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
wait_until 30 is_as_before || fail "left: $(left_over), before: $before"
case_ok
