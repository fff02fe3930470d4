# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The same jobs on two kinds of nodes of one cluster: n1 and n2 have pam_nsisolate, m1 and m2 Slurm's job_container/tmpfs
# instead.  Behind part-slurm.  All four run all the time; blocks of jobs go to the one kind and to the other in turns,
# so that other work of the machine meets both alike.

block=10 blocks=2
[ -z "${LONG:-}" ] || block=50 blocks=4

# job_container.conf has Dirs= since Slurm 23.02; before, the two directories are fixed.
their_dirs() {
	case $(slurmd -V) in
	*' '22.*) echo "/tmp /dev/shm" ;;
	*) echo "/tmp /var/tmp /dev/shm" ;;
	esac
}

their_conf() {
	install -d /etc/slurm/theirs /var/jobs
	cp /etc/slurm/cgroup.conf /etc/slurm/theirs/
	{ grep -v '^UsePAM' /etc/slurm/slurm.conf; echo "JobContainerType=job_container/tmpfs"; } >/etc/slurm/theirs/slurm.conf
	printf '%s\n' AutoBasePath=true BasePath=/var/jobs/%n >/etc/slurm/theirs/job_container.conf
	[[ $(their_dirs) != *var* ]] || echo "Dirs=$(their_dirs | tr ' ' ,)" >>/etc/slurm/theirs/job_container.conf
}

# Two more daemons, as slurmd2 is one.
begin_their_nodes() {
	local node units=/etc/systemd/system

	sed -i 's/ Nodes=n1,n2 / Nodes=ALL /' /etc/slurm/slurm.conf
	printf '%s\n' "DebugFlags=NO_CONF_HASH" \
		"NodeName=m1 NodeHostname=vmtest NodeAddr=$slurm_net.1 Port=17003 CPUs=8" \
		"NodeName=m2 NodeHostname=vmtest NodeAddr=$slurm_net.1 Port=17004 CPUs=8" >>/etc/slurm/slurm.conf
	their_conf
	for node in m1 m2; do
		sed -e "s,-N n2,-f /etc/slurm/theirs/slurm.conf -N $node," -e "s/slurmd\.n2\.pid/slurmd.$node.pid/" \
			$units/slurmd2.service >$units/slurmd-$node.service
		cp -r $units/slurmd2.service.d $units/slurmd-$node.service.d
	done
	systemctl daemon-reload
	systemctl restart slurmctld slurmd slurmd2 slurmd-m1 slurmd-m2
	wait_until 60 all_are_idle
}

# Slurm binds the file of a job's mount namespace, which the kernel allows only if its id is higher than that of slurmd's.
# Linux 6.18 gives ids by the processor, 4096 to each at a time: a job on another processor than the one that made this
# system's namespace could have a lower one.  So all processors use up what they have.
use_up_namespace_ids() {
	local cpu

	for ((cpu = 0; cpu < $(nproc); cpu++)); do
		taskset -c $cpu perl -e 'syscall(272, 0x04000000) == 0 or die "unshare: $!\n" for 1 .. 4096'
	done
}

all_are_idle() {
	[ "$(sinfo -h -N -o '%N %T' 2>/dev/null | sort -u | xargs)" = 'm1 idle m2 idle n1 idle n2 idle' ]
}

# Microseconds of the nodes of KIND (n: ours, m: theirs): slurmd, the steps with their tasks, the helper with its anchors.
daemon_cpu() { # KIND
	local system=/sys/fs/cgroup/system.slice services="slurmd-m1 slurmd-m2"

	[ "$1" = m ] || services="slurmd slurmd2 nsisolate"
	# shellcheck disable=SC2086
	cat $(printf "$system/%s.service/cpu.stat " $services) "$system/$1"?_slurmstepd.scope/cpu.stat |
		awk '$1 == "usage_usec" { sum += $2 } END { print sum + 0 }'
}

# What is behind the jobs is counted with them.
is_settled() { no_job_sets && [ -z "$(find /var/lib/nsisolate/trash -mindepth 1 2>/dev/null)" ]; }

# Sets $line to "KIND SECONDS CPU-SECONDS": from the first submit to the last end, and of the daemons.
run_block() { # KIND
	local cpu start end

	cpu=$(daemon_cpu "$1")
	start=$(date +%s.%N)
	submit_short $block "$1" >&2
	wait_until 120 queue_is_empty || fail "jobs are left: $(squeue -h)"
	end=$(date +%s.%N)
	wait_until 60 is_settled || fail "sets are left: $(job_sets)"
	sleep 1
	line=$(awk -v k="$1" -v s="$start" -v e="$end" -v b="$cpu" -v a="$(daemon_cpu "$1")" \
		'BEGIN { printf "%s %.3f %.3f", k, e - s, (a - b) / 1e6 }')
	expect_jobs_isolated $block
}

# What a job on a node sees of the host, and an ssh login into it, as "WHAT YES-OR-NO": is it the job's own?
see() { # NODE
	local job own='case $? in 0) echo no ;; *) echo yes ;; esac'

	touch /tmp/host-mark /var/tmp/host-mark /dev/shm/host-mark
	as_job alice srun -Q -w "$1" sh -c "for d in /tmp /var/tmp /dev/shm; do test -e \$d/host-mark; echo \"\$d \$($own)\"; done
		test \$(readlink /proc/self/ns/ipc) = $(readlink /proc/self/ns/ipc); echo \"IPC \$($own)\""
	job=$(submit alice 'sleep 60' -w "$1")
	wait_until 30 pgrep -u alice -x sleep >/dev/null
	as_ssh alice 'test -e /tmp/host-mark; echo "ssh $(case $? in 0) echo no ;; *) echo yes ;; esac)"' || echo "ssh refused"
	scancel "$job"
	wait_until 60 queue_is_empty
	rm -f /var/tmp/host-mark /dev/shm/host-mark
}

# An ssh login into a job of theirs, by their own means.
see_theirs() {
	nsisolate-enable --disable >&2
	sed -i 's/nodename=n1/nodename=m1/' /etc/pam.d/sshd
	see m1
	sed -i 's/nodename=m1/nodename=n1/' /etc/pam.d/sshd
	nsisolate-enable >&2
}

case_begin "two more nodes, with job_container/tmpfs"
use_up_namespace_ids || fail "no namespaces"
begin_their_nodes || fail "$(slurm_log; sinfo -N)"
# What both keep for all jobs: the first one of a node makes it.
for node in n1 n2 m1 m2; do as_job alice srun -Q -w $node true || fail "no job runs on $node"; done
able=$case_faults
case_ok
[ "$able" = 0 ] || return 0 # each of what follows would wait in vain

case_begin "what is a job's own, with either"
ours_seen=$(see n1)
theirs_seen=$(see_theirs)
expect_eq "$(xargs <<<"$ours_seen")" "/tmp yes /var/tmp yes /dev/shm yes IPC yes ssh yes" "with ours"
expect_eq "$(xargs <<<"$theirs_seen")" "$(for dir in /tmp /var/tmp /dev/shm; do
	[[ " $(their_dirs) " == *" $dir "* ]] && echo $dir yes || echo $dir no
done | xargs) IPC no ssh yes" "with theirs"
case_ok

case_begin "$((block * blocks)) jobs with each, in blocks of $block: nothing is left on disk and in the mount table"
wait_until 30 is_settled
before=$(left_over)
figures=
for ((i = -1; i < blocks; i++)); do
	order="n m"
	[ $((i % 2)) = 0 ] || order="m n"
	for kind in $order; do
		run_block "$kind"
		[ $i -lt 0 ] || figures+=$line$'\n' # the first of each warms up
	done
	wait_until 30 is_as_before || fail "left: $(left_over), before: $before"
done
case_ok

# Totals and medians of blocks, "KIND TOTAL-SECONDS MEDIAN-SECONDS TOTAL-CPU MEDIAN-CPU".
sums() { # KIND
	local column

	printf %s "$1"
	for column in 2 3; do
		awk -v k="$1" -v c=$column '$1 == k { print $c }' <<<"$figures" | sort -n |
			awk '{ v[NR] = $1; sum += $1 } END { printf " %.2f %.3f", sum, (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
	done
	echo
}

{
	echo "# $(slurmd -V): $((block * blocks)) jobs each of two users on two nodes, in blocks of $block in turns"
	echo "# n: ours, m: job_container/tmpfs; seconds from the first submit to the last end: all blocks, median of blocks;"
	echo "# CPU seconds of slurmd, of steps with their tasks, and of the helper: all blocks, median of blocks"
	sums n
	sums m
	echo "# a job's own: with ours, with job_container/tmpfs"
	join <(sort <<<"$ours_seen") <(sort <<<"$theirs_seen")
	echo "# blocks: $(xargs <<<"$figures")"
} | tee /root/slurm-figures >&2

if [ -n "${LONG:-}" ]; then
	case_begin "time from submit to end, and CPU of the node's daemons: at most 1.1 times those of job_container/tmpfs"
	awk '{ time[$1] = $3; cpu[$1] = $5 }
		END { exit !(time["n"] <= 1.1 * time["m"] && cpu["n"] <= 1.1 * cpu["m"]) }' < <(sums n; sums m) ||
		fail "totals and medians of seconds, and of CPU seconds: $(sums n | xargs); $(sums m | xargs)"
	case_ok
fi
