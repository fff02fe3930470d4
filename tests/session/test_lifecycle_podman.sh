#!/bin/bash
# SPDX-License-Identifier: MIT
# A real container of alice's, by podman without privileges: it keeps her set, and ends with it.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/container.sh"

if ! command -v podman >/dev/null; then
	case_begin "podman"
	case_skip "podman is not installed"
	exit 0
fi

make_rootfs /home/alice/rootfs
cat >/usr/local/bin/box <<'END'
#!/bin/sh
# A container in the background, with her home and her private /tmp; it stays while ~/daemon does.
export XDG_RUNTIME_DIR=/home/alice/run
mkdir -p -m 700 $XDG_RUNTIME_DIR
exec podman --cgroup-manager cgroupfs --events-backend file run -d --rm --network none --cgroups disabled \
	--ulimit host -v /home/alice:/home/alice -v /tmp:/tmp --rootfs /home/alice/rootfs \
	/bin/sh -c 'echo here >/home/alice/daemon; echo box >/tmp/by-box; while test -e /home/alice/daemon; do sleep 0.2; done'
END
chmod 755 /usr/local/bin/box

nobody_of_alice() {
	! pgrep -u alice >/dev/null
}

box_is_up() {
	[ -s /home/alice/daemon ]
}

# crun does not work where both versions of cgroups are mounted; what it needs here is less.
mount -t cgroup2 cgroup2 /sys/fs/cgroup
trap 'umount /sys/fs/cgroup; rig_end' EXIT

if ! said=$(su - alice -c box 2>&1) || ! wait_until 10 box_is_up; then
	case_begin "podman"
	case_skip "podman does not run a container on this machine: $(tail -n 1 <<<"$said")"
	pkill -KILL -u alice
	exit 0
fi
rm /home/alice/daemon
wait_until 10 pgrep -u alice -x conmon && sleep 1
pkill -KILL -u alice
wait_until 10 nobody_of_alice
rm -f /tmp/by-box /dev/shm/libpod*
rm -rf /home/alice/run

# What podman says of the mounts of the session, if anything.
warnings() {
	as_ssh alice 'XDG_RUNTIME_DIR=/home/alice/run podman --cgroup-manager cgroupfs info 2>&1 >/dev/null' | grep -i "not a shared mount"
}

leave_box() {
	as_ssh alice "touch /tmp/mine; $ns_cmd >/home/alice/ns; box" >&2 || fail "no session, or no container"
	wait_until 10 box_is_up || fail "the container does not run"
}

default_policy
isolate
rig_seconds=120 # what a busy machine needs for a container

case_begin "podman does not complain of the mounts of a session"
expect_eq "$(warnings)" "" "by default"
pkill -KILL -u alice
expect_all_gone
sed -i 's/scope = "user";/& propagation = "slave";/' /etc/security/nsisolate.conf
expect_match "$(warnings)" 'not a shared mount' 'with propagation = "slave"'
sed -i 's/ propagation = "slave";//' /etc/security/nsisolate.conf
pkill -KILL -u alice
expect_all_gone
rm -rf /home/alice/run
case_ok

case_begin "a container of rootless podman keeps the set, and who comes back joins it"
leave_box
sleep 1.5
expect_eq "$(as_ssh alice "cat /tmp/by-box; test -e /tmp/mine && $ns_cmd")" "box
$(cat /home/alice/ns)" "the next login"
kill_helper
sleep 1
expect_eq "$(as_ssh alice "test -e /tmp/mine && $ns_cmd")" "$(cat /home/alice/ns)" "a login by another helper"
rm /home/alice/daemon
wait_until 10 test ! -e /proc/"$(pgrep -u alice -x conmon)" || fail "the container does not end"
sleep 1
# podman leaves a process that holds its user namespace: until that ends too, she has her files.
expect_eq "$(as_ssh alice "test -e /tmp/mine && $ns_cmd")" "$(cat /home/alice/ns)" "with what podman itself leaves"
pkill -KILL -u alice
expect_all_gone
case_ok

case_begin "kill ends a container, conmon, and what podman left"
sed -i 's/scope = "user";/& on_last_close = "kill"; kill_grace = "1s";/' /etc/security/nsisolate.conf
rm -rf /home/alice/run
leave_box
wait_until 40 nothing_left # conmon starts a podman to tidy up, which is ended as well
expect_all_gone
wait_until 5 nobody_of_alice || fail "left: $(pgrep -u alice -a)"
expect_ok test -e /home/alice/daemon
case_ok
