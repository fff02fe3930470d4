#!/bin/bash
# SPDX-License-Identifier: MIT
# Hosts that do as they like: the module must work in them, and leave them as they were.
. "$(dirname "$0")/rig.sh"

default_policy
stack rig "$rig_service"
cp /etc/pam.d/rig /run/rig/pam.d/rig
sed -i '/pam_nsisolate/d' /run/rig/pam.d/rig

# check_host NAME [EXCEPT] -- OPTION...: isolated, unchanged by the open, and back after the close.
check_host() {
	local name=$1 except=${2:-none}
	shift 2

	case_begin "$name"
	isolate_probed rig
	as_pamhost alice "$@" open run "$ns_cmd" close end >/run/rig/out 2>/run/rig/err
	expect_match "$(cat /run/rig/out)" 'open PAM_SUCCESS' "open"
	expect_match "$(cat /run/rig/out)" 'close PAM_SUCCESS' "close"
	expect_eq "$(cat /run/rig/err)" "" "what it printed"
	case " $* " in
	*' --close-stdio '*) ;; # run has nowhere to print to
	*) expect_other_ns "$(grep '^mnt' /run/rig/out)" "namespaces" ;;
	esac
	expect_same_state before open after open "ns-(mnt|ipc|uts)|fd-[0-9]+|$except"
	expect_eq "$(descriptors after open)" "$(descriptors before open)" "descriptors after the open"
	expect_same_state before open after close "$except"
	expect_all_gone
	case_ok
}

# A setns leaves the descriptors' mounts as they were: numbers and targets say all.
descriptors() {
	probe_state "$1" "$2" | sed -n 's/^\(fd-[0-9]* .*\) flags=.*/\1/p'
}

check_host "SIGCHLD ignored" "" --sigchld ignore
check_host "children reaped by the kernel" "" --sigchld nocldwait
check_host "a handler that reaps whatever it gets" "" --sigchld reap
check_host "SIGCHLD blocked" "" --sigchld block
check_host "every signal blocked" "" --block-all
check_host "0 to 2 closed" "" --close-stdio
check_host "500 descriptors that children inherit" "" --extra-fds 500
check_host "in /tmp" "" --cwd /tmp
check_host "in a home" "" --cwd /home/bob
check_host "umask 0777" "" --umask 0777
check_host "umask 0" "" --umask 0
check_host "an alarm that is running" "" --alarm 100
check_host "no core, no file of any size" "" --limit 4=0
check_host "few processes" "" --limit 6=1
check_host "no conversation" "" --no-conv
check_host "silent" "" --silent

case_begin "0 to 2 closed: isolated all the same, and nothing is written to"
as_pamhost alice --close-stdio open run "$ns_cmd >/home/alice/ns" close end >/dev/null
expect_other_ns "$(cat /home/alice/ns)" "namespaces"
expect_all_gone
case_ok

case_begin "in a directory that is gone"
mkdir /run/rig/gone
expect_ok as_pamhost alice --cwd /run/rig/gone --delete-cwd open run "$ns_cmd" close end >/run/rig/out
expect_other_ns "$(grep '^mnt' /run/rig/out)" "namespaces"
expect_all_gone
case_ok

case_begin "in /tmp the session is in its own /tmp"
expect_eq "$(as_pamhost alice --cwd /tmp open run 'ls -A .; echo end' close end | sed '/ PAM_/d' | xargs)" end "ls"
expect_all_gone
case_ok

case_begin "few descriptors: refused or isolated, never half"
for limit in 3 4 5 6 7 8 10 12; do
	as_pamhost alice --limit 7=$limit open run "$ns_cmd" close end >/run/rig/out 2>/dev/null
	if grep -q 'open PAM_SUCCESS' /run/rig/out; then
		expect_other_ns "$(grep '^mnt' /run/rig/out)" "with $limit"
	elif grep -q '^open' /run/rig/out; then # else PAM itself could not start
		expect_no_match "$(cat /run/rig/out)" 'open PAM_(SUCCESS|IGNORE|SESSION_ERR)' "with $limit"
		expect_host_ns "$(grep '^mnt' /run/rig/out)" "with $limit"
	fi
done
expect_all_gone
case_ok

case_begin "from a thread that is not the first: refused"
as_pamhost alice --worker open end >/run/rig/out
expect_match "$(cat /run/rig/out)" 'open PAM_(SYSTEM_ERR|PERM_DENIED|SERVICE_ERR)' "open"
expect_all_gone
case_ok

case_begin "with other threads: refused or isolated, and the others stay where they are"
as_pamhost alice --threads 4 open run "$ns_cmd" here 'readlink /proc/$PPID/task/*/ns/mnt | sort | uniq -c' end >/run/rig/out
if grep -q 'open PAM_SUCCESS' /run/rig/out; then
	expect_other_ns "$(grep '^mnt' /run/rig/out | head -1)" "namespaces"
	expect_match "$(cat /run/rig/out)" "4 $(readlink /proc/self/ns/mnt | sed 's/[][]/\\&/g')" "the other threads"
else
	expect_match "$(cat /run/rig/out)" 'open PAM_(SYSTEM_ERR|PERM_DENIED|SERVICE_ERR)' "open"
fi
expect_all_gone
case_ok

case_begin "pam_end in a child as the user takes nothing away"
as_pamhost alice open fork-end run "$ns_cmd" close end >/run/rig/out
expect_other_ns "$(grep '^mnt' /run/rig/out)" "namespaces"
expect_all_gone
case_ok

case_begin "close in a child as the user succeeds, and what is left is cleaned up"
as_pamhost alice open fork-close end >/run/rig/out
expect_match "$(cat /run/rig/out)" 'close-in-child PAM_SUCCESS' "close"
expect_all_gone
case_ok

case_begin "close as the user succeeds"
as_pamhost alice open drop-to-user close end >/run/rig/out
expect_match "$(cat /run/rig/out)" 'close PAM_SUCCESS' "close"
expect_all_gone
case_ok

case_begin "setcred in any order"
expect_ok as_pamhost alice setcred establish open setcred reinit setcred delete close setcred delete end >&2
expect_all_gone
case_ok

case_begin "open again after close"
as_pamhost alice open run "$ns_cmd" close open run "$ns_cmd" close end >/run/rig/out
expect_eq "$(grep -c '^mnt' /run/rig/out)" 2 "sessions"
expect_other_ns "$(grep '^mnt' /run/rig/out | tail -1)" "the second"
expect_all_gone
case_ok

case_begin "the environment of the host says nothing to the helper"
LD_PRELOAD=/nonexistent.so PATH=/tmp IFS=x TMPDIR=/home/alice NOTIFY_SOCKET=/run/x LISTEN_FDS=3 \
	GLIBC_TUNABLES=glibc.malloc.check=3 "$rig_tools/pamhost" -s rig -u alice open sleep 1000 >/run/rig/out 2>&1 &
host=$!
wait_until 10 grep -q 'open PAM_SUCCESS' /run/rig/out || fail "no session"
for pid in $(main_pid) $(anchor_pids); do
	expect_eq "$(tr '\0' '\n' <"/proc/$pid/environ" | grep -cE '^(LD_|IFS|TMPDIR|NOTIFY|LISTEN|GLIBC)')" 0 "variables of $pid"
done
kill $host
wait $host 2>/dev/null
expect_all_gone
case_ok

case_begin "the helper has none of the host's descriptors, signals and directories"
rig_stop_helper
touch /run/rig/hold
as_pamhost alice --extra-fds 50 --block-all --sigchld ignore --umask 0777 --cwd /home/bob open here 'while test -e /run/rig/hold; do sleep 0.1; done' \
	close end >/run/rig/out &
host=$!
wait_until 10 grep -q 'open PAM_SUCCESS' /run/rig/out || fail "no session"
expect_match "$(main_pid) $(anchor_pids)" '^[0-9]+ [0-9]+$' "helper and anchor"
for pid in $(main_pid) $(anchor_pids); do
	expect_eq "$(readlink "/proc/$pid"/fd/* | grep -c shadow)" 0 "descriptors of $pid"
	expect_eq "$(readlink "/proc/$pid/cwd")" / "directory of $pid"
	expect_no_match "$(awk '/^SigBlk/ { print $2 }' "/proc/$pid/status")" 'fffffffe7ffb' "signals of $pid"
done
rm /run/rig/hold
wait $host
expect_all_gone
case_ok

case_begin "a helper started by a host with tight limits serves everybody all the same"
for limit in 1=0 7=20 6=5 0=1; do
	rig_stop_helper
	as_pamhost alice --limit $limit open run "$ns_cmd" close end 2>/dev/null | cat >/run/rig/out
	expect_ok as_ssh bob true
	expect_all_gone
done
case_ok

case_begin "a helper started by a host of low priority has the usual one"
isolate_services su
rig_stop_helper
expect_ok nice -n 15 su alice -c true
expect_eq "$(ps -o ni= -p "$(main_pid)" | xargs)" 0 "nice value"
rig_stop_helper
expect_ok chrt --idle 0 su alice -c true
expect_eq "$(ps -o cls= -p "$(main_pid)" | xargs)" TS "scheduling class"
expect_all_gone
case_ok

case_begin "a helper started in a session of its own is not in anybody's"
expect_eq "$(ps -o sid= -p "$(main_pid)" | xargs)" "$(main_pid)" "session"
expect_eq "$(ps -o tty= -p "$(main_pid)" | xargs)" '?' "terminal"
case_ok
