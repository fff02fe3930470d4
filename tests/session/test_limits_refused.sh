#!/bin/bash
# SPDX-License-Identifier: MIT
# Limits and quotas where the machine has neither: refused, by name, and nothing is left.  What they do
# where it has them is seen on booted systems (tests/vm/guest/part-limits.sh, part-quota.sh).
. "$(dirname "$0")/rig.sh"

manual_example() { # TITLE
	awk -v want="# example: $1" '/^# example/ { on = (index($0, want) == 1) } /^\.Ed/ { on = 0 } on' \
		/src/man/nsisolate.conf.5 | policy
}

v2_has() { # CONTROLLER: of those that a login could be held by
	local point

	point=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts)
	[ -n "$point" ] && grep -qw "$1" "$point/cgroup.controllers" 2>/dev/null
}

isolate

case_begin "limits: refused where version 2 of control groups has no controllers"
manual_example limits
if [ -d /run/systemd/system ] || v2_has pids; then
	case_skip "this machine has controllers, or systemd, and its groups are not a test's to change"
else
	expect_fails as_su alice true
	expect_match "$(grep alice "$(rig_settled_log)" | tail -n 1)" "control groups.*(controller 'pids'|none are mounted)" "the log"
	expect_eq "$(ls $rundir/limits)" "" "records of limits"
	expect_all_gone
	case_ok
fi

case_begin "limits: on_error = \"allow\" lets in, without isolation, and says so"
if [ -d /run/systemd/system ] || v2_has pids; then
	case_skip "as above"
else
	policy <<-END
		version = 1;
		policies = { p = { namespaces = [ "mount" ]; limits = { tasks = "100"; }; on_error = "allow"; }; };
		rules = ( { uid = "1000-59999"; policy = "p"; } );
	END
	expect_host_ns "$(as_su alice "$ns_cmd")" "hers"
	expect_all_gone
	case_ok
fi

case_begin "quota: refused where the statedir's file system has none"
manual_example quotas
expect_fails as_su alice true
expect_match "$(grep alice "$(rig_settled_log)" | tail -n 1)" "project quota.*tune2fs -O project,quota.*prjquota" "the log"
expect_all_gone
case_ok

case_begin "quota: refused on a tmpfs"
mount -t tmpfs -o mode=700 none $statedir
expect_fails as_su alice true
expect_match "$(grep alice "$(rig_settled_log)" | tail -n 1)" "project quota" "the log"
umount -l $statedir
expect_all_gone
case_ok

case_begin "show: limits and quotas as the policy has them"
manual_example limits
run_ctl show alice
expect_match "$out" "tasks = 512; memory = 2G; cpu = 200%" "show"
run_ctl show --json alice
expect_eq "$(json "$out" policy.limits.tasks) $(json "$out" policy.limits.memory) $(json "$out" policy.limits.cpu)" \
	"512 2147483648 200%" "JSON"
manual_example quotas
run_ctl show --json alice
expect_eq "$(json "$out" policy.directories.0.quota) $(json "$out" policy.directories.0.files)" "2147483648 100000" "JSON"
case_ok
