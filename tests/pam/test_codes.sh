#!/bin/bash
# SPDX-License-Identifier: MIT
# What the module returns when it cannot do its work.
. "$(dirname "$0")/cases.sh"

case_begin "an argument that there is not"
module_stack "$nowhere" bogus
expect_eq "$(code_of open open)" PAM_SERVICE_ERR "open"
module_stack "$nowhere" debug=1
expect_eq "$(code_of open open)" PAM_SERVICE_ERR "open with debug=1"
module_stack "$nowhere" Debug
expect_eq "$(code_of open open)" PAM_SERVICE_ERR "open with Debug"
case_ok

case_begin "an argument given twice"
for argument in timeout=2 debug isolate_root on_error=deny; do
	module_stack "rundir=$scratch/none helper=$scratch/no-helper" $argument $argument
	expect_eq "$(code_of open open)" PAM_SERVICE_ERR "$argument"
done
module_stack "$nowhere" "rundir=$scratch/other"
expect_eq "$(code_of open open)" PAM_SERVICE_ERR "rundir"
case_ok

case_begin "an argument with a value that makes no sense"
for argument in timeout= timeout=0x5 timeout=-1 timeout=1.5 timeout=99999999999999999999 \
	on_error= on_error=maybe config=relative config= statedir=relative; do
	module_stack "rundir=$scratch/none helper=$scratch/no-helper" "$argument"
	expect_eq "$(code_of open open)" PAM_SERVICE_ERR "$argument"
done
for argument in rundir=relative rundir= "rundir=/$(printf 'x%.0s' $(seq 200))"; do
	module_stack "helper=$scratch/no-helper" "$argument"
	expect_match "$(code_of open open)" "$refused" "$argument"
done
case_ok

case_begin "no helper that could be reached"
module_stack "$nowhere"
expect_match "$(code_of open open)" "$refused" "open"
case_ok

case_begin "a helper that is no program, no file, or another program"
for helper in /dev/null / /etc/passwd relative; do
	module_stack "rundir=$scratch/none timeout=2" "helper=$helper"
	expect_match "$(code_of open open)" "$refused" "$helper"
done
case_ok

case_begin "a refused open leaves nothing, not even the run directory"
module_stack "$nowhere"
code_of open open end >/dev/null
expect_fails test -e "$scratch/none"
case_ok

case_begin "close without an open succeeds"
module_stack "$nowhere"
expect_eq "$(code_of close close)" PAM_SUCCESS "close"
# After a refused open libpam replays its verdict, whatever the module says: it must only come to an end.
expect_match "$(code_of close open close)" '^PAM_' "close after a refused open"
case_ok

case_begin "a user that there is not"
module_stack "$nowhere"
expect_match "$(code_of open -u nosuchuser open)" "$refused" "open"
expect_match "$(code_of open -u '' open)" "$refused" "open for nobody at all"
case_ok

case_begin "on_error = allow is an answer, too"
module_stack "$nowhere" on_error=allow
expect_eq "$(code_of open open)" PAM_SUCCESS "open"
case_ok

case_begin "root is let through without asking anybody"
if [ "$(id -u)" = 0 ]; then
	module_stack "$nowhere"
	expect_eq "$(code_of open -u root open)" PAM_SUCCESS "open"
	expect_eq "$(code_of close -u root open close)" PAM_SUCCESS "close"
	case_ok
else
	case_skip "needs root"
fi

case_begin "root is let through past a line with a mistake, but not past isolate_root"
if [ "$(id -u)" = 0 ]; then
	for mistake in bogus timeout=0 "debug debug" config=relative; do
		module_stack "$nowhere" $mistake
		expect_eq "$(code_of open -u root open)" PAM_SUCCESS "open with $mistake"
		expect_eq "$(code_of close -u root open close)" PAM_SUCCESS "close with $mistake"
		module_stack "$nowhere" $mistake isolate_root
		expect_eq "$(code_of open -u root open)" PAM_SERVICE_ERR "open with $mistake isolate_root"
	done
	case_ok
else
	case_skip "needs root"
fi

case_begin "never takes longer than it was given"
printf '#!/bin/sh\nsleep 30\n' >"$scratch/silent" && chmod 755 "$scratch/silent"
module_stack "rundir=$scratch/none helper=$scratch/silent timeout=1"
begun=$SECONDS
expect_match "$(code_of open open)" "$refused" "open"
[ $((SECONDS - begun)) -lt 8 ] || fail "it took $((SECONDS - begun)) s"
case_ok
