# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What do tests of jobs have in common?  Control groups of a resource manager, made by this script.

cgroup=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
top=${top:-nsi-jobs-$$-$RANDOM}
jobs=$cgroup/$top
home=$cgroup$(sed -n 's/^0:://p' /proc/$$/cgroup)

# A policy for jobs of $jobs, and behind it one for logins outside of jobs.
job_policy() { # ON-LAST-CLOSE DIRECTORIES [KEYS [NAMESPACES]]
	policy <<-END
		version = 1;
		policies = {
		  compute = {
		    scope = "job";
		    job = { cgroup = "/$top/uid_*/job_%{job}"; };
		    namespaces = [ "mount"${4:-} ];
		    directories = ( $2 );
		    on_last_close = "$1";
		    kill_grace = "1s";
		    ${3:-}
		  };
		  login = { namespaces = [ "mount" ]; directories = ( { path = "/tmp"; method = "tmpfs"; } ); };
		};
		rules = (
		  { user = "carol"; policy = "login"; },
		  { uid = "2000-2999"; policy = "compute"; },
		  { uid = "2000-2999"; policy = "login"; }
		);
	END
}

make_job() { # JOB USER STEP...
	local step
	for step in "${@:3}"; do mkdir -p "$jobs/uid_$2/job_$1/step_$step"; done
}
drop_job() { # JOB USER: as the manager does
	find "$jobs/uid_$2/job_$1" -depth -type d -exec rmdir {} +
}
# A step: a process in the job's group opens the session, as slurmstepd does.
step() { # JOB USER STEP CMD
	into "$jobs/uid_$2/job_$1/step_$3"
	as_su "$2" "$4"
	into "$home"
}
# What is in the job besides, such as the step of the prolog.
hold_job() { # JOB USER STEP
	(
		echo "$BASHPID" >"$jobs/uid_$2/job_$1/step_$3/cgroup.procs"
		exec sleep 1000
	) >/dev/null 2>&1 </dev/null &
	held=$!
}
release_job() {
	kill "$held"
	wait "$held" 2>/dev/null
	return 0
}
set_of_job() { nsisolate list -n -o job,user,set | awk -v job="$1" -v user="$2" '$1 == job && $2 == user { print $3 }'; }
no_set_of() { [ -z "$(set_of_job "$@")" ]; }

# The groups, or nothing of the script is run.
jobs_begin() {
	if [ -z "$cgroup" ] || ! mkdir "$jobs" 2>/dev/null; then
		case_begin "control groups"
		case_skip "there is no cgroup2 that can be written"
		exit
	fi
	trap 'into "$home"; find "$jobs" -depth -type d -exec rmdir {} + 2>/dev/null' EXIT
}
