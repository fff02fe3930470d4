#!/bin/bash
# SPDX-License-Identifier: MIT
# Sets of user = "map" while they live: who joins, what is shown, what survives what is killed.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/usermap.sh"

map_begin

case_begin "a second login joins, another user has a user namespace of their own, and closing says nothing wrong"
: >"$rig_log"
stay one ssh alice "$ns_cmd; $userns_cmd"
expect_eq "$(as_su alice "$ns_cmd; $userns_cmd")" "$(cat /run/rig/stay.one)" "her second login"
expect_eq "$(as_pamhost alice open run "$userns_cmd" close end | tail -n 2)" $'close PAM_SUCCESS\nend PAM_SUCCESS' "an open and close"
his=$(as_ssh bob "$userns_cmd")
expect_ne "$his" "$(tail -n 1 /run/rig/stay.one)" "bob's"
expect_ne "$his" "$host_userns" "bob's"
leave one
expect_all_gone
expect_eq "$(grep -c 'closed user=alice' "$rig_log")" 3 "closes of alice's in the log"
expect_eq "$(grep -ciE 'closed, but|permitted|cannot|warning' "$rig_log")" 0 "complaints in the log"
case_ok

case_begin "list, matrix, show and enter tell of it"
stay one ssh alice "$userns_cmd"
run_ctl list --json
expect_eq "$(json "$out" sets.0.kinds | jq -c .)" '["mount","ipc","uts","user"]' "kinds"
expect_eq "user:[$(json "$out" sets.0.namespaces.user)]" "$(cat /run/rig/stay.one)" "inode of the user namespace"
run_ctl matrix
expect_match "$out" "USERNS" "matrix"
run_ctl show alice --service sshd
expect_match "$out" 'user *map' "show: the form"
expect_match "$out" 'uid_map *system, user' "show: the map"
run_ctl show alice --json
expect_eq "$(jq -c '.. | .gid_map? // empty' <<<"$out" | head -n 1)" '["system","user"]' "show --json"
run_ctl enter alice -- sh -c "$userns_cmd; id -u; grep CapEff /proc/self/status"
expect_eq "$(xargs <<<"$out")" "$(cat /run/rig/stay.one) 2001 CapEff: 0000000000000000" "enter"
run_ctl enter alice --root -- sh -c "$userns_cmd; id -u"
expect_eq "$(xargs <<<"$out")" "$(cat /run/rig/stay.one) 0" "enter --root"
leave one
expect_all_gone
run_ctl run alice -- sh -c "$userns_cmd; id -u"
expect_match "$(xargs <<<"$out")" '^user:\[[0-9]+\] 2001$' "run"
expect_ne "$(head -n 1 <<<"$out")" "$host_userns" "run"
expect_all_gone
case_ok

case_begin "a killed helper: the next login joins, sessions close, and the set ends clean"
stay one ssh alice "$ns_cmd; $userns_cmd"
stay two su alice true
kill_helper
leave two
expect_eq "$(as_su alice "$ns_cmd; $userns_cmd")" "$(cat /run/rig/stay.one)" "the next login"
run_ctl list --json
expect_eq "user:[$(json "$out" sets.0.namespaces.user)]" "$(tail -n 1 /run/rig/stay.one)" "the adopted set"
kill_helper
leave one
expect_ok as_ssh bob true
expect_all_gone
case_ok

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
