#!/bin/bash
# SPDX-License-Identifier: MIT
# A set that something still uses is held: nothing of it is deleted or reported as ended.
# alone: after a restart of the helper a set is known by numbers of devices, which the kernel gives to other systems, too.
# slow: as session:end_disk; looks for who holds a set become rare, which takes four seconds
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
	exec 7<"/proc/$(pgrep -u alice -x -o bash)/root/tmp/mine"
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
			expect_match "$(grep held "$(rig_written_log)")" "held set=$held uid=2001 policy=lab" "the log"
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
[ $SECONDS -lt 15 ] || fail "it is said after $SECONDS s, though nothing but a file is left"
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
expect_match "$(cat "$(rig_written_log)")" 'refused user=alice .* the user has max_held = 1 sets' "the log"
expect_ok as_su bob true
exec 7<&-
wait_until 5 test ! -e "$(set_file)"
expect_ok as_su alice true
expect_all_gone
case_ok

# The overlay over the home directory is a file system of the set's own, like each private directory.
with_home() { # ON-LAST-CLOSE
	policy <<-END
		version = 1;
		policies = { lab = { namespaces = [ "mount", "ipc" ]; home = "overlay"; on_last_close = "$1"; kill_grace = "0s";
		  directories = ( { path = "/tmp"; method = "tmpfs"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}
for killed in '' ', the helper killed'; do
	case_begin "an open file in the overlay over the home holds the set$killed"
	with_home wait
	as_su alice 'echo kept >~/mine; '"$lasting"
	inside=$(pgrep -u alice -x sleep)
	held=$(nsisolate list -n -o set | tr -d ' ')
	exec 7<"/proc/$inside/root/home/alice/mine"
	[ -z "$killed" ] || { slay $(main_pid) && as_su bob true; }
	kill -KILL "$inside"
	wait_until 10 is_held || fail "it is $(nsisolate list -n -o set,state)"
	[ -z "$killed" ] || { slay $(main_pid) && as_su bob true; }
	sleep 1
	expect_ok is_held
	expect_eq "$(cat <&7)" kept "the file"
	exec 7<&-
	wait_until 10 test ! -e "$(set_file)" || fail "it is still on record"
	expect_all_gone
	case_ok
done

case_begin "kill ends a sandbox that has nothing of the set but the home"
if ! command -v bwrap >/dev/null; then
	case_skip "bubblewrap is not installed"
else
	with_home kill
	as_su alice 'setsid bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --bind ~ ~ --unshare-user \
		sh -c "echo x >~/sign; exec sleep 1000" >/dev/null 2>&1 </dev/null & until test -s ~/sign; do sleep 0.1; done; kill -KILL $!; wait $! 2>/dev/null'
	no_sleep() { ! pgrep -u alice -x sleep >/dev/null; }
	wait_until 10 no_sleep || fail "it lives on"
	expect_all_gone
	case_ok
fi
