#!/bin/bash
# SPDX-License-Identifier: MIT
# user = "map": a map that the login could not live with is refused before anything is made.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/usermap.sh"

map_begin

refused_map() { # WHY LOG-REGEX LINE...
	map_policy "${@:3}"
	check_refused su alice "$1"
	expect_match "$(last_refusal)" "$2" "log"
	run_ctl list --json
	expect_eq "$(json "$out" 'sets')" '[]' "sets"
}
refused_map "her uid is not in the map" 'uid_map of the set lacks 2001, the user' 'uid_map = [ "system", "3000:3000:10" ];'
refused_map "it is another one outside" 'uid_map of the set lacks 2001, the user' 'uid_map = [ "system", "2001:3001:1" ];'
refused_map "her group is not in the map" 'gid_map of the set lacks 2001, the user.s group' 'gid_map = [ "system", "5000:5000:1" ];'
refused_map "one of her groups is not in the map" 'gid_map of the set lacks 5000, a group that the user is in' 'gid_map = [ "0:0:2999" ];'
refused_map "the group of terminals is not in the map" 'gid_map of the set lacks 5, the group of terminals' 'gid_map = [ "0:0:1", "user" ];'
refused_map "her uid is said twice" 'uid_map maps one id of this user in two ways' 'uid_map = [ "system", "user", "2000:3000:10" ];'
: >/etc/subuid
refused_map "there are no subordinate ids for her" '/etc/subuid' 'uid_map = [ "system", "user", "subuid" ];'

case_begin "check names file and line of maps that nobody could log in with"
map_policy 'uid_map = [ "user" ];'
run_ctl check
expect_eq "$status" 1 "status"
expect_match "$out$err" "nsisolate.conf:3: error: 'uid_map' in policy 'lab' lacks the id 0" "message"
expect_fails as_su alice true
case_ok
