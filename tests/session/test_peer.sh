#!/bin/bash
# SPDX-License-Identifier: MIT
# Who is at the other end of a connection, when that process has ended and another has its number?
. "$(dirname "$0")/rig.sh"

default_policy
isolate_services su
NSI_DONE=68 # lib/wire/wire.h

case_begin "a peer that lives is answered, one whose number is another process's by now is not"
as_su alice true # so that there is a helper
for i in 1 2 3; do
	out=$(in_time "$rig_tools/recycled" "$rundir")
	expect_match "$out" "alive $NSI_DONE" "round $i: who lives"
	expect_match "$out" "recycled " "round $i"
	expect_no_match "$out" "recycled $NSI_DONE" "round $i: who has ended"
done
expect_eq "$(as_su alice hostname)" rig-alice "a login afterwards"
expect_all_gone
case_ok
