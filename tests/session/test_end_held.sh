#!/bin/bash
# SPDX-License-Identifier: MIT
# A set that something still uses is held: nothing of it is deleted or reported as ended.
. "$(dirname "$0")/rig.sh"

isolate
stack rig "$rig_service"
with() { # ON-LAST-CLOSE SCOPE
	policy <<-END
		version = 1;
		policies = { lab = { scope = "$2"; namespaces = [ "mount", "ipc", "uts" ];
		  on_last_close = "$1"; kill_grace = "0s";
		  directories = ( { path = "/tmp"; method = "tmpfs"; }, { path = "/var/tmp"; method = "disk"; retain = "session"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}
# A program outside of any set that has a file of alice's private /tmp open, and its set's number in $held.
hold() {
	stay one su alice 'echo kept >/tmp/mine; echo kept >/var/tmp/mine'
	held=$(nsisolate list -n -o set | tr -d ' ')
	exec 7<"/proc/$(pgrep -u alice -n)/root/tmp/mine"
}
is_held() { [ "$(nsisolate list --json | jq -r ".sets[] | select(.set == $held) | .state")" = held ]; }
set_file() { echo "$rundir/sets/$held"; }

for scope in user group; do
	for close in wait kill; do
		for killed in '' ', the helper killed'; do
			case_begin "an open file holds the set: scope $scope, $close$killed"
			with $close $scope
			hold
			leave one
			wait_until 5 is_held || fail "it is $(nsisolate list -n -o set,state)"
			expect_match "$(nsisolate list)" "(^|[[:space:]])$held +alice .* held " "list"
			expect_match "$(grep held $rig_log)" "held set=$held uid=2001 policy=lab" "the log"
			[ -z "$killed" ] || slay $(main_pid)
			expect_ok as_su bob true
			sleep 1
			expect_ok is_held
			expect_ok test -e "$(set_file)"
			expect_ok test -n "$(find $statedir -name mine)"
			expect_eq "$(cat <&7)" kept "the file"
			expect_fails as_su alice 'test -e /tmp/mine' # another set
			exec 7<&-
			expect_all_gone
			case_ok
		done
	done
done

case_begin "close --force of a set that an open file holds says so, and its status is 5"
with wait user
hold
SECONDS=0
run_ctl close --force "$held"
expect_eq "$status" 5 "status"
expect_match "$err" "set $held is held" "what it says"
leave one
exec 7<&-
expect_all_gone
case_ok

case_begin "a held set is over within a moment of the last use"
with wait user
hold
leave one
wait_until 5 is_held
exec 7<&-
wait_until 1 test ! -e "$(set_file)" || fail "it is still on record"
expect_all_gone
case_ok

# Whose device numbers the kernel gives to the next ones: those of the spare anchor, and of whoever logs in.
case_begin "a held set that a new helper knows by numbers is over when others have these"
with wait user
rig_stop_helper
expect_ok as_su carol true
hold
leave one
wait_until 5 is_held
rig_stop_helper
expect_ok as_su bob true
wait_until 5 is_held || fail "it is not held any more"
sleep 4 # looks for who holds it are rare by now
exec 7<&-
expect_ok as_su carol true
stay two su carol true
wait_until 5 test ! -e "$(set_file)" || fail "it is still on record"
leave two
expect_all_gone
case_ok

case_begin "max_held: a user with as many held sets gets no other; another user does"
with wait session
sed -i 's/scope = "session";/& max_held = "1";/' /etc/security/nsisolate.conf
hold
leave one
wait_until 5 is_held
expect_fails as_su alice true
expect_match "$(cat $rig_log)" 'refused user=alice .* the user has max_held = 1 sets' "the log"
expect_ok as_su bob true
exec 7<&-
wait_until 5 test ! -e "$(set_file)"
expect_ok as_su alice true
expect_all_gone
case_ok
