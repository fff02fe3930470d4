# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What is a scenario, and when has it passed?  One line on stdout for each; details go to stderr.

case_name=
case_faults=0
faults=0

case_begin() {
	case_name=$1
	case_faults=0
	echo "=== $1" >&2
}

case_ok() {
	if [ $case_faults = 0 ]; then
		echo "ok $case_name"
		return
	fi
	echo "not ok $case_name"
	faults=$((faults + 1))
	{
		journalctl -q -n 25 --no-pager -o short-precise
		loginctl --no-pager list-sessions
		ps -eo pid,ppid,user,cgroup,args --no-headers | grep -E 'nsisolate|alice|bob' | grep -v 'ps -eo'
	} >&2
}

case_skip() { # REASON
	echo "skip $case_name # $1"
}

fail() {
	case_faults=$((case_faults + 1))
	echo "FAILED $1 (line ${BASH_LINENO[-2]})" >&2
}

# journalctl(1) behind all that has been logged by now: journald(8) writes a moment later.
journal() { # ARGUMENT...
	journalctl -q --sync
	journalctl -q --no-pager "$@"
}

expect_eq() { # GOT WANT WHAT
	[ "$1" = "$2" ] || fail "$3: got '$1', wanted '$2'"
}

expect_ne() {
	[ -n "$1" ] && [ "$1" != "$2" ] || fail "$3: got '$1', wanted anything else"
}

expect_has() { # TEXT WORDS WHAT
	[[ $1 == *"$2"* ]] || fail "$3: no '$2' in '$1'"
}

expect_match() { # TEXT REGEX WHAT
	[[ $1 =~ $2 ]] || fail "$3: '$1' is not like '$2'"
}

expect_has_not() {
	[[ $1 != *"$2"* ]] || fail "$3: '$2' in '$1'"
}

expect_ok() {
	"$@" >&2 || fail "status $? from: $*"
}

expect_fails() {
	! "$@" >&2 || fail "this should have failed: $*"
}
