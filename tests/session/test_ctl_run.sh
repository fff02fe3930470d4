#!/bin/bash
# SPDX-License-Identifier: MIT
# nsisolate run, enter, close and gc: a login without a login, and the end of one.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

case_begin "run gives a command what a login of the user would get"
seen=$(nsisolate run alice -- bash -c "$look")
expect_eq $? 0 "status"
expect_isolated alice
expect_eq "$(seen_of cwd)" /home/alice "working directory"
expect_eq "$(nsisolate run alice -- env | grep -cE '^(HOME=/home/alice|USER=alice|LOGNAME=alice|SHELL=/bin/bash|PATH=/usr/local/bin:.*)$')" 5 "environment"
expect_eq "$(SECRET=1 nsisolate run alice printenv SECRET)" "" "the caller's environment"
expect_eq "$(nsisolate run alice -- id)" "$(su alice -c id)" "ids and groups"
expect_all_gone
case_ok

case_begin "run returns what the command does"
for code in 0 1 37 255; do
	run_ctl run alice -- sh -c "exit $code"
	expect_eq "$status" $code "exit code"
done
# shellcheck disable=SC2016
run_ctl run alice -- sh -c 'kill -TERM $$'
expect_eq "$status" 143 "killed by SIGTERM"
run_ctl run alice -- /no/such/command
expect_eq "$status" 127 "no such command"
run_ctl run alice -- /etc/passwd
expect_eq "$status" 126 "one that cannot be run"
run_ctl run nobody-of-that-name -- true
expect_eq "$status" 3 "no such user"
expect_all_gone
case_ok

case_begin "run starts a helper where none is, and takes the options of the command for its own"
rig_stop_helper
run_ctl run alice sh -c 'echo "$0"' --help
expect_eq "$status $out" "0 --help" "what the command got"
expect_ne "$(helper_pids)" "" "helper"
expect_all_gone
case_ok

case_begin "run joins the set that the user has, and leaves it alone"
stay one ssh alice "touch /tmp/hers; $ns_cmd"
expect_eq "$(nsisolate run alice -- sh -c "test -e /tmp/hers && $ns_cmd")" "$(cat /run/rig/stay.one)" "namespaces"
run_ctl list -o sessions -n
expect_eq "${out// /}" 1 "sessions afterwards"
leave one
expect_all_gone
case_ok

case_begin "run follows the rules: by service, refused, or not at all"
policy <<-'END'
	version = 1;
	policies = { lab = { namespaces = [ "mount" ]; directories = ( { path = "/tmp"; method = "tmpfs"; } ); };
	             broken = { namespaces = [ "mount" ]; directories = ( { path = "/opt/not-there"; method = "tmpfs"; } ); }; };
	rules = ( { service = "cron"; policy = "lab"; }, { service = "atd"; policy = "broken"; },
	          { group = "bob"; policy = "lab"; }, { rhost = "10.*"; policy = "lab"; } );
END
mine=$(readlink /proc/self/ns/mnt)
expect_ne "$(nsisolate run alice --service cron -- readlink /proc/self/ns/mnt)" "$mine" "alice by cron"
expect_ne "$(nsisolate run bob -- readlink /proc/self/ns/mnt)" "$mine" "bob by his group"
expect_ne "$(nsisolate run alice --rhost 10.0.0.1 -- readlink /proc/self/ns/mnt)" "$mine" "alice from 10.0.0.1"
run_ctl run alice -- readlink /proc/self/ns/mnt
expect_eq "$status $out" "0 $mine" "alice by login"
expect_match "$err" "alice is not isolated: no rule matches" "what it says of it"
run_ctl run alice --service atd -- touch /home/alice/ran
expect_eq "$status" 1 "status of one that cannot be isolated"
expect_match "$err" "refused: .*/opt/not-there" "why"
expect_fails test -e /home/alice/ran
default_policy
expect_all_gone
case_ok

case_begin "a run that is killed ends its session"
nsisolate run alice -- sleep 100 &
victim=$!
wait_until 5 pgrep -u alice -x sleep >/dev/null
kill -TERM $victim
wait $victim
expect_eq $? 143 "status after SIGTERM"
expect_all_gone
nsisolate run alice -- sleep 100 &
victim=$!
wait_until 5 pgrep -u alice -x sleep >/dev/null
kill -KILL $victim
wait $victim 2>/dev/null
pkill -u alice sleep
expect_all_gone
case_ok

case_begin "a command cannot type into the terminal it is called from; a shell has it"
in_tty() { script -qec "$1" /dev/null </dev/null | tr -d '\r'; }
expect_match "$(in_tty 'nsisolate run alice -- ps -o tty= -C ps')" '\?$' "terminal of a command"
expect_match "$(echo 'ps -o tty= -C ps; exit' | script -qec 'nsisolate run alice' /dev/null)" "pts/" "terminal of a shell"
expect_no_match "$(nsisolate run alice -- true 2>&1)" "opening" "progress in a pipe"
expect_match "$(in_tty 'nsisolate run alice -- true')" "opening a session of alice" "progress on a terminal"
expect_all_gone
case_ok

case_begin "enter joins a live set, as its user or as root"
stay one ssh alice "$look"
seen_by one
set=$(seen_of set) ns=$(seen_of ns)
expect_eq "$(nsisolate enter alice -- sh -c "id -un; $ns_cmd; hostname; pwd")" "alice
$ns
rig-alice
/home/alice" "by name"
expect_eq "$(nsisolate enter "$set" -- sh -c "id -un; $ns_cmd")" "alice
$ns" "by id"
# shellcheck disable=SC2016
expect_eq "$(nsisolate enter alice --root -- sh -c 'id -un; ls /tmp; echo $NSISOLATE_SET $NSISOLATE_POLICY')" "root
mine
$set lab" "as root"
expect_eq "$(echo 'echo $0; id -un' | nsisolate enter alice)" "-bash
alice" "her shell"
run_ctl enter alice -- sh -c 'exit 9'
expect_eq "$status" 9 "exit code"
case_ok

case_begin "enter is root's, and only into what lives"
as_runuser bob "/usr/local/sbin/nsisolate enter alice --root -- id" 2>/dev/null
expect_eq $? 4 "bob's status"
as_runuser alice "/usr/local/sbin/nsisolate enter alice -- id" 2>/dev/null
expect_eq $? 4 "alice's status"
run_ctl enter carol -- id
expect_eq "$status" 3 "status for one who has no set"
run_ctl enter 4711 -- id
expect_eq "$status" 3 "status for no set"
case_ok

case_begin "enter does not trust a record that speaks of another process"
kill_helper
record=$rundir/sets/$set
cp "$record" /run/rig/record
anchor=$(nsisolate list -o set,anchor -n | awk -v s="$set" '$1 == s { print $2 }')
kill -KILL "$anchor"
wait_until 5 set_is "$set" orphaned || fail "the anchor does not end"
run_ctl enter alice -- true
expect_eq "$status" 5 "status without an anchor"
printf 'x' | dd of="$record" bs=1 seek=300 conv=notrunc 2>/dev/null
run_ctl enter alice -- true
expect_eq "$status" 3 "status of a damaged record"
run_ctl list
expect_match "$err" "1 record.* cannot be read" "what list says"
cp /run/rig/record "$record"
expect_eq "$(as_su alice "$ns_cmd")" "$ns" "the set, with an anchor again"
expect_eq "$(nsisolate enter alice -- sh -c "$ns_cmd")" "$ns" "enter"
case_ok

case_begin "close refuses while sessions live, unless forced"
run_ctl close alice
expect_eq "$status" 1 "status"
expect_match "$err" "set $set has 1 session; --force ends them" "why"
expect_eq "$(nsisolate enter alice -- sh -c "$ns_cmd")" "$ns" "the set"
run_ctl close alice --force
expect_eq "$status" 0 "status with --force"
run_ctl list
expect_eq "$out" "no live sets" "sets"
expect_fails leave one
run_ctl close alice
expect_eq "$status" 3 "status when there is none"
as_runuser bob "/usr/local/sbin/nsisolate close alice" 2>/dev/null
expect_eq $? 4 "bob's status"
expect_all_gone
case_ok

case_begin "with several sets of one user, a number says which"
sed -i 's/scope = "user"/scope = "session"/' /etc/security/nsisolate.conf
stay one su alice "$look"
stay two su alice "$look"
run_ctl enter alice -- id
expect_eq "$status" 1 "status"
expect_match "$err" "alice has 2 sets: [0-9]+, [0-9]+; name one" "why"
seen_by two
run_ctl close "$(seen_of set)" --force
expect_eq "$status" 0 "status by number"
expect_eq "$(nsisolate list -o set -n | wc -l)" 1 "sets left"
expect_fails leave two
leave one
default_policy
expect_all_gone
case_ok

case_begin "gc says what would go, and lets it go"
expect_eq "$(nsisolate gc --dry-run)" "nothing is left over" "with nothing left over"
rig_stop_helper
install -d -m 700 $statedir $statedir/s00000000-9 $statedir/s00000000-9/tmp $statedir/trash $statedir/trash/0123
install -d -m 700 $statedir/u2003 && install -d -m 1777 $statedir/u2003/tmp
echo "nsisolate-instance 1 boot-only=0 age=60 used=1000 boot=x" >$statedir/u2003/.meta-tmp
touch $statedir/s00000000-9/tmp/file
run_ctl gc --dry-run
expect_match "$out" "would go: $statedir/s00000000-9: of a set before this boot" "an old set's"
expect_match "$out" "would go: $statedir/u2003/tmp: not used for longer" "an old instance"
expect_match "$out" "would go: $statedir/trash/0123" "trash"
expect_eq "$(helper_pids)" "" "a helper, for a dry run"
expect_ok test -e $statedir/s00000000-9/tmp/file
run_ctl gc
expect_eq "$status" 0 "status"
expect_match "$out" "gone  $statedir/s00000000-9: " "what it says"
expect_fails test -e $statedir/s00000000-9
expect_fails test -e $statedir/u2003/tmp
expect_eq "$(nsisolate gc)" "nothing is left over" "then"
rm -rf $statedir/u2003
case_ok
