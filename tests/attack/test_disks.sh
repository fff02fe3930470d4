#!/bin/bash
# SPDX-License-Identifier: MIT
# The file system of private directories: of kinds that are not this machine's, and after a power cut at any moment.
. "$(dirname "$0")/../session/rig.sh"

policy <<'POLICY'
version = 1;
policies = { lab = { namespaces = [ "mount", "ipc", "uts" ]; hostname = "lab-%{user}";
  directories = ( { path = "/tmp"; method = "disk"; retain = "session"; }, { path = "/var/tmp"; method = "disk"; retain = "forever"; } ); }; };
rules = ( { uid = "2000-2999"; policy = "lab"; } );
POLICY
isolate
stack rig "$rig_service"
seed=${DISKS_SEED:-$RANDOM} cuts=${DISKS_CUTS:-8}
[ -z "${LONG:-}" ] || cuts=200
mkdir -m 700 -p $statedir

# The rig has a /dev of its own: nodes of the machine's loop devices, for mount(8) to find a free one.
loop_nodes() {
	[ -e /dev/loop-control ] && return
	mknod -m 600 /dev/loop-control c 10 237 || return
	for i in $(seq 0 63); do [ -e /dev/loop$i ] || mknod -m 600 /dev/loop$i b 7 "$i"; done
}

# disk KIND FILE SIZE: mounted as the state directory; fails where this machine cannot.
disk() {
	truncate -s "$3" "$2" && mkfs -t "$1" -q "$2" >&2 && disk_mount "$2"
}
disk_mount() { # FILE
	mount -o loop "$1" $statedir && chmod 700 $statedir
}

uses_the_disk() {
	stay one ssh alice "echo mine >/tmp/mine; echo kept >/var/tmp/kept; $ns_cmd"
	expect_other_ns "$(cat /run/rig/stay.one)" "alice's"
	expect_eq "$(as_su alice "cat /tmp/mine; $ns_cmd" | xargs)" "mine $(cat /run/rig/stay.one | xargs)" "the next login"
	expect_eq "$(as_ssh bob 'ls -A /tmp /var/tmp | xargs')" "/tmp: /var/tmp:" "bob's"
	leave one
	wait_until 20 nobody_isolated || fail "it does not end"
	expect_eq "$(as_ssh alice 'ls -A /tmp; cat /var/tmp/kept')" kept "alice's, later"
	wait_until 20 nobody_isolated || fail "it does not end"
	wait_until 20 trash_is_empty || fail "the trash is not emptied"
}
trash_is_empty() {
	[ -z "$(ls -A $statedir/trash 2>/dev/null)" ]
}
disk_end() {
	rig_stop_helper
	umount $statedir
}

loop_nodes
for kind in ext4 btrfs xfs; do
	case_begin "private directories on $kind"
	if ! command -v mkfs.$kind >/dev/null; then
		case_skip "there is no mkfs.$kind"
	elif ! grep -qw $kind /proc/filesystems; then
		case_skip "this kernel has no $kind"
	elif ! disk $kind /run/rig/disk 400M; then
		case_skip "this machine cannot mount an image of $kind"
	else
		uses_the_disk
		disk_end
		case_ok
	fi
	rm -f /run/rig/disk
done

# People come, write, and go, until the marker is there.
busy() {
	local user n=0
	while [ ! -e /run/rig/enough ]; do
		for user in alice bob carol; do
			n=$((n + 1))
			as_pamhost $user open run "echo $n >/tmp/mine; echo $n >>/var/tmp/log; mkdir -p /var/tmp/d/$((n % 7)) && mv /var/tmp/d/$((n % 7)) /var/tmp/e.$n" close end
		done
	done
}

# cut_image FILE: the image at one moment: a copy during which nothing was written.
cut_image() {
	local tries=50
	while [ $((tries--)) -gt 0 ]; do
		cp --sparse=always /run/rig/disk "$1"
		cmp -s /run/rig/disk "$1" && return
	done
	return 1
}

# The image as it is at one moment is what a power cut leaves of a disk that obeys its barriers: the
# journal is replayed, the run directory and whatever ran is gone.
power_cut() { # FILE
	umount $statedir
	rm -rf ${rundir:?}/*
	cat /proc/sys/kernel/random/uuid >/run/rig/boot_id
	mount --bind /run/rig/boot_id /proc/sys/kernel/random/boot_id
	disk_mount "$1"
}

case_begin "a power cut at each of $cuts random moments: the next boot lets everybody in, isolated (DISKS_SEED=$seed)"
if disk ext4 /run/rig/disk 64M; then
	busy >/run/rig/busy 2>&1 &
	busy=$!
	RANDOM=$seed
	for i in $(seq "$cuts"); do
		sleep "0.$(printf '%03d' $((RANDOM % 1000)))"
		sync -f $statedir & # the state directory alone
		syncs=$!
		cut_image "/run/rig/cut.$i" || fail "cut $i: it is written to all the time"
		wait $syncs
	done
	touch /run/rig/enough
	wait $busy
	expect_ok grep -q 'open PAM_SUCCESS' /run/rig/busy
	expect_fails grep -q 'open PAM_[^S]' /run/rig/busy
	wait_until 20 nobody_isolated
	rig_stop_helper
	for i in $(seq "$cuts"); do
		power_cut "/run/rig/cut.$i"
		for user in alice bob carol; do
			expect_match "$(as_pamhost $user open run "$ns_cmd; echo files \$(ls -A /tmp | wc -l)" close end 2>&1 | xargs)" "open PAM_SUCCESS .*mnt.* files 0 .*close PAM_SUCCESS" "$user after cut $i"
			expect_ok as_pamhost $user open run 'echo again >>/var/tmp/log' close end
		done
		run_ctl gc
		expect_eq "$status" 0 "gc after cut $i"
		wait_until 20 nobody_isolated || fail "it does not end after cut $i"
		wait_until 20 trash_is_empty || fail "the trash after cut $i: $(ls $statedir/trash)"
		rig_stop_helper
		umount /proc/sys/kernel/random/boot_id
		rm "/run/rig/cut.$i"
	done
	umount $statedir
	case_ok
else
	case_skip "this machine cannot mount an image of ext4"
fi
