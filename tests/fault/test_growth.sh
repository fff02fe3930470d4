#!/bin/bash
# SPDX-License-Identifier: MIT
# Many logins leave nothing behind in the helper, the kernel and the directories; pids are used again.
. "$(dirname "$0")/../session/rig.sh"

default_policy
isolate
stack rig "$rig_service"
logins=${LOGINS:-${LONG:+10000}} # LOGINS=N: a part of the long form
logins=${logins:-300}
rig_seconds=3600 # a session stays for as long as the others come and go

main_pid() {
	pgrep -of "^$helper_path"
}

pss() {
	awk '/^Pss:/ { print $2 }' "/proc/$(main_pid)/smaps_rollup"
}

count() {
	echo "fds $(ls "/proc/$(main_pid)/fd" | wc -l) mounts $(wc -l </proc/self/mountinfo) files $(find $rundir $statedir | wc -l) zombies $(ps -eo stat= | grep -c Z)"
}

log_in_and_out() { # NUMBER
	local i
	for ((i = 0; i < $1; i++)); do
		"$rig_tools/pamhost" -s rig -u alice open close >/dev/null || fail "login $i"
		((i % 7)) || "$rig_tools/pamhost" -s rig -u bob open kill >/dev/null 2>&1
	done
}

# A child that has ended is a zombie until the helper's next turn.
expect_as_before() {
	is_as_before() { [ "$(count)" = "$before" ]; }
	wait_until 5 is_as_before || expect_eq "$(count)" "$before" "descriptors, mounts, files, zombies"
}

# Until two looks, one a second behind the other, see the same, and no zombie.
await_calm() {
	is_calm() {
		local first
		first=$(count)
		[[ $first == *'zombies 0' ]] && sleep 1 && [ "$(count)" = "$first" ]
	}
	wait_until 20 is_calm || fail "it does not become calm: $(count)"
}

only_hers() {
	[ "$(sets_left | wc -l)" = 1 ]
}

case_begin "$logins logins and logouts, some of them killed, and nothing has grown"
log_in_and_out 40
expect_all_gone
await_calm
before=$(count) memory=$(pss)
log_in_and_out "$logins"
expect_all_gone
sleep 1
expect_as_before
[ "$(pss)" -le $((memory + 300)) ] || fail "the helper has grown from $memory to $(pss) KiB"
echo "# $logins logins: $(count), memory $memory KiB before and $(pss) KiB after" >&2
case_ok

case_begin "the same while a session stays: joins grow nothing either"
stay one ssh alice true
log_in_and_out 20
wait_until 10 only_hers || fail "bob's set stays"
await_calm
before=$(count) memory=$(pss) size=$(stat -c %s $rundir/sets/* | sort -n | tail -n 1)
log_in_and_out "$((logins / 2))"
wait_until 10 only_hers || fail "bob's set stays"
sleep 1
expect_as_before
# A slot of 512 bytes is used again when its session is over, which a login that comes at that moment may not see.
grown=$(($(stat -c %s $rundir/sets/* | sort -n | tail -n 1) - size))
[ $grown -le 2048 ] || fail "the record has grown by $grown bytes"
echo "# $((logins / 2)) logins: $(count), memory $memory KiB before and $(pss) KiB after, the record $grown bytes larger" >&2
[ "$(pss)" -le $((memory + 300)) ] || fail "the helper has grown from $memory to $(pss) KiB"
leave one
expect_all_gone
case_ok

case_begin "a pid that is used again is not taken for the session that had it"
# pid_max belongs to the PID namespace since Linux 6.14; before, it would be the machine's.
if [ "$(printf '6.14\n%s\n' "$(uname -r)" | sort -V | head -n 1)" != 6.14 ]; then
	case_skip "pid_max is the whole machine's before Linux 6.14"
else
	"$rig_tools/pamhost" -s rig -u alice open sleep 1000 >/run/rig/out &
	victim=$!
	wait_until 10 grep -q 'open PAM_SUCCESS' /run/rig/out || fail "no session"
	kill -KILL "$(main_pid)"
	kill -KILL $victim
	wait $victim 2>/dev/null
	# Not by bash, which does not like its own pids to come again.
	before=$(cat /proc/sys/kernel/pid_max)
	echo $((victim + 400)) >/proc/sys/kernel/pid_max
	setsid python3 -c '
import os, sys, time
victim = int(sys.argv[1])
for i in range(victim + 2000):
    pid = os.fork()
    if pid == 0:
        if os.getpid() == int(sys.argv[1]):
            open("/run/rig/again", "w").close()
            time.sleep(1000)
        os._exit(0)
    if pid == int(sys.argv[1]):
        break
    os.waitpid(pid, 0)
else:
    sys.exit(1)
os._exit(0)' $victim || fail "the pid did not come again"
	echo "$before" >/proc/sys/kernel/pid_max
	wait_until 5 test -e /run/rig/again || fail "the pid did not come again"
	expect_ok as_su bob true
	expect_all_gone
	expect_ok kill -0 $victim
	kill $victim
	case_ok
fi
