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
three_closes() { [ "$(grep -c 'closed user=alice' "$(rig_settled_log)")" = 3 ]; }
wait_until 5 three_closes || fail "closes of alice's in the log: $(grep 'closed user=alice' "$(rig_settled_log)")"
expect_eq "$(grep -ciE 'closed, but|permitted|cannot|warning' "$(rig_settled_log)")" 0 "complaints in the log"
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
