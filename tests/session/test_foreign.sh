#!/bin/bash
# SPDX-License-Identifier: MIT
# A login in a mount namespace of its own, as of a service with PrivateTmp= or behind pam_namespace:
# a helper that it starts must not take that for the host.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

# A private /srv before the login begins.  What is printed is the login's.
private_su() { # USER CMD
	in_time unshare -m --propagation slave sh -c 'mount -t tmpfs srv /srv && touch /srv/private && exec su "$1" -c "$2"' sh "$@" </dev/null
}
touch /srv/of-the-host

case_begin "without a helper she is refused, with the sentence that says so"
: >"$rig_log"
expect_eq "$(private_su alice 'echo ran')" "" "her program"
expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -1)" "not the host's mount namespace.*start nsisolate-helper on the host" "log"
wait_until 5 helpers_gone || fail "a helper is left"
expect_eq "$(sets_left)" "" "sets"
case_ok

case_begin "so is nsisolate run; root is not"
out=$(in_time unshare -m nsisolate run alice -- echo ran 2>&1)
expect_eq $? 1 "status"
expect_match "$out" "not the host's mount namespace" "what it says"
expect_eq "$(private_su root 'ls /srv')" private "what root sees"
case_ok

case_begin "a later login from the host starts one, whose sets are made of the host"
seen=$(as_ssh bob "$look; echo srv \$(ls /srv)")
expect_isolated bob
expect_eq "$(seen_of srv)" of-the-host "/srv"
expect_all_gone
case_ok

case_begin "with that helper she gets her set, which is made of the host, and goes back to where she was"
out=$(private_su alice 'ls /srv; hostname' | xargs)
expect_eq "$out" "of-the-host rig-alice" "what she sees"
out=$(unshare -m --propagation slave sh -c 'mount -t tmpfs srv /srv && touch /srv/private && su alice -c true && ls /srv')
expect_eq "$out" private "what there is after the close"
expect_all_gone
case_ok

case_begin "the helper that is started after that one, too"
rig_stop_helper
expect_eq "$(private_su alice 'echo ran')" "" "her program"
expect_eq "$(as_su bob 'ls /srv')" of-the-host "/srv"
expect_all_gone
case_ok

# As in a container that has the host's PIDs: PID 1 is in another mount namespace than its logins.
case_begin "a PID 1 that cannot be looked at, or is elsewhere: the namespace that is recorded for this boot is the host"
rig_stop_helper
out=$(in_time unshare -m --propagation slave sh -c 'mount -t tmpfs none /proc/1 && su alice -c "echo ran"' </dev/null)
expect_eq "$out" "" "without a record, and nothing in /proc/1"
expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -1)" 'cannot tell whether this is the host' "log"
record='s/ mnt=[0-9]* /\ mnt=$(stat -Lc %i /proc/self/ns/mnt) /'
out=$(in_time unshare -m --propagation slave sh -c "sed -i \"$record\" $rundir/host && su alice -c hostname" </dev/null)
expect_eq "$out" rig-alice "with a record"
no_sets() { [ -z "$(sets_left)" ]; }
wait_until 10 no_sets || fail "a set is left"
rig_stop_helper
rm -f $rundir/host
case_ok

# As "podman run --pid=host": root of a user namespace, whose PID 1 is the host's and may not be looked at.
in_pidless_container() { # CMD
	nsenter -t $container -U -m -i -u -- sh -c "$1" </dev/null
}
stack rig "$rig_service"
case_begin "a container of a user that shares the host's PIDs: alice is refused by a sentence with the reason, root gets in"
unshare -U -m -i -u --propagation private sleep infinity &
container=$!
is_apart() { [ "$(readlink /proc/$container/ns/mnt)" != "$(readlink /proc/self/ns/mnt)" ] && grep -q '^sleep' /proc/$container/comm; }
wait_until 5 is_apart
echo '0 0 65536' >/proc/$container/uid_map && echo '0 0 65536' >/proc/$container/gid_map || fail "no container"
in_pidless_container "mkdir -p $rundir $statedir; mount -t tmpfs -o mode=700 run $rundir && mount -t tmpfs -o mode=700 lib $statedir"
: >"$rig_log"
seen=$(in_pidless_container "$rig_tools/pamhost -s rig -u alice open close")
expect_match "$seen" 'open PAM_SYSTEM_ERR' "alice"
expect_match "$(grep 'refused user=alice' "$(rig_settled_log)")" 'cannot tell whether this is the host.s mount namespace.*\(a container needs a PID namespace of its own\)' "the log"
expect_match "$(in_pidless_container "$rig_tools/pamhost -s rig -u root open close")" 'open PAM_SUCCESS' "root"
kill -KILL $container && wait $container 2>/dev/null
wait_until 5 helpers_gone || fail "a helper is left"
case_ok
rm -f /srv/of-the-host
