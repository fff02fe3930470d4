#!/bin/bash
# SPDX-License-Identifier: MIT
# Clocks that jump while people are logged in: set back, set forward, and a machine that slept.
. "$(dirname "$0")/../session/rig.sh"

policy <<'POLICY'
version = 1;
policies = { lab = { namespaces = [ "mount", "ipc", "uts" ]; hostname = "lab-%{user}"; linger = "2s";
  directories = ( { path = "/tmp"; method = "tmpfs"; }, { path = "/var/tmp"; method = "disk"; retain = "2d"; } ); }; };
rules = ( { uid = "2000-2999"; policy = "lab"; } );
POLICY
isolate
stack rig "$rig_service"

# jump WALL BOOT: seconds from now on; a process has them at once.
jump() {
	perl -e 'print pack("qq", @ARGV)' -- "$1" "$2" | dd of=/run/rig/clock conv=notrunc status=none
}
year=31557600
jump 0 0
chmod 644 /run/rig/clock
rig_stop_helper
echo "$rig_tools/preload_clock.so" >/etc/ld.so.preload

# A session is there, the clocks jump, and everything goes on: before and after a restart of the helper.
survives() { # WHAT WALL BOOT
	case_begin "$1: the set lives, is joined, and ends as ever"
	jump 0 0
	stay one ssh alice "touch /tmp/mine; echo mine >/var/tmp/mine; $ns_cmd"
	first=$(cat /run/rig/stay.one)
	expect_other_ns "$first" "alice's"
	before=$(date +%s)
	jump "$2" "$3"
	jumped=$(($(date +%s) - before - $2)) # and the time that goes by meanwhile
	[ $jumped -ge 0 ] && [ $jumped -lt 1000 ] || fail "the clock of a program has jumped by $((jumped + $2)) s and not by $2"
	expect_eq "$(as_ssh alice "cat /var/tmp/mine; test -e /tmp/mine && $ns_cmd" | xargs)" "mine $(xargs <<<"$first")" "the next login"
	expect_ok as_su bob 'test ! -e /tmp/mine'
	slay $(main_pid)
	expect_eq "$(as_su alice "test -e /tmp/mine && $ns_cmd")" "$first" "a login by the next helper"
	echo '# touched' >>/etc/security/nsisolate.conf
	expect_eq "$(as_su alice "test -e /tmp/mine && $ns_cmd")" "$first" "a login after an edit of the policy"
	run_ctl gc
	expect_eq "$(as_su alice 'cat /var/tmp/mine')" mine "after gc, with the session"
	leave one
	wait_until 20 nobody_isolated || fail "it does not end: $(nsisolate list -n -o set,state)"
	jump 0 0
	rm -rf $statedir/u[0-9]*
	expect_all_gone
	case_ok
}

survives "the clock goes back by ten years" $((-10 * year)) 0
survives "the clock goes forward by ten years" $((10 * year)) 0
survives "the machine slept for a week" $((7 * 86400)) $((7 * 86400))
survives "only the clock that counts from the boot goes on" 0 86400

case_begin "a directory that is kept for two days: a clock that goes back does not end it, one that goes on by a week does"
jump 0 0
expect_ok as_ssh alice 'echo mine >/var/tmp/mine'
wait_until 20 nobody_isolated || fail "it does not end"
jump $((-10 * year)) 0
run_ctl gc
expect_eq "$(as_ssh alice 'cat /var/tmp/mine')" mine "ten years before"
wait_until 20 nobody_isolated || fail "it does not end"
jump $((7 * 86400)) 0
run_ctl gc
expect_fails as_ssh alice 'test -e /var/tmp/mine'
wait_until 20 nobody_isolated || fail "it does not end"
rm -rf $statedir/u[0-9]*
expect_all_gone
case_ok
rm /etc/ld.so.preload
