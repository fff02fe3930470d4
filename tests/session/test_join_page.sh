#!/bin/bash
# SPDX-License-Identifier: MIT
# Logins that join a live set by the page of joins, without the helper: what they get, what is known of
# them, and when they ask the helper after all.
[ "${RIG_JOINS:-}" != off ] || { echo "skip all # RIG_JOINS=off" && exit 0; }
. "$(dirname "$0")/rig.sh"

default_policy
isolate
stack rig 'auth required pam_permit.so
account required pam_permit.so
session required pam_nsisolate.so timeout=2'
page=$rundir/joins
rig_seconds=60 # one whose helper is stopped waits for it when it closes

login() { # OPERATION...
	"$rig_tools/pamhost" -s rig -u alice "$@" 2>/dev/null </dev/null
}
seen_at='echo at $(readlink /proc/self/ns/mnt /proc/self/ns/ipc /proc/self/ns/uts)'
at_login() { # where a login is: three namespaces
	login open here "$seen_at" close | sed -n 's/^at //p'
}
# The calls of the module in a login, up to the end of the open.
calls_of_login() {
	strace -qq -o /run/rig/way "$rig_tools/pamhost" -s rig -u alice open close >/dev/null 2>&1 </dev/null
	sed -n '/^getuid/,/NETLINK_AUDIT/p' /run/rig/way | sed '/NETLINK_AUDIT/,$d'
}
# One that stays until it is killed; its output goes to /run/rig/stays.
login_that_stays() {
	"$rig_tools/pamhost" -s rig -u alice open here "$seen_at" sleep 1000 >/run/rig/stays 2>/dev/null </dev/null &
	stays=$!
	wait_until 5 grep -q mnt: /run/rig/stays || fail "it did not get in"
}
# "page" or "helper": how one more login gets into the set.
way_of_login() {
	calls_of_login >/run/rig/calls
	grep -q 'helper.sock' /run/rig/calls && echo helper || echo page
}
joins_by() { # page|helper
	[ "$(way_of_login)" = "$1" ]
}
# A login that was decided about before, with the policy's directory old enough to be believed.
expect_page() { # WHAT
	wait_until 10 joins_by page || fail "$1: it asked the helper"
}
begin() {
	stay live ssh alice "$look"
	seen_by live
	first=$(seen_of ns)
	set=$(seen_of set)
}
sessions_in_list() {
	nsisolate list --json | jq "[.sets[] | select(.set == $set) | .sessions[]] | length"
}
has_sessions() {
	[ "$(sessions_in_list)" = "$1" ]
}
decided() { # how many logins the helper has counted that joined
	nsisolate metrics | sed -n 's/^nsisolate_decisions_total{.*outcome="joined".*} //p'
}

case_begin "a login like one before joins by the page, with 24 calls at most, and none that waits for a process"
begin
expect_page "the second login"
calls=$(cat /run/rig/calls)
expect_eq "$(grep -cE '^(poll|connect|recvmsg|sendmsg|sendto|socket|wait|futex|nanosleep|clone)' <<<"$calls")" 0 "calls that wait: $calls"
vendor=$(grep -c /usr/share/nsisolate <<<"$calls")
[ $(($(wc -l <<<"$calls") - vendor)) -le 24 ] || fail "$(wc -l <<<"$calls") calls: $calls"
echo "# $(wc -l <<<"$calls") calls, $vendor of them for the vendor's files"
case_ok

case_begin "it gets what a login by the helper gets"
expect_eq "$(at_login)" "$first" "its namespaces"
expect_match "$(tail -n 3 "$(rig_settled_log)")" "opened user=alice uid=2001 service=rig rule=/etc/security/nsisolate.conf:15 policy=lab set=$set ns=mnt,ipc,uts joined=yes ms=[0-9.]+ process=[0-9]+" "the log"
for i in 1 2 3; do # the first at least by the helper
	expect_eq "$(as_su alice 'echo $NSISOLATE_SET $NSISOLATE_POLICY')" "$set lab" "the environment of su"
done
expect_eq "$(login --cwd /usr/bin open here pwd close | grep '^/')" /usr/bin "its working directory"
case_ok

case_begin "list, why and metrics know of it"
before=$(decided)
touch /run/rig/hold
login open here 'while test -e /run/rig/hold; do sleep 0.1; done' close >/dev/null &
wait_until 5 has_sessions 2 || fail "sessions in the list: $(sessions_in_list)"
rm /run/rig/hold
wait $!
wait_until 5 has_sessions 1 || fail "sessions in the list afterwards: $(sessions_in_list)"
expect_eq "$(decided)" $((before + 1)) "joined logins"
expect_match "$(nsisolate why alice)" "rig" "why"
case_ok

closed_by_page() { # whether a login closes without the helper
	strace -qq -o /run/rig/way "$rig_tools/pamhost" -s rig -u alice open close >/dev/null 2>&1 </dev/null
	! grep -q 'helper.sock' /run/rig/way
}

case_begin "a session that is not the last one is closed by the page: by a call that waits for nobody, and known as closed at once"
wait_until 10 closed_by_page || fail "it asked the helper: $(cat /run/rig/way)"
calls=$(sed -n '/open PAM_SUCCESS/,/NETLINK_AUDIT/p' /run/rig/way | sed '/NETLINK_AUDIT/d')
expect_eq "$(grep -cE '^(poll|connect|recvmsg|sendmsg|sendto|socket|wait|futex|nanosleep|clone)' <<<"$calls")" 0 "calls that wait: $calls"
expect_match "$calls" 'setns\([0-9]+, .*CLONE_NEWNS' "the way back"
expect_page "before the helper is stopped"
before=$(decided)
helper=$(main_pid)
kill -STOP "$helper"
out=$(in_time "$rig_tools/pamhost" -s rig -u alice open close here "$seen_at" 2>/dev/null </dev/null)
kill -CONT "$helper"
expect_match "$out" 'close PAM_SUCCESS' "beside a helper that is stopped"
expect_eq "$(sed -n 's/^at //p' <<<"$out")" "$host_ns" "where it is then"
expect_eq "$(sessions_in_list)" 1 "sessions in the list"
expect_eq "$(decided)" $((before + 1)) "joined logins"
expect_match "$(tail -n 4 "$(rig_settled_log)" | xargs)" "opened user=alice .*joined=yes.* process=([0-9]+) .*closed user=alice uid=2001 set=$set process=[0-9]+" "the log"
case_ok

case_begin "what it has left running is found when the last session ends"
expect_page "before it leaves something"
login open here 'exec >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; touch /tmp/left; setsid -f sleep 1073' close >/dev/null
expect_match "$(tail -n 4 "$(rig_settled_log)" | grep ' closed user=alice' | tail -n 1)" nsisolate-helper "the log"
leave live
wait_until 5 has_sessions 0 || fail "sessions in the list: $(sessions_in_list)"
expect_ok as_su alice 'test -e /tmp/left'
pkill -f 'sleep 1073'
expect_all_gone
begin
case_ok

case_begin "a session that is the last one when it is closed ends its set"
expect_page "before the helper is stopped"
login_that_stays
wait_until 5 has_sessions 2 || fail "sessions in the list: $(sessions_in_list)"
leave live
wait_until 5 has_sessions 1 || fail "sessions in the list: $(sessions_in_list)"
helper=$(main_pid)
kill -STOP "$helper"
login open here "kill $stays; sleep 0.2" close >/dev/null
kill -CONT "$helper"
expect_all_gone
begin
case_ok

case_begin "one that is killed has no session that stays"
login open kill >/dev/null # by SIGKILL, inside
wait_until 5 has_sessions 1 || fail "sessions in the list: $(sessions_in_list)"
expect_match "$(cat "$(rig_settled_log)")" "session over uid=2001 set=$set service=rig: its process [0-9]+ is gone" "the log"
case_ok

case_begin "a helper that is stopped keeps nobody out"
expect_page "before it is stopped"
helper=$(main_pid)
kill -STOP "$helper"
for i in 1 2 3; do
	expect_eq "$(login open here "$seen_at" | sed -n 's/^at //p')" "$first" "login $i beside a stopped helper"
done
login_that_stays
kill -CONT "$helper"
wait_until 5 has_sessions 2 || fail "sessions in the list: $(sessions_in_list)"
kill $stays
wait_until 5 has_sessions 1 || fail "sessions in the list: $(sessions_in_list)"
case_ok

case_begin "the host mounts something: the helper looks at the set, and the next login needs it no more than before"
expect_page "before the mount"
helper=$(main_pid)
joins_beside_a_stopped_helper() {
	local at
	kill -STOP "$helper"
	at=$(login open here "$seen_at" | sed -n 's/^at //p')
	kill -CONT "$helper"
	[ "$at" = "$first" ]
}
mkdir -p /mnt/late
mount -t tmpfs late /mnt/late
wait_until 10 joins_beside_a_stopped_helper || fail "it asked the helper"
umount /mnt/late
wait_until 10 joins_beside_a_stopped_helper || fail "it asked the helper after the umount"
case_ok

case_begin "the next helper knows of one that the killed helper did not"
expect_page "before it is killed"
helper=$(main_pid)
kill -STOP "$helper"
login_that_stays
kill -KILL "$helper"
wait_until 5 helper_is_down
expect_eq "$(way_of_login)" helper "without a helper"
expect_eq "$(sed -n "s/^at //p" /run/rig/stays)" "$first" "the unknown one"
wait_until 5 has_sessions 2 || fail "sessions in the list: $(sessions_in_list)"
leave live
sleep 1
expect_eq "$(at_login)" "$first" "the set lives for the one"
kill $stays
expect_all_gone
case_ok

case_begin "an edited policy, the way out for everybody and an administrator's refresh are heeded at once"
begin
expect_page "before the edit"
sed -i 's/scope = "user";/& linger = "0s";/' /etc/security/nsisolate.conf
expect_eq "$(way_of_login)" helper "edited"
expect_page "later"
touch $rundir/disabled
expect_eq "$(at_login)" "$host_ns" "switched off"
rm $rundir/disabled
expect_page "switched on"
nsisolate refresh "$set" >/dev/null || fail "cannot refresh"
expect_other_ns "$(at_login)" "refreshed"
[ "$(at_login)" != "$first" ] || fail "it joined a set that is joined by no more logins"
leave live
expect_all_gone
case_ok

case_begin "from within a set, a chroot or other namespaces it asks the helper"
begin
expect_page "from the host"
asks_from() { # CMD...: whether a login by that asks the helper
	"$@" strace -qq -f -o /run/rig/way "$rig_tools/pamhost" -s rig -u alice open >/dev/null 2>&1 </dev/null
	grep -q helper.sock /run/rig/way || fail "$*: it did not ask"
}
asks_from unshare -u
asks_from unshare -i
asks_from unshare -pf
mkdir -p /run/rig/jail && mount --bind / /run/rig/jail && mount --rbind /proc /run/rig/jail/proc && mount --bind /run /run/rig/jail/run &&
	mount --bind /src /run/rig/jail/src && mount --bind /dev /run/rig/jail/dev || fail "no jail"
asks_from chroot /run/rig/jail
umount -R /run/rig/jail
login --tty pts/9 open close >/dev/null
expect_page "from the host again"
leave live
expect_all_gone
case_ok

case_begin "a file that is cut short, foreign or of another version is not used, and harms nobody"
begin
for harm in 'truncate -s 4096 $page' 'truncate -s 0 $page' 'chmod 644 $page' 'chown bob $page' \
	'printf x | dd of=$page bs=1 conv=notrunc status=none' 'rm $page; mkfifo $page' 'rm $page; ln -s /etc/passwd $page' 'rm $page'; do
	expect_page "before: $harm"
	cp --sparse=never $page /run/rig/page.kept
	# A mapping of the helper's is a mapping of this file: so another one takes its place.
	cp --sparse=never $page $page.x && mv $page.x $page
	eval "$harm"
	expect_eq "$(way_of_login)" helper "$harm"
	expect_eq "$(at_login)" "$first" "$harm"
	rm -f $page
	kill_helper
	login open close >/dev/null
done
leave live
expect_all_gone
case_ok

case_begin "with <rundir>/joins.off each login asks the helper"
begin
touch $rundir/joins.off
kill_helper
login open close >/dev/null
[ ! -e $page ] || fail "there is a page"
sleep 3
for i in 1 2 3; do
	expect_eq "$(way_of_login)" helper "login $i"
done
rm $rundir/joins.off
leave live
expect_all_gone
case_ok
