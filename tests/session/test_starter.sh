#!/bin/bash
# SPDX-License-Identifier: MIT
# The helper that a login starts serves everybody: nothing of whoever started it may stay with it.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
echo 'alice ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/rig

# Asks for all that an ordinary user can have, and that a program of root's inherits, then for a login.
cat >/usr/local/bin/lowly <<-'END'
	#!/bin/sh
	echo 900 >/proc/self/oom_score_adj
	echo 5000000 >/proc/self/timerslack_ns
	ulimit -c 0
	ulimit -S -n 64
	ulimit -S -f 2048
	ulimit -S -q 0 2>/dev/null
	exec nice -n 19 chrt -i 0 ionice -c 3 taskset -c 0 setarch --uname-2.6 sudo -n -u bob true
END
chmod 755 /usr/local/bin/lowly

state_of() { # PID: in one line
	echo "oom=$(($(cat "/proc/$1/oom_score_adj") > 0)) slack=$(cat "/proc/$1/timerslack_ns")" \
		"nice=$(ps -o ni= -p "$1" | xargs) policy=$(chrt -p "$1" | sed -n 's/.*policy: //p' | xargs)" \
		"io=$(ionice -p "$1") cpus=$(taskset -p "$1" | sed 's/.*: //') personality=$(cat "/proc/$1/personality")"
}

usual_state="oom=0 slack=50000 nice=0 policy=SCHED_OTHER io=none: prio 0 cpus=$(taskset -p $$ | sed 's/.*: //') personality=00000000"

limit_of() { # PID NAME: the soft one
	awk -v name="$2" 'index($0, name) == 1 { print substr($0, length(name) + 1) }' "/proc/$1/limits" | awk '{ print $1 }'
}

case_begin "neither the helper nor its anchors keep what the user had set for themselves"
isolate_services sudo timeout=60 # the lowest of all programs is let run in a hundredth of the time of a busy machine
setpriv --reuid alice --regid alice --init-groups lowly || fail "her sudo is refused"
isolate
stay one ssh bob true
seen=0
for pid in $(our_pids); do
	name=$(cat "/proc/$pid/comm") state=$(state_of "$pid") 2>/dev/null
	[ -e "/proc/$pid" ] || continue # a child of the helper that has ended since
	expect_eq "$state" "$usual_state" "process $pid, $name"
	seen=$((seen + 1))
done
[ $seen -ge 2 ] || fail "helper and anchor were not looked at, but $seen processes"
pid=$(main_pid)
expect_eq "$(limit_of "$pid" 'Max file size')" unlimited "file size"
expect_ok test "$(limit_of "$pid" 'Max open files')" -gt 64
expect_eq "$(limit_of "$pid" 'Max core file size')" "$(limit_of 1 'Max core file size')" "core file size"
leave one
expect_all_gone
case_ok

# As root in a container, who cannot raise a hard limit.
confined_su() { # LIMIT
	setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource prlimit "$1" su alice -c true
}

case_begin "a hard limit that would refuse everybody is named, and the next login starts another helper"
for limit in --as=700000000 --cpu=1000 --nofile=100 --fsize=1000000; do
	rig_stop_helper
	expect_fails confined_su $limit
	name=$(tr 'a-z' 'A-Z' <<<"${limit%%=*}")
	expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -n 1)" \
		"hard limit RLIMIT_${name#--} \(ulimit -.\) of [0-9]+, .*without CAP_SYS_RESOURCE" "the log, $limit"
	expect_ok as_ssh alice true
	expect_all_gone
done
case_ok

case_begin "a hard limit that is low, and enough, refuses nobody"
rig_stop_helper
expect_ok confined_su --as=1500000000
expect_ok as_ssh bob true
expect_all_gone
case_ok
