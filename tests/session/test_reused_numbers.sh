#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: after helper and anchors were killed, sets are known by numbers, which other systems on this kernel take
# The kernel gives the numbers of namespaces that have ended to the next ones at once.  A set whose
# anchor and helper were killed must not be found again in the world of whoever has its numbers now.
. "$(dirname "$0")/rig.sh"

isolate
policy <<-'END'
	version = 1;
	policies = {
	  lab = {
	    namespaces = [ "mount", "ipc", "uts" ];
	    directories = ( { path = "/tmp"; method = "tmpfs"; } );
	    hostname = "%{user}";
	    linger = "1h";
	  };
	};
	rules = ( { uid = "2000-2999"; policy = "lab"; } );
END
kill_all() { # of ours, at once
	pkill -KILL -f "^$helper_path|^nsisolate: "
	wait_until 5 helper_is_down
}
rounds=$([ -n "${LONG:-}" ] && echo 100 || echo 20)
whole_world='hostname; touch /tmp/of-$USER; ls /tmp'

case_begin "a login never finds itself in the world of somebody who was there first"
for ((i = 0; i < 400; i++)); do # so that looking at all processes takes its time
	sleep 1000 &
	crowd+=($!)
done
for ((round = 0; round < rounds; round++)); do
	expect_ok as_su alice true
	kill_all
	stay b su bob "touch /tmp/of-bob"
	expect_eq "$(as_su alice "$whole_world" | xargs)" "alice of-alice" "round $round: where alice is"
	leave b
	kill_all
	rm -f "${rundir:?}"/sets/*
done
kill "${crowd[@]}"
wait "${crowd[@]}" 2>/dev/null
case_ok

case_begin "nor is anybody's login ended with a set whose numbers it was given"
sed -i 's/linger = "1h"/on_last_close = "kill"; kill_grace = "1s"/' /etc/security/nsisolate.conf
for ((i = 0; i < 400; i++)); do
	sleep 1000 &
	crowd[i]=$!
done
for ((round = 0; round < rounds; round++)); do
	stay a su alice true
	kill_all
	pkill -KILL -u alice
	wait "${stayers[a]% *}" 2>/dev/null
	expect_eq "$(as_su bob hostname)" bob "round $round: bob's login"
done
kill "${crowd[@]}"
wait "${crowd[@]}" 2>/dev/null
case_ok
