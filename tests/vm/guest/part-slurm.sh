# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Slurm: from a fresh node to isolated jobs by the ten commands of docs/cluster.md, and the ways into a job.
. "$here/slurm.sh"

cluster_commands() {
	sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$here/cluster.md"
}

case_begin "a cluster of two nodes, as Slurm's packages make it"
if ! slurm_begin; then
	slurm_log >&2
	fail "the nodes are not idle: $(sinfo -h -N -o '%N %T' 2>&1 | xargs)"
fi
expect_eq "$(as_job alice srun -w n1 id -un)" alice "a job"
case_ok
touch /tmp/host-mark
mounts_before=$(cut -d' ' -f2- /proc/self/mountinfo | cut -d' ' -f4- | sort)

case_begin "the ten commands of docs/cluster.md"
expect_eq "$(cluster_commands | wc -l)" 10 "number of commands"
while IFS= read -r command; do
	out=$(run_as_written "$command" 2>&1) || fail "status $? from: $command: $out"
	case $command in
	nsisolate-enable) expect_has "$out" "0 errors" "what doctor says of it" ;;
	*srun*) expect_eq "$out" "mine" "what is in the job's /tmp" ;;
	esac
done < <(cluster_commands)
wait_until 60 nodes_are_idle || fail "$(slurm_log)"
[ ! -e /tmp/mine ] || fail "the job wrote into the host's /tmp"
case_ok
touch /tmp/host-mark

case_begin "the steps of a job share a /tmp, and no other job sees it"
job=$(submit alice 'touch /tmp/of-batch; srun -Q ls /tmp; srun -Q touch /tmp/of-step; ls /tmp; sleep 2' -w n1)
other=$(submit alice 'sleep 1; ls /tmp; ipcs -q | grep -c ^0x' -w n1)
wait_until 20 job_is "$job" RUNNING || slurm_log >&2
wait_until 60 is_done "$job" && wait_until 60 is_done "$other" || slurm_log >&2
expect_eq "$(xargs <"/home/alice/job.$job")" "of-batch of-batch of-step" "the job with steps"
expect_eq "$(xargs <"/home/alice/job.$other")" 0 "the other job"
wait_until 10 no_job_sets || fail "left: $(job_sets)"
case_ok

case_begin "srun --pty, salloc and its steps"
expect_has "$(as_job alice script -qec 'srun -w n1 --pty ls /tmp /dev/pts' /dev/null)" "ptmx" "a terminal"
expect_eq "$(as_job alice salloc -Q -w n1 sh -c 'srun touch /tmp/one; srun ls /tmp' | xargs)" one "steps of salloc"
expect_eq "$(as_job bob srun -Q -w n1 sh -c 'ls /tmp; id -un' | xargs)" bob "another user"
wait_until 10 no_job_sets || fail "left: $(job_sets)"
case_ok

case_begin "an adopted ssh login is in the job; without a job there is none"
expect_fails as_ssh alice true
job=$(submit alice 'touch /tmp/of-job; sleep 300' -w n1)
in_set() { nsisolate list --json | jq -e --arg job "$job" '.sets[] | select(.job == $job)' >/dev/null; }
wait_until 20 in_set || slurm_log >&2
expect_eq "$(as_ssh alice 'ls /tmp; echo $NSISOLATE_POLICY' | xargs)" "of-job hpc-job" "ssh"
expect_fails as_ssh bob true
expect_eq "$(nsisolate run --job "$job" alice -- ls /tmp)" of-job "run --job"
expect_has "$(nsisolate list)" " $job " "the column JOB"
case_ok

case_begin "the job goes on when the helper is killed, and slurmd restarted"
systemctl kill -s KILL --kill-whom=main nsisolate.service
systemctl restart slurmd
wait_until 60 nodes_are_registered || fail "$(sinfo -N)"
expect_eq "$(as_job alice srun -Q --jobid "$job" --overlap ls /tmp)" of-job "a step"
expect_eq "$(as_ssh alice 'ls /tmp')" of-job "ssh"
case_ok

case_begin "scancel: all of it ends with the job, whoever is in"
as_ssh alice 'touch /tmp/of-ssh; sleep 300' &
wait_until 20 pgrep -u alice -f 'sleep 300' >/dev/null
as_job alice scancel "$job"
wait_until 60 is_done "$job" || fail "the job is there"
wait_until 30 no_job_sets || fail "left: $(job_sets)"
wait
case_ok

case_begin "nothing is left of the jobs: sets, directories, mounts, processes"
expect_eq "$(find /var/lib/nsisolate -mindepth 1 -maxdepth 1 -name 's*' | xargs)" "" "directories"
expect_eq "$(cut -d' ' -f2- /proc/self/mountinfo | cut -d' ' -f4- | sort | diff <(echo "$mounts_before") - | grep -v nsisolate)" "" "mounts"
expect_eq "$(ls /tmp | grep -v systemd-private | xargs)" host-mark "the host's /tmp"
case_ok
