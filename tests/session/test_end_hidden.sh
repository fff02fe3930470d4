#!/bin/bash
# SPDX-License-Identifier: MIT
# Processes that a look at /proc misses: they are ended by "kill" and "close --force", and with
# "wait" their set and its directories are there for as long as they are.
# slow: 38 cases, each with 0.7 seconds in which a hidden process shows that it lives, or does not
. "$(dirname "$0")/rig.sh"

isolate
stack rig "$rig_service"
install -m 755 "$rig_tools/hide" /usr/local/bin/
with() { # ON-LAST-CLOSE SCOPE [NAMESPACES]
	local all='"mount", "ipc", "uts"'
	policy <<-END
		version = 1;
		policies = { lab = { scope = "$2"; namespaces = [ ${3:-$all} ];
		  on_last_close = "$1"; kill_grace = "1s";
		  directories = ( { path = "/tmp"; method = "tmpfs"; }, { path = "/var/tmp"; method = "disk"; retain = "session"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}
sign=/home/alice/sign
# A session has a control group of its own on a real machine, and the rig's processes are in the root
# group, which is never frozen: what outruns each look is caught there alone.
own_group || cgroup=
has_group() { [ -n "$cgroup" ]; }
hides_in_group() { # CMD
	if has_group; then
		(into "$group" && hides "$1")
	else
		hides "$1"
	fi
}
hides() { # CMD, which is given FILE: left behind by alice in a session that has ended, or with "stay" in one that goes on
	rm -f $sign $sign.end
	as_su alice "mkdir -p /var/tmp/kept; setsid $1 $sign >/dev/null 2>&1 </dev/null & until test -s $sign; do sleep 0.05; done"
	expect_ok test -s $sign
}
shows_life() { [ "$(stat -c %s $sign)" != "$before" ]; }
lives() {
	local before
	before=$(stat -c %s $sign)
	wait_until 5 shows_life
}
lives_no_more() {
	local before
	before=$(stat -c %s $sign)
	sleep 0.7
	! shows_life
}
has_state() { # STATE...: of alice's one set
	[[ " $* " == *" $(nsisolate list -n -o state | tr -d ' ') "* ]]
}
kill_helper_if() { [ -z "$1" ] || { slay $(main_pid) && as_su bob true; }; }

ways=('hide main')
if has_group; then
	ways+=('hide hop')
else
	case_begin "hide hop"
	case_skip "there is no cgroup2 that can be written"
fi
for way in "${ways[@]}"; do
	for scope in user group; do
		for killed in '' ', the helper killed in between'; do
			case_begin "$way, scope $scope, kill$killed"
			with kill $scope
			hides_in_group "$way"
			kill_helper_if "$killed"
			wait_until 20 lives_no_more || fail "it lives on"
			expect_all_gone
			case_ok

			case_begin "$way, scope $scope, wait$killed: the set is there as long as it is"
			with wait $scope
			hides_in_group "$way"
			kill_helper_if "$killed"
			for i in 1 2 3; do
				expect_ok lives
				expect_ok has_state draining leaving held
				expect_ok test -n "$(find $statedir -name kept)"
			done
			touch $sign.end
			wait_until 5 lives_no_more
			expect_all_gone
			case_ok
		done
		for killed in '' ', the helper killed in between'; do
			case_begin "$way, scope $scope, close --force$killed"
			with wait $scope
			hides_in_group "$way"
			set=$(nsisolate list -n -o set | tr -d ' ')
			kill_helper_if "$killed"
			in_time nsisolate close --force "$set"
			wait_until 5 lives_no_more || fail "it lives on"
			expect_all_gone
			case_ok
		done
	done
done

mkdir -p /srv/jail && for dir in bin usr lib lib64 home; do
	[ ! -e /$dir ] || { mkdir -p /srv/jail/$dir && mount --rbind /$dir /srv/jail/$dir; }
done
jailed="unshare -Urm chroot /srv/jail /usr/local/bin/hide main"
scopes=(user group)
if [ "$(printf '6.11\n%s\n' "$(uname -r)" | sort -V | head -n 1)" != 6.11 ]; then
	case_begin "who leaves all namespaces but a copy of the mounts, and changes root"
	case_skip "such mounts are read since Linux 6.11; before, they hold the set"
	scopes=()
fi
for scope in "${scopes[@]}"; do
	for killed in '' ', the helper killed in between'; do
		case_begin "who leaves all namespaces but a copy of the mounts, and changes root, is ended: scope $scope, kill$killed"
		with kill $scope '"mount"'
		hides "$jailed"
		kill_helper_if "$killed"
		wait_until 20 lives_no_more || fail "it lives on"
		expect_all_gone
		case_ok

		case_begin "and by close --force: scope $scope$killed"
		with wait $scope '"mount"'
		hides "$jailed"
		set=$(nsisolate list -n -o set | tr -d ' ')
		kill_helper_if "$killed"
		in_time nsisolate close --force "$set"
		wait_until 5 lives_no_more || fail "it lives on"
		expect_all_gone
		case_ok

		case_begin "and holds its set with wait: scope $scope$killed"
		with wait $scope '"mount"'
		hides "$jailed"
		kill_helper_if "$killed"
		expect_ok lives
		expect_ok has_state draining leaving held
		touch $sign.end
		wait_until 5 lives_no_more
		expect_all_gone
		case_ok
	done
done
umount -R /srv/jail/* 2>/dev/null

case_begin "what forks all the time is caught by freezing the control group of its session"
if ! has_group; then
	case_skip "there is no cgroup2 that can be written"
else
	with kill user
	for i in 1 2 3 4; do
		(
			into "$group"
			hides "hide hop"
		)
		wait_until 10 lives_no_more || fail "round $i: it lives on"
		expect_all_gone
		expect_eq "$(cat "$group/cgroup.freeze")" 0 "frozen"
	done
	wait_until 5 rmdir "$group" 2>/dev/null ||
		fail "left in the group: $(for pid in $(cat "$group/cgroup.procs"); do tr '\\0' ' ' <"/proc/$pid/cmdline"; done)"
	case_ok
fi
