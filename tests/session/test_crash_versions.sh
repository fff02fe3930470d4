#!/bin/bash
# SPDX-License-Identifier: MIT
# What another version of the program has left: its anchors, its records, its way of asking.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

# An upgrade that finds another version's set: its anchor runs a file that is no more, and its record
# has another form.
former_anchor() {
	local anchor record id
	slay $(main_pid)
	anchor=$(anchor_pids) record=$(sets_left) id=$(basename "$record")
	cp $helper_path /run/rig/helper && cp "$rig_tools/former" $helper_path.new && mv $helper_path.new $helper_path
	$helper_path $rundir "$id" &
	former=$!
	disown $former
	is_former() { [ $(($(stat -c %s "$record") % 512)) = 0 ] && [ "$(od -An -tu4 -j12 -N4 "$record" | xargs)" = 10752 ]; }
	wait_until 5 is_former || fail "no anchor of an earlier version"
	cp -p /run/rig/helper $helper_path.new && mv $helper_path.new $helper_path
	slay $anchor
}

case_begin "an anchor and a record of an earlier version are taken over, with their sessions"
session_of one
former_anchor
expect_match "$(run_ctl list >/dev/null; echo "$out")" 'alice' "the list, without a helper"
still_there "namespaces"
expect_match "$(grep 'took over set=' $rig_log | tail -n 1)" 'sessions=1 built-by=earlier' "log"
expect_eq "$(od -An -tu4 -j12 -N4 "$(sets_left)" | xargs)" 11264 "the record, written anew"
expect_ok kill -0 $former
still_there "namespaces, once more"
leave one
expect_all_gone
expect_fails kill -0 $former
case_ok

case_begin "an earlier version's record is lost: the set is had back from what its anchor kept"
session_of one
former_anchor
rm $rundir/sets/*
still_there "namespaces"
expect_match "$(cat $rig_log)" "its anchor $former has a copy" "log"
leave one
expect_all_gone
case_ok

case_begin "an anchor of an earlier version that is killed has one of this version for a successor"
session_of one
former_anchor
still_there "namespaces"
slay $former
still_there "namespaces, with another anchor"
leave one
expect_all_gone
case_ok

