#!/bin/bash
# SPDX-License-Identifier: MIT
# What a login costs the process that opens it: with a helper running, no fork and one setns(2).
. "$(dirname "$0")/rig.sh"

default_policy
isolate
stack rig "$rig_service"

calls() { # CALL...: how often the consumer made them, over an open and a close
	strace -f -qq -e trace="$(tr ' ' , <<<"$*")" -o /run/rig/calls pamtester rig alice open_session close_session \
		>/dev/null 2>&1
	grep -cE "^[0-9]+ +($(tr ' ' '|' <<<"$*"))\(" /run/rig/calls
}

stay one ssh alice true # so that there is a helper, and a set to join

case_begin "no fork in the consumer once the helper is up"
expect_eq "$(calls clone clone3 fork vfork)" 0 "processes made"
case_ok

case_begin "in by one setns, out by another"
expect_eq "$(calls setns)" 2 "calls of setns"
case_ok

case_begin "no mount, no unshare, no signal handler, no thread"
expect_eq "$(calls mount move_mount open_tree fsopen unshare rt_sigaction)" 0 "calls"
case_ok

case_begin "and the first session was not touched by it"
expect_ok as_ssh alice true
leave one
expect_all_gone
case_ok
