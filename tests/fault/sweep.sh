# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sweeps over the system calls of a login: what is the same for errors and for SIGKILL.  Source it
# behind the rig; SWEEP=full goes through all of them, the default through a fixed part.

sweep_errors='EIO ENOMEM ENOSPC EPERM EMFILE EINTR ENOSYS EAGAIN'
sweep_calls=0 sweep_injections=0 sweep_survivors=0

sweep_ready() {
	default_policy
	isolate
	stack rig "$rig_service timeout=4"
	if ! strace -qq -f -o /dev/null -e trace=none -e inject=getppid:error=EIO true 2>/dev/null; then
		case_begin "what a sweep shows"
		case_skip "strace cannot inject here"
		exit 0
	fi
}

see='echo at $(readlink /proc/self/ns/mnt /proc/self/ns/ipc /proc/self/ns/uts)'

login() { # [PREFIX...]: a whole login of alice's, with PREFIX in front of the program that makes it
	timeout -k 2 20 "$@" "$rig_tools/pamhost" -s rig -u alice open here "$see" close 2>/dev/null </dev/null
}

# Isolated whole, or refused and on the host whole; never in between, and never SESSION_ERR.
judge() { # OUTPUT WHAT
	local at answer
	at=$(sed -n 's/^at //p' <<<"$1" | head -n 1)
	answer=$(sed -n 's/^open //p' <<<"$1")
	case $answer in
	'') # killed, or not even begun
		;;
	PAM_SUCCESS)
		sweep_survivors=$((sweep_survivors + 1))
		[ -z "$at" ] || expect_other_ns "$at" "$2: let in"
		;;
	PAM_SESSION_ERR) fail "$2: a code that sudo takes for a warning" ;;
	*) [ -z "$at" ] || expect_host_ns "$at" "$2: refused with $answer, but moved" ;;
	esac
}

next_login_works() { # WHAT
	local out
	out=$(login)
	expect_match "$out" 'open PAM_SUCCESS' "$1: the next login"
	expect_other_ns "$(sed -n 's/^at //p' <<<"$out")" "$1: the next login"
}

no_trace_left() {
	[ -z "$(ls -A $rundir/sets $rundir/etc 2>/dev/null | grep -v '^/\|^$')$(pgrep -f '^nsisolate: set')$(instances_left)" ]
}

clean() { # WHAT
	wait_until 8 no_trace_left || fail "$1: left: sets $(ls -A $rundir/sets | xargs) etc $(ls -A $rundir/etc | xargs) processes $(pgrep -f '^nsisolate: set' | xargs) $(instances_left | xargs)"
	rm -rf ${rundir:?}/sets/.bad-* 2>/dev/null
}

slay_helper() {
	pkill -KILL -f "^$helper_path"
	wait_until 5 no_helper
}

no_helper() {
	! pgrep -f "^$helper_path" >/dev/null
}

# helper_under ARG...: a helper that is traced by a strace(1) with these arguments, with its children.
helper_under() {
	slay_helper
	rm -f $rundir/helper.sock
	strace -D -qq -f "$@" $helper_path 2>/dev/null &
	sweep_helper=$!
	wait_until 3 test -S $rundir/helper.sock
}

# The largest number of calls that one process made, of those in a trace with pids.
longest() { # TRACE
	awk '/\(/ { n[$1]++ } END { for (p in n) if (n[p] > m) m = n[p]; print m + 0 }' "$1"
}

# Whether the full sweep, or the part of it that is always done, has this one.
chosen() { # NUMBER EVERY
	[ "${SWEEP:-}" = full ] || [ $(($1 % $2)) = 0 ]
}

sweep_say() {
	echo "# $1: $sweep_calls calls, $sweep_injections injections, $sweep_survivors logins that worked all the same"
	echo "$1: $sweep_calls calls, $sweep_injections injections, $sweep_survivors survivors" >&2
	sweep_calls=0 sweep_injections=0 sweep_survivors=0
}
