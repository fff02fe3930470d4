#!/bin/bash
# SPDX-License-Identifier: MIT
# A set whose anchor was there before the login is what it would be if it had not been.
RIG_VARIANTS='shared private'
. "$(dirname "$0")/rig.sh"

default_policy
stack rig "$rig_service"

logs_in() { # COMMAND: in a new set of alice's, which is over when this returns
	as_pamhost alice open run "$1" close
	wait_until 15 nobody_isolated || fail "the set does not end: $(isolated_pids | xargs)"
}

# One that ends and the next one may be there together for a moment.
has_another() {
	[ "$(spare_pids | wc -w)" = 1 ] && [ "$(spare_pids)" != "$spare" ]
}

is_dropped() {
	! spare_pids | grep -qx "$spare"
}

has_one_spare() {
	[ "$(spare_pids | wc -w)" = 1 ]
}

# A spare that nothing has happened to since; one that a mount has cost may come a little later.
await_spare() {
	wait_until 10 has_one_spare || fail "spare anchors: $(spare_pids | xargs)"
	spare=$(spare_pids)
}

case_begin "an anchor waits for the next set, in namespaces of its own and without a privilege in effect"
logs_in true >&2
await_spare
for kind in mnt ipc uts; do
	expect_ne "$(readlink /proc/$spare/ns/$kind)" "$(readlink /proc/self/ns/$kind)" "its $kind"
done
expect_eq "$(awk '/^CapEff/ { print $2 }' /proc/$spare/status)" 0000000000000000 "effective capabilities"
held() { # what its descriptors lead to, those of mounts that are nowhere yet as "/"
	readlink /proc/$spare/fd/* | sed -E 's/socket:.*/socket/' | sort | uniq -c | awk '{ print $2, $1 }' | xargs
}
expect_eq "$(held)" "/ 4 /dev/null 3 $rundir/etc 1 ${helper_path%helper}anchor 1 anon_inode:[pidfd] 1 socket 1" "descriptors"
case_ok

case_begin "the next set is its own, and another waits behind that"
await_spare
touch /run/rig/hold
as_pamhost alice open here 'while test -e /run/rig/hold; do sleep 0.1; done' close >/run/rig/out &
login=$!
wait_until 5 has_another || fail "no other spare"
expect_match "$(tr '\0' ' ' </proc/$spare/cmdline)" 'nsisolate: set [0-9]+ of uid' "what the first one is now"
expect_eq "$(awk '/^CapPrm/ { print $2 }' /proc/$spare/status)" 0000000000000000 "its capabilities"
rm /run/rig/hold
wait $login
expect_match "$(cat /run/rig/out)" 'open PAM_SUCCESS' "the login"
expect_all_gone
case_ok

case_begin "what is mounted on the host meanwhile is seen in the next set"
await_spare
mkdir -p /mnt/late && mount -t tmpfs late /mnt/late && touch /mnt/late/here
expect_match "$(logs_in 'echo saw $(ls /mnt/late)')" 'saw here' "the mount"
case_ok

case_begin "what is made read-only on the host meanwhile is read-only in the next set"
await_spare
mount -o remount,bind,ro /mnt/late
expect_match "$(logs_in 'echo saw $(grep -o " /mnt/late tmpfs r[ow]" /proc/mounts)')" 'saw /mnt/late tmpfs ro' "the mount"
umount /mnt/late
expect_match "$(logs_in 'echo saw $(ls /mnt/late) no more')" 'saw no more' "the place"
case_ok

case_begin "a new name of the host is in the next set's"
await_spare
was=$(hostname)
hostname other
expect_match "$(logs_in 'echo is $(hostname)')" 'is other-alice' "its name"
hostname "$was"
case_ok

case_begin "a new policy is the next set's"
await_spare
sed -i 's/"%{host}-%{user}"/"after-%{user}"/' /etc/security/nsisolate.conf
expect_match "$(logs_in 'echo is $(hostname)')" 'is after-alice' "its name"
default_policy
case_ok

case_begin "after many mounts one behind the other, the first behind a calm second does not delay the next spare"
logs_in true >&2 # reads the policy
await_spare
logs_in true >&2 # takes the spare: the delays begin anew
for ((i = 0; i < 8; i++)); do # each is twice the one before
	await_spare
	mount -t tmpfs late /mnt/late && umount /mnt/late
	wait_until 5 is_dropped || fail "the spare is kept"
done
await_spare
sleep 1.2
mount -t tmpfs late /mnt/late && umount /mnt/late
wait_until 2 has_another || fail "no other spare yet: it would have been delayed by 2.5 s"
case_ok

case_begin "killed, it is missed by nobody"
logs_in true >&2
await_spare
kill -KILL "$spare"
expect_match "$(logs_in 'echo at $(readlink /proc/self/ns/mnt)')" 'at mnt' "the next login"
wait_until 10 has_another || fail "no other spare"
case_ok

case_begin "it ends with a helper that is killed, and with one that is told to go"
await_spare
pkill -KILL -of "^$helper_path"
gone() { [ ! -e "/proc/$spare" ]; }
wait_until 5 gone || fail "the spare lives on"
logs_in true >&2
await_spare
rig_stop_helper || fail "the helper does not end"
wait_until 5 gone || fail "the spare lives on"
case_ok
