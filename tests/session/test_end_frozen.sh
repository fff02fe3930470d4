#!/bin/bash
# SPDX-License-Identifier: MIT
# Control groups that are frozen to end a set have processes of others, too: those stand still for
# a small part of the time, and none for ever.
. "$(dirname "$0")/rig.sh"

isolate
stack rig "$rig_service"
killing_policy
# A session of alice in the group: a process that has to be killed, and a file that something outside has open.
holds() { # NAME
	into "$group"
	stay "$1" su alice '(trap "" TERM; setsid sleep 1000 >/dev/null 2>&1 </dev/null &); echo kept >/tmp/mine; echo $$'
	into "$cgroup"
	exec {fd}<"/proc/$(cat "/run/rig/stay.$1")/root/tmp/mine"
	held+=("$fd")
}
let_go() {
	for fd in "${held[@]}"; do exec {fd}<&-; done
	held=()
}
held=()

if ! own_group; then
	case_begin "control groups"
	case_skip "there is no cgroup2 that can be written"
	exit
fi

case_begin "a user who makes a group slow to freeze, and has held sets, hardly stops others in it"
mknod -m 666 /run/rig/fuse c 10 229
cat >/usr/local/bin/hang <<-'END'
	#!/bin/bash
	# Waits for a FUSE file system that nobody serves: not to be frozen meanwhile.
	exec 3<>/run/rig/fuse
	mount -i -t fuse -o fd=3,rootmode=40000,user_id=0,group_id=0 none /mnt && exec stat /mnt/x
END
chmod 755 /usr/local/bin/hang
into "$group"
setpriv --reuid alice --clear-groups unshare -Urm hang 2>/dev/null &
hangs=$!
into "$cgroup"
is_hanging() { [[ $(ps -o args= -p $hangs) == 'stat /mnt/x' ]]; }
if ! wait_until 10 is_hanging; then
	rm /run/rig/fuse
	case_skip "users cannot mount FUSE file systems"
else
	for i in 1 2 3 4; do holds s$i; done
	for i in 1 2 3 4; do leave s$i; done
	for i in $(seq 600); do
		cat "$group/cgroup.freeze"
		sleep 0.01
	done >/run/rig/samples
	frozen=$(grep -c 1 /run/rig/samples)
	[ "$frozen" -lt 200 ] || fail "frozen in $frozen of 600 samples"
	kill -KILL $hangs && wait $hangs 2>/dev/null
	rm /run/rig/fuse
	let_go
	expect_all_gone
	expect_eq "$(cat "$group/cgroup.freeze")" 0 "frozen"
	case_ok
fi

wait_until 5 rmdir "$group"
