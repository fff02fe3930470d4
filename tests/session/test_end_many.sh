#!/bin/bash
# SPDX-License-Identifier: MIT
# Mount namespaces of a user, however many and however large, do not delay the end of another's set.
. "$(dirname "$0")/rig.sh"

isolate
stack rig "$rig_service"
install -m 755 "$rig_tools/many_mounts" /usr/local/bin/
with() { # ON-LAST-CLOSE RULES [SCOPE]
	policy <<-END
		version = 1;
		policies = { lab = { scope = "${3:-user}"; namespaces = [ "mount", "ipc", "uts" ];
		  on_last_close = "$1"; kill_grace = "0s";
		  directories = ( { path = "/tmp"; method = "disk"; retain = "session"; }, { path = "/var/tmp"; method = "tmpfs"; } ); }; };
		rules = ( { uid = "$2"; policy = "lab"; } );
	END
}
many=
many_begin() { # [CMD...]: carol's, 30 processes in the large one, 70 small ones
	"$@" many_mounts 70 12 30 >/run/rig/many &
	many=$!
	wait_until 60 grep -q -e ready -e cannot /run/rig/many
}
many_end() {
	pkill -KILL -u carol -x many_mounts
	wait $many 2>/dev/null
	wait_until 10 many_gone
}
many_gone() { ! pgrep -u carol -x many_mounts >/dev/null; }
left_of() { # USER: its sets
	nsisolate list -n -o user | tr -d ' ' | grep -x "$1"
}
has_none() { ! left_of "$1"; }
ends() { # what alice had is gone, soon
	wait_until 10 has_none alice || fail "alice's set is $(nsisolate list -n -o set,user,state | xargs)"
	wait_until 5 no_secret || fail "her directory stays on disk"
	! pgrep -u alice -x sleep >/dev/null || fail "her process lives on"
}
no_secret() { [ -z "$(find $statedir -path "$statedir/trash" -prune -o -name secret -print)" ]; }
sleeper="echo x >/tmp/secret; $lasting"

case_begin "a user of no set has many mounts"
many_begin setpriv --reuid carol --regid carol --clear-groups
if grep cannot /run/rig/many >&2; then
	case_skip "an ordinary user cannot make such mounts here: $(head -1 /run/rig/many)"
	many_end
	rig_end
fi
expect_eq "$(pgrep -u carol -x many_mounts -c)" 101 "processes of carol"
[ "$(for pid in $(pgrep -u carol -x many_mounts); do wc -l <"/proc/$pid/mountinfo"; done | sort -n | tail -1)" -gt 4096 ] ||
	fail "there are no more than 4,096 mounts"
case_ok

for killed in '' ', the helper killed in between'; do
	case_begin "kill: the set of another ends at once$killed"
	with kill 2001-2002
	as_su alice "$sleeper"
	[ -z "$killed" ] || { slay $(main_pid) && as_su bob true; }
	ends
	case_ok

	case_begin "wait: the set of another ends with its last process$killed"
	with wait 2001-2002
	as_su alice "$sleeper"
	expect_ok left_of alice
	[ -z "$killed" ] || { slay $(main_pid) && as_su bob true; }
	pkill -KILL -u alice -x sleep
	ends
	case_ok

	case_begin "close --force: the set of another ends$killed"
	with wait 2001-2002
	as_su alice "$sleeper"
	[ -z "$killed" ] || { slay $(main_pid) && as_su bob true; }
	expect_ok in_time nsisolate close alice --force
	ends
	case_ok
done

for close in kill wait force; do
	case_begin "scope group, $close: the set of another ends, the helper killed in between"
	with ${close/force/wait} 2001-2002 group
	as_su alice "$sleeper"
	set=$(nsisolate list -n -o set,user | awk '$2 == "alice" { print $1 }')
	slay $(main_pid) && as_su bob true
	case $close in
	wait) pkill -KILL -u alice -x sleep ;;
	force) in_time nsisolate close --force "$set" ;;
	esac
	ends
	case_ok
done
many_end

case_begin "kill: a set whose user has made them ends with them all, and that of another at once"
with kill 2001-2003
stay two su carol 'setsid many_mounts 70 12 30 >~/many 2>&1 </dev/null & until grep -q -e ready -e cannot ~/many; do sleep 0.1; done'
expect_ok grep -q ready /home/carol/many
as_su alice "$sleeper"
ends
leave two
wait_until 20 many_gone || fail "processes of carol live on: $(pgrep -u carol -x many_mounts -c)"
expect_all_gone
case_ok
