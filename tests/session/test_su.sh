#!/bin/bash
# SPDX-License-Identifier: MIT
# su: plain, as a login, and out of somebody's set into another's.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

check_way su alice
check_way su_l bob

case_begin "exit codes come through"
as_su alice 'exit 37'
expect_eq $? 37 "exit code"
case_ok

case_begin "the data's end in su's child, as the user, takes nothing away"
isolate_probed su
as_su alice "sleep 0.3; test -e /tmp && $ns_cmd" >/run/rig/out
expect_other_ns "$(cat /run/rig/out)" "after the child's pam_end"
expect_match "$(probe_value after cleanup-silent status-Uid)" 2001 "who ran the cleanup"
isolate
case_ok

case_begin "su from alice's set to bob makes bob's own, not a copy of hers"
sed -i '1i auth sufficient pam_permit.so' /etc/pam.d/su
stay one ssh alice "$look"
seen_by one
hers=$(seen_of ns)
as_ssh alice "echo inner \$(su bob -c '$ns_cmd'); echo files \$(su bob -c 'ls -A /tmp'); echo name \$(su bob -c hostname)" >/run/rig/out
inner=$(sed -n 's/^inner //p' /run/rig/out)
expect_other_ns "$inner" "bob's, seen from the host"
expect_other_ns "$inner" "bob's, seen from alice's" "$hers"
expect_eq "$(sed -n 's/^files //p' /run/rig/out)" "" "bob's /tmp"
expect_eq "$(sed -n 's/^name //p' /run/rig/out)" "rig-bob" "bob's hostname"
leave one
expect_all_gone
case_ok

case_begin "su from alice's set to bob joins the set bob has"
stay two ssh bob "$ns_cmd"
expect_eq "$(as_ssh alice "su bob -c '$ns_cmd'")" "$(cat /run/rig/stay.two)" "namespaces"
leave two
expect_all_gone
case_ok

case_begin "SIGTERM to su ends the session"
su alice -c 'touch /home/alice/up; sleep 100' &
victim=$!
wait_until 5 test -e /home/alice/up
kill -TERM $victim
wait $victim
expect_all_gone
case_ok
