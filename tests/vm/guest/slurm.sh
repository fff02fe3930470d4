# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How does this system become a cluster of two nodes?  slurmctld, and slurmd twice; each job by runuser.

slurm_net=10.9.9

# Slurm's daemons look for an address that is not the loopback's.
slurm_network() {
	ip link add slurm0 type veth peer name slurm1
	ip addr add $slurm_net.1/24 dev slurm0
	ip link set slurm0 up && ip link set slurm1 up
	printf '127.0.0.1 localhost\n%s.1 vmtest\n' $slurm_net >/etc/hosts
}

slurm_conf() { # LINE...
	printf '%s\n' "ClusterName=test" "SlurmctldHost=vmtest($slurm_net.1)" "SlurmUser=slurm" "MpiDefault=none" \
		"ProctrackType=proctrack/cgroup" "TaskPlugin=task/none" "PrologFlags=Contain" \
		"LaunchParameters=use_interactive_step" "SlurmdParameters=config_overrides" "ReturnToService=2" \
		"StateSaveLocation=/var/lib/slurm/slurmctld" "SlurmdSpoolDir=/var/lib/slurm/slurmd.%n" \
		"SlurmctldPidFile=/run/slurmctld.pid" "SlurmdPidFile=/run/slurmd.%n.pid" \
		"SlurmctldLogFile=/var/log/slurm/slurmctld.log" "SlurmdLogFile=/var/log/slurm/slurmd.%n.log" \
		"SchedulerType=sched/builtin" "SchedulerParameters=batch_sched_delay=0" "SelectType=select/cons_tres" "SelectTypeParameters=CR_CPU" \
		"KillWait=2" "MinJobAge=300" "MaxArraySize=100" \
		"NodeName=n1 NodeHostname=vmtest NodeAddr=$slurm_net.1 Port=17001 CPUs=8" \
		"NodeName=n2 NodeHostname=vmtest NodeAddr=$slurm_net.1 Port=17002 CPUs=8" \
		"PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP" "$@" >/etc/slurm/slurm.conf
	echo "CgroupPlugin=autodetect" >/etc/slurm/cgroup.conf
}

# The plugin cgroup/v2 refuses a machine that has hierarchies of version 1 as well, and says "hybrid".
slurm_hide_version_1() {
	grep -q '^[1-9]' /proc/1/cgroup || return 0
	gcc -D_GNU_SOURCE -shared -fPIC -O2 -o /usr/local/lib/cgroup2_only.so "$here/cgroup2_only.c" -ldl || return
	mkdir -p /etc/systemd/system/slurmd.service.d
	printf '[Service]\nEnvironment=LD_PRELOAD=/usr/local/lib/cgroup2_only.so\n' >/etc/systemd/system/slurmd.service.d/v2.conf
}

slurm_begin() {
	slurm_network
	slurm_conf
	slurm_hide_version_1 || return
	install -d -o slurm -g slurm /var/lib/slurm/slurmctld /var/log/slurm
	echo 'SLURMD_OPTIONS="-N n1"' >/etc/default/slurmd
	# Daemons on one machine share /run/slurm: the stop of one does not take it from the others.
	mkdir -p /etc/systemd/system/slurmd.service.d
	printf '[Service]\nRuntimeDirectoryPreserve=yes\n' >/etc/systemd/system/slurmd.service.d/shared.conf
	# The second node's daemon: the same unit under another name.
	cp "$(systemctl show -P FragmentPath slurmd.service)" /etc/systemd/system/slurmd2.service
	sed -i -e '/^EnvironmentFile/d' -e 's/^ExecStart=.*/& -N n2/; s/\$SLURMD_OPTIONS//' \
		-e 's/slurmd\.pid/slurmd.n2.pid/' /etc/systemd/system/slurmd2.service
	cp -r /etc/systemd/system/slurmd.service.d /etc/systemd/system/slurmd2.service.d
	printf '[Service]\nPIDFile=/run/slurmd.n1.pid\n' >/etc/systemd/system/slurmd.service.d/pid.conf
	systemctl daemon-reload
	systemctl start munge slurmctld slurmd slurmd2
	wait_until 60 nodes_are_idle
}

nodes_are_idle() {
	[ "$(sinfo -h -N -o '%N %T' 2>/dev/null | sort -u | xargs)" = 'n1 idle n2 idle' ]
}

slurm_log() {
	tail -n 15 /var/log/slurm/*.log
	systemctl --no-pager -n 15 status slurmctld slurmd slurmd2 | grep -v '^ *[├└]'
}

as_job() { # USER COMMAND...: of Slurm's
	(cd "/home/$1" && timeout -k 5 "$seconds" runuser -u "$1" -- "${@:2}" </dev/null)
}

submit() { # USER SCRIPT [OPTION...]: prints the number of the job
	(cd "/home/$1" && runuser -u "$1" -- sbatch --parsable -o "job.%j" "${@:3}" --wrap "$2" </dev/null)
}

nodes_are_registered() {
	! sinfo -h -N -o "%N %T" | grep -qE "down|unk|\*"
}

job_is() { # JOB STATE
	[ "$(scontrol -o show job "$1" 2>/dev/null | grep -o 'JobState=[A-Z]*')" = "JobState=$2" ]
}

is_done() { # JOB
	! squeue -h -j "$1" 2>/dev/null | grep -q .
}

# Sets of jobs; others are of logins.
job_sets() {
	nsisolate list --json | jq -c '[.sets[] | select(.job) | [.user, .job]]'
}

no_job_sets() {
	[ "$(job_sets)" = '[]' ]
}

# What a short job does: looks at its directories, and writes into them.
# shellcheck disable=SC2016
short_job='ls /tmp /dev/shm; touch /tmp/f$SLURM_JOB_ID /dev/shm/f$SLURM_JOB_ID'

# Every other one is bob's; two and two go to the nodes KIND1 and KIND2.
submit_short() { # COUNT KIND
	local i

	rm -f /home/*/job.*
	for ((i = 0; i < $1; i++)); do
		submit "$([ $((i % 2)) = 0 ] && echo alice || echo bob)" "$short_job" -w "$2$((i % 4 / 2 + 1))" >/dev/null
	done
}

expect_jobs_isolated() { # COUNT
	expect_eq "$(cat /home/*/job.* | grep -c '^f[0-9]')" 0 "files of other jobs that a job has seen"
	expect_eq "$(cat /home/*/job.* | grep -c '^/tmp:$')" "$1" "jobs that have run"
	expect_eq "$(find /tmp /dev/shm -name 'f[0-9]*' | wc -l)" 0 "files of jobs on the host"
}

queue_is_empty() { [ -z "$(squeue -h 2>&1)" ]; }

# Lines of the mount table, and files in the places of jobs, that were not there before.
left_over() {
	echo "mounts $(wc -l </proc/self/mountinfo) files $(find /var/lib/nsisolate /var/jobs -mindepth 1 2>/dev/null |
		grep -vE '/(trash|reserve|policy|kept)(/|$)' | wc -l)"
}

is_as_before() { [ "$(left_over)" = "$before" ]; } # $before is of the caller
