#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs and machines that work against the module: filters of system calls, names that change, a helper in wrong hands.
. "$(dirname "$0")/../session/rig.sh"

default_policy
isolate
stack rig "$rig_service"

call_number() { # NAME: of this processor
	printf '#include <sys/syscall.h>\nnumber SYS_%s\n' "$1" | cpp -P 2>/dev/null | sed -n 's/^number //p'
}

case_begin "a program whose filter forbids a call of the open: refused, and where it was; or isolated"
for call in setns socket connect sendmsg recvmsg pidfd_open openat readlinkat; do
	number=$(call_number $call)
	[ -n "$number" ] || { fail "no number for $call" && continue; }
	for error in 1 38; do
		"$rig_tools/filtered" "$number" $error "$rig_tools/pamhost" -s rig -u alice open run "$ns_cmd" end </dev/null >/run/rig/out 2>&1
		if grep -q 'open PAM_SUCCESS' /run/rig/out; then
			expect_other_ns "$(grep '^mnt' /run/rig/out)" "with $call = $error"
		elif grep -q '^open' /run/rig/out; then # else PAM itself could not start
			expect_no_match "$(cat /run/rig/out)" 'open PAM_(IGNORE|SESSION_ERR)' "with $call = $error"
			! grep -q '^mnt' /run/rig/out || expect_host_ns "$(grep '^mnt' /run/rig/out)" "with $call = $error"
		fi
	done
done
expect_all_gone
case_ok

case_begin "PAM_USER is another one's at the close: the session that was opened ends, and no other"
stay bob ssh bob "$look"
as_pamhost alice open run "$ns_cmd" rename bob close end >/run/rig/out
expect_match "$(cat /run/rig/out)" 'close PAM_SUCCESS' "close"
seen_by bob
expect_other_ns "$(seen_of ns)" "bob's session"
leave bob
expect_all_gone
case_ok

case_begin "the helper in a user's hands ends at once, and makes nothing"
as_pamhost alice open close end >&2
expect_all_gone
rig_stop_helper
find $rundir $statedir | sort >/run/rig/files.before
in_time setpriv --reuid 2001 --regid 2001 --clear-groups "$helper_path" </dev/null >/run/rig/out 2>&1
expect_ne "$?" 0 "its status"
in_time setpriv --reuid 2001 --regid 2001 --clear-groups perl -e 'exec {$ARGV[0]} ("");' "$helper_path" </dev/null >>/run/rig/out 2>&1
expect_ne "$?" 0 "its status without a name"
expect_eq "$(find $rundir $statedir | sort)" "$(cat /run/rig/files.before)" "files"
expect_eq "$(our_pids | wc -l)" 0 "processes"
case_ok

case_begin "a user fills a private /tmp in memory: theirs is full, and nobody else's"
sed -i 's,path = "/tmp";     method = "tmpfs";,& size = "1M";,' /etc/security/nsisolate.conf
expect_match "$(as_ssh alice 'head -c 2M /dev/zero >/tmp/much; echo $?; head -c 2M /dev/zero 2>&1 >/tmp/more | tail -n 1')" 'No space left' "alice"
stay full ssh alice 'head -c 2M /dev/zero >/tmp/much'
expect_eq "$(as_ssh bob 'head -c 500K /dev/zero >/tmp/some && stat -c %s /tmp/some')" 512000 "bob"
expect_eq "$(as_ssh alice 'echo in')" in "alice's next login"
leave full
expect_all_gone
default_policy
case_ok

case_begin "a /proc that hides other people's processes changes nothing, nor one that hides root's from root"
if mount -o remount,hidepid=2 /proc 2>/dev/null; then
	expect_other_ns "$(as_ssh alice "$ns_cmd")" "namespaces"
	expect_all_gone
	mount -o remount,hidepid=2,gid=12345 /proc # as administrators have it, for a group that sees all
	stay hidden ssh alice 'touch /tmp/hers'
	kill -9 "$(main_pid)"
	expect_eq "$(as_ssh alice 'ls /tmp/hers')" /tmp/hers "a login of the set that was taken over"
	expect_match "$(cat "$(rig_settled_log)")" 'took over set=[0-9]* uid=2001 sessions=1 ' "what the helper knows"
	leave hidden
	expect_all_gone
	mount -o remount,hidepid=0,gid=0 /proc
	case_ok
else
	case_skip "this /proc cannot be mounted anew"
fi

case_begin "without CAP_SYS_ADMIN the demonstration says what is missing and ends with 77"
env -u RIG_STAGE capsh --drop=cap_sys_admin -- -c "cd /src && B='${B:-build}' tests/demo" </dev/null >/run/rig/out 2>&1
expect_eq "$?" 77 "its status"
expect_match "$(cat /run/rig/out)" 'CAP_SYS_ADMIN' "what it says"
case_ok
