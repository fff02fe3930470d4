#!/bin/bash
# SPDX-License-Identifier: MIT
# user = "map": who may come in, and which ids are there for whom.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/usermap.sh"

map_begin

case_begin "the program that opens the session must be single-threaded"
expect_match "$(as_pamhost alice --threads 1 open run "$userns_cmd")" "open PAM_SYSTEM_ERR.*${host_userns//[^0-9]/}" "a first login"
expect_match "$(last_refusal)" 'several threads' "log"
stay one ssh alice true
expect_match "$(as_pamhost alice --threads 1 open run "$userns_cmd")" "open PAM_PERM_DENIED.*${host_userns//[^0-9]/}" "one that would join"
leave one
expect_all_gone
case_ok

case_begin "and have no id that the map lacks: somebody else's su"
seen=$(in_time setpriv --ruid 2002 "$rig_tools/pamhost" -s rig -u alice open </dev/null)
expect_match "$seen" 'open PAM_SYSTEM_ERR' "su of bob's"
expect_match "$(last_refusal)" 'uid_map of the set lacks 2002, an id of the program' "log"
map_policy 'uid_map = [ "0:0:10000" ]; gid_map = [ "0:0:10000" ];'
seen=$(in_time setpriv --ruid 2002 "$rig_tools/pamhost" -s rig -u alice open close </dev/null)
expect_match "$seen" 'open PAM_SUCCESS' "with a map that has it"
expect_all_gone
case_ok

case_begin "subordinate ids"
echo 'alice:200000:65536' >/etc/subuid
printf 'bob:100000:65536\n2001:300000:1000\nalice:301000:1000\n' >/etc/subgid
map_policy 'uid_map = [ "subuid", "user", "system" ]; gid_map = [ "system", "subgid", "user" ];'
seen=$(as_ssh alice "$map_cmd")
expect_eq "$(seen_of uids)" "0 0 1000;2001 2001 1;65534 65534 1;200000 200000 65536;" "uids"
expect_eq "$(seen_of gids)" "0 0 1000;2001 2001 1;5000 5000 1;65534 65534 1;300000 300000 2000;" "gids"
expect_all_gone
chmod 666 /etc/subuid
expect_fails as_su alice true
chmod 644 /etc/subuid
expect_all_gone
case_ok

case_begin "a group that she has been given since: refused until the set is over"
map_policy
stay one ssh alice true
groupadd -g 5001 later && usermod -a -G later alice
expect_fails as_su alice true
expect_match "$(last_refusal)" 'gid_map of the set lacks 5001, a group' "log"
leave one
wait_until 10 nothing_left
expect_match "$(as_ssh alice 'id -G')" 5001 "the next set"
gpasswd -d alice later >/dev/null
expect_all_gone
case_ok

case_begin "a set that a group shares, with the ranges written out"
map_policy 'scope = "group"; uid_map = [ "0:0:10000" ]; gid_map = [ "0:0:10000" ];'
stay one ssh alice "$userns_cmd"
expect_eq "$(as_ssh bob "$userns_cmd; id -u" | xargs)" "$(cat /run/rig/stay.one) 2002" "bob's"
leave one
expect_all_gone
case_ok
