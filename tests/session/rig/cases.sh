# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What is a case, and when has it passed?  One line on stdout for each; details go to stderr.

case_name=
case_faults=0
rig_faults=0

case_begin() {
	case_ok
	case_name=$1
	case_faults=0
	echo "=== $1" >&2
}

# Ends the case: it has passed unless something failed in it.
case_ok() {
	[ -n "$case_name" ] || return 0
	if [ $case_faults = 0 ]; then
		rig_say "ok $(rig_label "$case_name")"
	else
		rig_say "not ok $(rig_label "$case_name")"
		rig_faults=$((rig_faults + 1))
		rig_show_logs >&2
	fi
	case_name=
}

case_skip() {
	rig_say "skip $(rig_label "$case_name") # $1"
	case_name=
}

rig_say() {
	echo "$1"
	echo "$1" >&2
}

rig_label() {
	case ${RIG_VARIANTS:-} in
	'' | "$RIG_VARIANT") echo "$1" ;;
	*) echo "$1 [$RIG_VARIANT]" ;;
	esac
}

fail() {
	case_faults=$((case_faults + 1))
	printf 'FAILED %s (line %s)\n' "$1" "${BASH_LINENO[-2]}" >&2
}

expect_eq() { # GOT WANT WHAT
	[ "$1" = "$2" ] || fail "$3: got '$1', wanted '$2'"
}

expect_ne() { # GOT UNWANTED WHAT
	[ -n "$1" ] || { fail "$3: got nothing"; return; }
	[ "$1" != "$2" ] || fail "$3: got '$1', wanted anything else"
}

expect_match() { # TEXT REGEX WHAT
	[[ $1 =~ $2 ]] || fail "$3: '$1' does not match $2"
}

expect_no_match() { # TEXT REGEX WHAT
	[[ ! $1 =~ $2 ]] || fail "$3: '$1' matches $2"
}

expect_ok() { # CMD...
	"$@" || fail "status $? from: $*"
}

expect_fails() { # CMD...
	! "$@" || fail "this should have failed: $*"
}

# wait_until SECONDS CMD...: until it succeeds; fails if it never does.  The limit is one of tries, too, 20 a second:
# they take longer on a busy machine, as what is waited for does.
wait_until() {
	local tries=$(($1 * 20)) deadline=$((SECONDS + $1 + 1)) last=$((SECONDS + $1 * 6 + 10))
	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $SECONDS -lt $deadline ] || { [ $tries -gt 0 ] && [ $SECONDS -lt $last ]; } || return 1
		sleep 0.05
	done
}
