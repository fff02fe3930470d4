#!/bin/bash
# SPDX-License-Identifier: MIT
# A directory on disk that ends with its set is there for as long as anybody uses it, be it by nothing else of the set.
# slow: 18 cases leave a use of a directory alone for a second, to see that its set is not ended; close --force gives up after five seconds, four times
. "$(dirname "$0")/rig.sh"

isolate
stack rig "$rig_service"
install -m 755 /src/tests/tools/keep_only /usr/local/bin/
with() { # ON-LAST-CLOSE SCOPE
	policy <<-END
		version = 1;
		policies = { lab = { scope = "$2"; namespaces = [ "mount" ];
		  on_last_close = "$1"; kill_grace = "0s";
		  directories = ( { path = "/tmp"; method = "tmpfs"; }, { path = "/var/tmp"; method = "disk"; retain = "session"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}
sign=/home/alice/sign
# Alice's session, with files of hers on disk, its set in $held and a process of it in $inside.
begin() {
	rm -f $sign
	stay one su alice 'mkdir -p /var/tmp/dir/deep; echo kept >/var/tmp/dir/deep/mine; echo kept >/var/tmp/mine'
	held=$(nsisolate list -n -o set | tr -d ' ')
	inside=$(pgrep -u alice -x -o bash)
}
waits_with() { # CMD...: a process of root's
	"$@" &
	holder=$!
}
# The ways to use the directory and nothing else of the set, for a process that is in none.
uses_file() { waits_with sleep 1000 7<"/proc/$inside/root/var/tmp/dir/deep/mine"; }
uses_directory() { waits_with sleep 1000 7<"/proc/$inside/root/var/tmp/dir"; }
uses_workdir() {
	waits_with bash -c "cd /proc/$inside/root/var/tmp && exec sleep 1000"
	wait_until 30 has_left /proc/$holder/cwd
}
has_left() { ! [ "$1" -ef "/proc/self/${1##*/}" ]; } # LINK: it leads elsewhere than that of this script
uses_root() {
	waits_with python3 -c "import os, time; os.chroot('/proc/$inside/root/var/tmp/dir'); time.sleep(1000)"
	wait_until 30 has_left /proc/$holder/root
}
uses_thread() { # of which the first thread has ended, and another has the file
	waits_with python3 -c "
import ctypes, os, threading, time
def go_on():
    time.sleep(0.3)
    os.open('/proc/$inside/root/var/tmp/mine', os.O_RDONLY)
    open('$sign', 'w').write('x')
    time.sleep(1000)
threading.Thread(target=go_on, daemon=False).start()
ctypes.CDLL(None).pthread_exit(None)"
	wait_until 30 test -s $sign
}
uses_mount() {
	waits_with nsenter -t "$inside" -m unshare -m /usr/local/bin/keep_only /var/tmp $sign
	wait_until 30 test -s $sign
}
let_go() { kill -KILL $holder && wait $holder 2>/dev/null; }

is_held() { [ "$(nsisolate list --json | jq -r ".sets[] | select(.set == $held) | .state")" = held ]; }
is_kept() { [ -n "$(find $statedir -path "$statedir/trash" -prune -o -name mine -print)" ]; }
is_gone() { [ ! -e "$rundir/sets/$held" ] && ! is_kept; }
expect_kept() {
	wait_until 5 is_held || fail "it is $(nsisolate list -n -o set,state)"
	sleep 1
	expect_ok is_held
	expect_ok is_kept
}

for way in file directory workdir root thread mount; do
	case_begin "a process has nothing but a $way of it: the set is held, and over with that process"
	with wait user
	begin
	uses_$way
	leave one
	expect_kept
	expect_match "$(grep "held set=$held" "$(rig_written_log)")" "process $holder, or what it has opened" "the log"
	let_go
	wait_until 10 is_gone || fail "it stays: $(nsisolate list -n -o set,state)"
	expect_all_gone
	case_ok
done

for scope in user group; do
	for close in wait kill force; do
		for killed in '' ', the helper killed'; do
			case_begin "an open file on disk: scope $scope, $close$killed"
			with ${close/force/wait} $scope
			begin
			uses_file
			if [ $close = force ]; then
				run_ctl close --force "$held"
				expect_eq "$status" 5 "status"
			fi
			leave one
			wait_until 5 is_held || fail "it is $(nsisolate list -n -o set,state)"
			[ -z "$killed" ] || { slay $(main_pid) && as_su bob true; }
			expect_kept
			expect_ok kill -0 $holder # it is in no namespace of the set
			let_go
			wait_until 15 is_gone || fail "it stays: $(nsisolate list -n -o set,state)"
			expect_all_gone
			case_ok
		done
	done
done

# Sandboxes that a user of the set makes, whose first process has gone: what is left are members, and end with the set.
sandbox_python="setsid unshare -Urm /usr/local/bin/keep_only /var/tmp $sign >/dev/null 2>&1 </dev/null & until test -s $sign; do sleep 0.1; done"
sandbox_bwrap="setsid bwrap --ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --bind /var/tmp /var/tmp --bind /home /home --unshare-user \\
	sh -c 'while :; do echo . >>$sign; sleep 0.1; done' >/dev/null 2>&1 </dev/null & until test -s $sign; do sleep 0.1; done; kill -KILL \$!"
sandboxes=(python)
# Before Linux 6.11 they are not found by their mounts, get no signal, and hold the set.
if [ "$(printf '6.11\n%s\n' "$(uname -r)" | sort -V | head -n 1)" != 6.11 ]; then
	case_begin "a user's own sandbox"
	case_skip "its mounts are read since Linux 6.11"
	sandboxes=()
fi
[ ${#sandboxes[@]} = 0 ] || ! command -v bwrap >/dev/null || sandboxes+=(bwrap)
shows_life() { [ "$(stat -c %s $sign)" != "$before" ]; }
lives() {
	local before
	before=$(stat -c %s $sign)
	wait_until 5 shows_life
}
lives_no_more() {
	local before
	before=$(stat -c %s $sign)
	sleep 0.5
	! shows_life
}
for scope in user group; do for sandbox in "${sandboxes[@]}"; do
	way=sandbox_$sandbox
	case_begin "a user's own sandbox, by $sandbox: wait keeps it, close --force ends it, scope $scope"
	with wait $scope
	begin
	as_su alice "${!way}"
	leave one
	sleep 1
	expect_ok lives
	expect_ok is_kept
	slay $(main_pid)
	as_su bob true
	expect_ok is_kept
	expect_ok lives
	in_time nsisolate close --force "$held"
	wait_until 5 lives_no_more || fail "it lives on"
	wait_until 10 is_gone || fail "it stays: $(nsisolate list -n -o set,state)"
	expect_all_gone
	case_ok

	case_begin "the same by $sandbox, with kill, scope $scope"
	with kill $scope
	begin
	as_su alice "${!way}"
	leave one
	wait_until 10 lives_no_more || fail "it lives on"
	wait_until 10 is_gone || fail "it stays: $(nsisolate list -n -o set,state)"
	expect_all_gone
	case_ok
done; done

case_begin "what uses the directory by the host's own mounts, such as a backup, delays no end"
with wait user
begin
exec 7<"$(find $statedir -name mine -path '*deep*')"
leave one
wait_until 5 is_gone || fail "it is $(nsisolate list -n -o set,state)"
exec 7<&-
expect_all_gone
case_ok

case_begin "so does a process of the user's next set"
begin
first=$held
leave one
stay two su alice 'cd /var/tmp && echo x >/var/tmp/other'
wait_until 5 test ! -e "$rundir/sets/$first" || fail "it is $(nsisolate list -n -o set,state)"
leave two
expect_all_gone
case_ok

case_begin "max_held: a set whose directory is looked for is not held yet"
with wait user
sed -i 's/scope = "user";/& max_held = "1";/' /etc/security/nsisolate.conf
for i in $(seq 12); do
	as_su alice true || fail "login $i was refused: $(grep refused "$(rig_written_log)")"
done
expect_all_gone
case_ok
