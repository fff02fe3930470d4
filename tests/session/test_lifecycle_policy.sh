#!/bin/bash
# SPDX-License-Identifier: MIT
# What a set does while its policy changes, how long its directories stay, and what limits do.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
stack rig "$rig_service"

policy_with() { # KEYS: the default policy with these in addition
	default_policy
	sed -i "s/scope = \"user\";/& $1/" /etc/security/nsisolate.conf
}

disk_retains() { # WORD
	default_policy
	sed -i "s/retain = \"session\"/retain = \"$1\"/" /etc/security/nsisolate.conf
}

set_gone() { # the set is over; its directories may stay
	wait_until 10 nobody_isolated || fail "processes left: $(isolated_pids | xargs)"
	wait_until 5 no_sets || fail "sets left: $(sets_left)"
}

no_sets() {
	[ -z "$(sets_left)" ]
}

# With a directory less, or more: another digest.
change_policy() {
	sed -i '/path = "\/dev\/shm"/d' /etc/security/nsisolate.conf
}

case_begin "on_change = new: later logins get a set of the new policy, earlier ones keep theirs"
stay old ssh alice "$ns_cmd; touch /tmp/old"
old=$(cat /run/rig/stay.old)
change_policy
stay new ssh alice "$ns_cmd; ls -A /tmp /dev/shm | xargs"
expect_other_ns "$(head -n 1 /run/rig/stay.new)" "the new set, against the old" "$old"
expect_match "$(tail -n 1 /run/rig/stay.new)" host-mark "the new policy, which leaves /dev/shm alone"
expect_eq "$(as_ssh alice "$ns_cmd")" "$(head -n 1 /run/rig/stay.new)" "a third login"
leave old
expect_eq "$(as_ssh alice "$ns_cmd")" "$(head -n 1 /run/rig/stay.new)" "after the old one is over"
leave new
expect_all_gone
case_ok

case_begin "on_change = join: later logins join the set there is"
policy_with 'on_change = "join";'
stay old ssh alice "$ns_cmd"
change_policy
expect_eq "$(as_ssh alice "$ns_cmd")" "$(cat /run/rig/stay.old)" "namespaces"
leave old
expect_all_gone
case_ok

case_begin "on_change = deny: later logins are refused until the old set is over"
policy_with 'on_change = "deny";'
stay old ssh alice "$ns_cmd"
change_policy
expect_fails as_ssh alice true
expect_match "$(tail -n 20 "$(rig_written_log)")" 'on_change' "log"
expect_ok as_ssh bob true
leave old
expect_all_gone
expect_ok as_ssh alice true
expect_all_gone
case_ok

case_begin "a policy that names no rule for alice any more lets her session end in peace"
default_policy
stay old ssh alice "$look"
sed -i 's/uid = "2000-2999"/uid = "2002-2999"/' /etc/security/nsisolate.conf
expect_host_ns "$(as_ssh alice "$ns_cmd")" "the next login"
leave old
expect_all_gone
case_ok

case_begin "linger: a process that ends meanwhile changes nothing, and the set ends in time"
policy_with 'linger = "2s";'
for i in 1 2 3; do
	back_in_time 2 'sleep 0.5' "touch /tmp/mine; $ns_cmd" "test -e /tmp/mine && $ns_cmd"
	expect_eq "$seen" "$first" "namespaces in round $i"
done
expect_all_gone
case_ok

case_begin "linger and an anchor that is killed: nothing is left of the set, and the next login gets in"
policy_with 'linger = "30s";'
as_ssh alice true
kill -KILL "$(anchor_pids)"
expect_all_gone
sed -i 's/30s/1s/' /etc/security/nsisolate.conf
expect_ok as_ssh alice true
expect_all_gone
case_ok

meta=$statedir/u2001/.meta-var-tmp

case_begin "retain = boot: kept until the machine starts anew"
disk_retains boot
as_ssh alice 'echo kept >/var/tmp/file'
set_gone
expect_eq "$(as_ssh alice 'cat /var/tmp/file')" kept "the next set's"
set_gone
sed -i 's/boot=[0-9a-f-]*$/boot=00000000-0000-0000-0000-000000000000/' "$meta"
expect_eq "$(as_ssh alice 'ls -A /var/tmp')" "" "after another boot"
set_gone
case_ok

case_begin "an edited mode holds for a directory that is kept, from the next set on"
disk_retains boot
as_ssh alice 'echo kept >/var/tmp/file'
set_gone
sed -i 's,path = "/var/tmp";,& mode = "0755";,' /etc/security/nsisolate.conf
expect_eq "$(as_ssh alice 'stat -c %a /var/tmp; cat /var/tmp/file' | xargs)" "755 kept" "with the new mode"
set_gone
disk_retains boot
expect_eq "$(as_ssh alice 'stat -c %a /var/tmp; cat /var/tmp/file' | xargs)" "1777 kept" "with the old one again"
set_gone
case_ok

case_begin "retain = 2d: kept for two days after its last use"
disk_retains 2d
as_ssh alice 'echo kept >/var/tmp/file'
set_gone
sed -i "s/used=[0-9]*/used=$(($(date +%s) - 2 * 86400 + 600))/" "$meta"
expect_eq "$(as_ssh alice 'cat /var/tmp/file')" kept "before"
set_gone
sed -i "s/used=[0-9]*/used=$(($(date +%s) - 2 * 86400 - 5))/" "$meta"
expect_eq "$(as_ssh alice 'ls -A /var/tmp')" "" "after"
set_gone
case_ok

case_begin "what is due goes without a login of its owner, but never under a live set"
as_ssh alice 'echo kept >/var/tmp/file'
set_gone
sed -i "s/used=[0-9]*/used=1000/" "$meta"
stay one ssh bob "echo his >/var/tmp/file"
as_ssh carol true
sed -i "s/used=[0-9]*/used=1000/" $statedir/u2002/.meta-var-tmp
rig_stop_anchors() {
	local pid
	for pid in $(helper_pids); do kill -KILL "$pid"; done
}
rig_stop_anchors
as_ssh carol true
wait_until 5 test ! -e $statedir/u2001/var-tmp || fail "alice's is still there"
expect_eq "$(as_ssh bob 'cat /var/tmp/file')" his "bob's"
leave one
set_gone
find "$statedir" -mindepth 1 -delete
case_ok

delete_user() { # userdel(8) refuses while they have a process
	is_deleted() { userdel "$1" 2>/dev/null; ! getent passwd "$1" >/dev/null; }
	wait_until 5 is_deleted "$1" || fail "$1 is not deleted"
}

case_begin "a uid that is given to another person does not bring the first one's files"
disk_retains forever
useradd -m -u 2050 -s /bin/bash -p '*' dora
as_su dora 'echo secret >/var/tmp/file'
set_gone
delete_user dora
useradd -m -u 2050 -s /bin/bash -p '*' emil
expect_eq "$(as_su emil 'ls -A /var/tmp')" "" "emil's"
expect_ok grep -rqx secret $statedir/quarantine
set_gone
case_ok

case_begin "two names of one uid are one person"
useradd -M -o -u 2050 -d /home/emil -s /bin/bash -p '*' emilia
as_su emil 'echo his >/var/tmp/file'
set_gone
expect_eq "$(as_su emilia 'cat /var/tmp/file')" his "as emilia"
set_gone
delete_user emil
expect_eq "$(as_su emilia 'ls -A /var/tmp')" "" "of a name that is gone" # nobody can tell who it was
set_gone
delete_user emilia
rm -rf /home/emil
find "$statedir" -mindepth 1 -delete
case_ok

case_begin "max_sessions: one more is refused, and let in when one is gone"
policy_with 'max_sessions = "2";'
stay one ssh alice true
stay two su alice true
expect_fails as_ssh alice true
expect_match "$(tail -n 20 "$(rig_written_log)")" 'max_sessions' "log"
expect_ok as_ssh bob true
leave one
wait_until 5 as_ssh alice true || fail "still refused"
leave two
expect_all_gone
case_ok

case_begin "max_sessions counts sets of scope session as well, and outlives the helper"
policy_with 'max_sessions = "2";'
sed -i 's/scope = "user"/scope = "session"/' /etc/security/nsisolate.conf
stay one ssh alice true
stay two su alice true
built=$(grep -c 'built set=' "$(rig_written_log)")
expect_fails as_ssh alice true
expect_eq "$(grep -c 'built set=' "$(rig_written_log)")" "$built" "sets that were built, with the one that was refused"
rig_stop_helper_only() {
	kill -KILL "$(pgrep -of "$helper_path")"
}
rig_stop_helper_only
expect_fails as_ssh alice true
leave one
wait_until 5 as_ssh alice true || fail "still refused"
leave two
expect_all_gone
case_ok

case_begin "max_sessions holds for eight at once, each with a set of its own: two are built and no more"
stack rig "$rig_service"
built=$(grep -c 'built set=' "$(rig_written_log)")
touch /run/rig/hold
all_answered() { [ "$(cat /run/rig/at-once.* | grep -c '^open ')" = 8 ]; }
for i in $(seq 8); do
	"$rig_tools/pamhost" -s rig -u alice open run 'while test -e /run/rig/hold; do sleep 0.2; done' close >"/run/rig/at-once.$i" 2>&1 &
	crowd[i]=$!
done
wait_until 60 all_answered || fail "not all have had an answer"
rm /run/rig/hold
wait "${crowd[@]}"
expect_eq "$(cat /run/rig/at-once.* | grep -c 'open PAM_SUCCESS')" 2 "logins that worked"
expect_eq "$(grep -c 'built set=' "$(rig_written_log)")" "$((built + 2))" "sets that were built"
expect_all_gone
case_ok
