#!/bin/bash
# SPDX-License-Identifier: MIT
# A hardened host mounts its /tmp noexec.  What covers it forbids the same, unless the policy says otherwise.
. "$(dirname "$0")/rig.sh"

isolate
mkdir -p /srv/over && mount -t tmpfs -o noexec over /srv/over && chmod 1777 /srv/over
for dir in /tmp /dev/shm /var/tmp; do
	mount --bind $dir $dir
	mount -o remount,bind,noexec,nosuid,nodev $dir
done
runs() { # DIR: as a command for a session
	echo "cp /bin/true $1/x && { $1/x 2>/dev/null && echo runs || echo not; }"
}

policy <<-'EOF'
	version = 1;
	policies = { flags = { namespaces = [ "mount" ]; home = "overlay"; directories = (
	  { path = "/tmp"; method = "tmpfs"; },
	  { path = "/var/tmp"; method = "disk"; retain = "session"; },
	  { path = "/dev/shm"; method = "tmpfs"; options = [ "exec" ]; },
	  { path = "/srv/over"; method = "overlay"; } ); }; };
	rules = ( { uid = "2000-2999"; policy = "flags"; } );
EOF

case_begin "nothing runs in what covers a directory from which nothing runs, whatever its method"
for way in su ssh; do
	expect_eq "$("as_$way" alice "$(runs /tmp)")" not "/tmp by $way"
	expect_eq "$("as_$way" alice "$(runs /var/tmp)")" not "/var/tmp by $way"
	expect_eq "$("as_$way" alice "$(runs /srv/over)")" not "/srv/over by $way"
	expect_eq "$("as_$way" alice "$(runs /dev/shm)")" runs "where the policy says exec, by $way"
	expect_eq "$("as_$way" alice "$(runs '~')")" runs "in a home that is not noexec, by $way"
done
expect_all_gone
case_ok

case_begin "the same in a first login that finds a set in part prepared"
expect_eq "$(as_su bob true; as_su alice "$(runs /tmp)")" not "/tmp"
expect_all_gone
case_ok

case_begin "show says where it comes from"
run_ctl show alice
expect_match "$(tr -s ' \n' '  ' <<<"$out")" "noexec, inherited from the host's /tmp" "show"
expect_no_match "$out" "inherited from the host's /dev/shm" "where the policy says exec"
run_ctl show alice --json
expect_eq "$(json "$out" policy.directories.0.inherited.0)" noexec "JSON"
expect_match "$(json "$out" policy.directories.2.options)" exec "JSON, of the policy"
case_ok

case_begin "a home overlay forbids what the home does"
mount --bind /home /home && mount -o remount,bind,noexec,nosuid,nodev /home
expect_eq "$(as_su alice "$(runs '~')")" not "home"
expect_all_gone
umount /home
case_ok
umount /tmp /dev/shm /var/tmp /srv/over
