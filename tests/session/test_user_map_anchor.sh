#!/bin/bash
# SPDX-License-Identifier: MIT
# What holds a set of user = "map": its anchor, and the programs in it.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/usermap.sh"

map_begin

case_begin "a killed anchor: another takes its place, in the same user namespace and without a capability"
stay one ssh alice "$ns_cmd; $userns_cmd"
kill -KILL $(pgrep -f '^nsisolate: set')
wait_until 10 pgrep -f '^nsisolate: set' >/dev/null || fail "no new anchor"
expect_eq "$(as_su alice "$ns_cmd; $userns_cmd")" "$(cat /run/rig/stay.one)" "the next login"
anchor=$(pgrep -f '^nsisolate: set')
expect_eq "$(grep -E '^Cap(Prm|Eff|Inh|Bnd|Amb)' "/proc/$anchor/status" | cut -f2 | sort -u)" 0000000000000000 "its capabilities"
leave one
expect_all_gone
case_ok

case_begin "a first anchor has no capability either, and root inside can neither trace it nor read its memory"
stay one ssh alice true
anchor=$(pgrep -f '^nsisolate: set')
expect_eq "$(grep -E '^Cap(Prm|Eff|Inh|Bnd|Amb)' "/proc/$anchor/status" | cut -f2 | sort -u)" 0000000000000000 "its capabilities"
run_ctl enter alice --root -- "$rig_tools/powers" victim="$anchor"
expect_eq "$(grep -E '^(trace a|look into)' <<<"$out" | cut -f2 | sort -u)" no "tracing the anchor"
leave one
expect_all_gone
case_ok

case_begin "programs that outlive the session keep the set, or are ended"
as_ssh alice 'setsid -f sleep 300 >/dev/null 2>&1 </dev/null'
sleep 1
expect_ok pgrep -x -u alice sleep
expect_ne "$(as_ssh alice 'pgrep -x -u alice sleep; pkill -x -u alice sleep')" "" "the next login sees it"
expect_all_gone
map_policy 'on_last_close = "kill"; kill_grace = "1s";'
as_ssh alice 'setsid -f sleep 300 >/dev/null 2>&1 </dev/null'
expect_all_gone
expect_fails pgrep -x -u alice sleep
case_ok
