# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sweeps over the system calls of a login: what is the same for errors and for SIGKILL.  Source it
# behind the rig; SWEEP says how much of it is done (see chosen).

sweep_errors='EIO ENOMEM ENOSPC EPERM EMFILE EINTR ENOSYS EAGAIN'
sweep_calls=0 sweep_injections=0 sweep_survivors=0

sweep_ready() {
	default_policy
	isolate
	stack rig "$rig_service timeout=4" # what hangs is to take no longer
	stack rig-next "$rig_service"
	if ! strace -qq -f -o /dev/null -e inject=getppid:error=EIO true 2>/dev/null; then
		case_begin "what a sweep shows"
		case_skip "strace cannot inject here"
		exit 0
	fi
}

see='echo at $(readlink /proc/self/ns/mnt /proc/self/ns/ipc /proc/self/ns/uts)'

login() { # [PREFIX...]: a whole login of alice's, with PREFIX in front of the program that makes it
	timeout -k 2 20 "$@" "$rig_tools/pamhost" -s "${service:-rig}" -u alice open here "$see" close 2>/dev/null </dev/null
}

next_login() { # one that nothing is injected into, and that may take its time
	service=rig-next login
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
	out=$(next_login)
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
	wait_until 5 helper_is_up_or_dead
}

helper_is_up_or_dead() {
	[ -S $rundir/helper.sock ] || ! kill -0 $sweep_helper 2>/dev/null
}

# calls_of TRACE [FROM TO]: "NAME NUMBER" of every call, of those between lines that match FROM and
# TO only.  strace counts each kind of call by itself, and for each process.
calls_of() {
	awk -v from="${2:-.}" -v to="${3:-^$}" '
		$0 ~ from { on = 1 }
		$0 ~ to { on = 0 }
		match($0, /[a-z_0-9]+\(/) && !/resumed>/ {
			pid = /^[0-9]+ / ? $1 : 0
			name = substr($0, RSTART, RLENGTH - 1)
			number = ++count[pid, name]
			if (on && name !~ /^exit/ && !seen[name, number]++) print name, number
		}' "$1"
}

# Those of the module: libpam loads it before that, and tells the audit what came of it afterwards.
calls_of_module() {
	calls_of "$1" '/etc/passwd|nsswitch|helper.sock' 'NETLINK'
}

# Whether this one is to be done.  SWEEP=full does all of them; SWEEP=I/N the part I of N (0 to N - 1)
# of all; SWEEP=NUMBER another part of the size that is always done, which is every EVERYth.
chosen() { # NUMBER EVERY
	case ${SWEEP:-0} in
	full) true ;;
	*/*) [ $(($1 % ${SWEEP#*/})) = "${SWEEP%/*}" ] ;;
	*) [ $((($1 + ${SWEEP:-0}) % $2)) = 0 ] ;;
	esac
}

sweep_begin() { # CALL...
	sweep_calls=$# sweep_injections=0 sweep_survivors=0 number=0
	: >/run/rig/injected
}

# Fill $calls with what the application with the module does at a login, and what the helper, its
# anchors and its other children do.
find_calls_of_module() {
	next_login >/dev/null
	login strace -qq -o /run/rig/trace >/dev/null
	mapfile -t calls < <(calls_of_module /run/rig/trace)
	sweep_begin "${calls[@]}"
}

find_calls_of_helper() {
	helper_under -o /run/rig/trace
	next_login >/dev/null
	clean "before"
	mapfile -t calls < <(calls_of /run/rig/trace)
	sweep_begin "${calls[@]}"
}

# One login with an injection, and all that must hold behind it.
try_module() { # CALL INJECTION WHAT
	local what="$3 at ${1% *} number ${1#* } of the application"
	judge "$(login strace -qq -o /run/rig/injected -e inject="${1% *}:$2:when=${1#* }")" "$what"
	count_injected
	next_login_works "$what"
}

try_helper() { # CALL INJECTION WHAT
	local what="$3 at ${1% *} number ${1#* } of each process of the helper's"
	helper_under -o /run/rig/injected -e inject="${1% *}:$2:when=${1#* }"
	judge "$(login)" "$what"
	slay_helper
	count_injected
	next_login_works "$what"
	clean "$what"
}

# What strace says it has done to the last login, in /run/rig/injected.
count_injected() {
	sweep_injections=$((sweep_injections + $(grep -cE '\(INJECTED\)|killed by SIGKILL' /run/rig/injected)))
	rm -f /run/rig/injected
}

sweep_end() { # WHAT
	echo "# $1: $sweep_calls calls, $sweep_injections injections, $sweep_survivors logins that worked all the same"
	[ $sweep_injections -gt 20 ] || fail "$1: hardly anything was injected"
}
