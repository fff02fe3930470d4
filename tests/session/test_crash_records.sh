#!/bin/bash
# SPDX-License-Identifier: MIT
# The helper and the anchor killed, together and at bad moments, and records that are not what they were.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

main_pid() { # the helper itself, of all that run its file
	local pid
	for pid in $(helper_pids); do
		[ "$(readlink "/proc/$pid/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ] || echo "$pid"
	done
}

anchor_pids() {
	local pid
	for pid in $(helper_pids); do
		[ "$(readlink "/proc/$pid/ns/mnt")" = "$(readlink /proc/self/ns/mnt)" ] || echo "$pid"
	done
}

has_anchor() {
	[ -n "$(anchor_pids)" ]
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

slay() { # PID...: with nothing to say about it
	local pid
	for pid; do
		kill -KILL "$pid"
		wait_until 5 gone "$pid"
	done
}

session_of() { # NAME: what the staying session sees now, by a file of its own
	stay "$1" ssh alice "$look"
	seen_by "$1"
	first=$(seen_of ns)
}

still_there() { # the session's files and the set
	expect_eq "$(as_ssh alice "test -e /tmp/mine && test -e /var/tmp/mine && $ns_cmd")" "$first" "$1"
}

case_begin "helper and anchor both killed: the next login joins the live session"
session_of one
slay $(main_pid) $(anchor_pids)
still_there "namespaces"
wait_until 5 has_anchor || fail "no new anchor"
still_there "namespaces, once more"
leave one
expect_all_gone
case_ok

case_begin "the new anchor killed too, and the helper after it"
session_of one
slay $(anchor_pids)
still_there "first"
slay $(anchor_pids) $(main_pid)
still_there "second"
slay $(main_pid)
still_there "third"
leave one
expect_all_gone
case_ok

case_begin "helper killed, then the session ends, then the anchor is killed: nothing stays"
session_of one
slay $(main_pid)
leave one
slay $(anchor_pids)
expect_ok as_ssh bob true
expect_all_gone
case_ok

case_begin "helper stopped with SIGTERM and started by the next login: an upgrade"
session_of one
kill -TERM "$(main_pid)"
wait_until 5 test ! -S $rundir/helper.sock
cp $helper_path $helper_path.new && mv $helper_path.new $helper_path
still_there "namespaces"
leave one
expect_all_gone
case_ok

case_begin "helper killed while the set lingers: who comes back in time joins, and the linger ends"
sed -i 's/scope = "user";/& linger = "3s";/' /etc/security/nsisolate.conf
first=$(as_ssh alice "touch /tmp/mine /var/tmp/mine; $ns_cmd")
slay $(main_pid)
still_there "namespaces"
expect_all_gone
default_policy
case_ok

case_begin "helper killed while it waits for a process that stayed behind"
as_ssh alice "touch /tmp/mine /var/tmp/mine; $ns_cmd >/home/alice/ns; setsid sh -c 'touch /home/alice/daemon; while test -e /home/alice/daemon; do sleep 0.1; done' >/dev/null 2>&1 </dev/null & sleep 0.5"
first=$(cat /home/alice/ns)
sleep 0.5
slay $(main_pid)
still_there "namespaces"
slay $(main_pid)
rm /home/alice/daemon
expect_ok as_ssh bob true
expect_all_gone
case_ok

case_begin "anchor killed while the helper waits for a process that stayed behind"
as_ssh alice "touch /tmp/mine /var/tmp/mine; $ns_cmd >/home/alice/ns; setsid sh -c 'touch /home/alice/daemon; while test -e /home/alice/daemon; do sleep 0.1; done' >/dev/null 2>&1 </dev/null & sleep 0.5"
first=$(cat /home/alice/ns)
sleep 0.5
slay $(anchor_pids)
sleep 1
still_there "namespaces"
slay $(anchor_pids)
rm /home/alice/daemon
expect_all_gone
case_ok

case_begin "helper killed, and the anchor too, while leftovers are being ended: the next one goes on"
sed -i 's/scope = "user";/& on_last_close = "kill"; kill_grace = "2s";/' /etc/security/nsisolate.conf
for victim in main_pid anchor_pids; do
	as_ssh alice 'setsid sh -c "trap \"\" TERM; while :; do sleep 1; done" >/dev/null 2>&1 </dev/null & sleep 0.3'
	sleep 0.7
	slay $($victim)
	expect_ok as_ssh bob true
	expect_all_gone
	expect_fails pgrep -u alice
done
default_policy
case_ok

case_begin "a lost record is taken from its anchor"
session_of one
slay $(main_pid)
rm $rundir/sets/*
still_there "namespaces"
expect_match "$(cat $rig_log)" "record of set [0-9]+ was lost" "log"
leave one
expect_all_gone
case_ok

# Whatever stands where a record stood: it is set aside, the set is had back, and all goes in the end.
spoil() { # WHAT CMD...: CMD is given the record's path
	local what=$1 record bad
	shift
	case_begin "a record that is $what is set aside, and its set had back"
	session_of one
	slay $(main_pid)
	record=$(sets_left)
	expect_ok "$@" "$record"
	still_there "namespaces"
	bad=$rundir/sets/.bad-$(basename "$record")
	[ -e "$bad" ] || [ -L "$bad" ] || fail "it is not set aside"
	rm -rf "$bad"
	expect_match "$(tail -n 30 $rig_log)" "cannot be used" "log"
	leave one
	expect_all_gone
	case_ok
}

as_directory() { rm "$1" && mkdir "$1"; }
as_fifo() { rm "$1" && mkfifo "$1"; }
as_link() { mv "$1" /run/rig/elsewhere && ln -s /run/rig/elsewhere "$1"; }
as_text() { echo "id = 7" >"$1"; }
as_socket() { rm "$1" && python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$1"; }
flip() { printf '\377' | dd of="$1" bs=1 seek=300 conv=notrunc status=none; }
other_version() { printf '\11' | dd of="$1" bs=1 seek=8 conv=notrunc status=none; }
owned_by_bob() { chown bob "$1"; }
other_id() { cp "$1" /run/rig/copy && rm "$1" && cp /run/rig/copy "$1" && printf '\11' | dd of="$1" bs=1 seek=72 conv=notrunc status=none; }

spoil "damaged" flip
spoil "cut short" truncate -s 100
spoil "empty" truncate -s 0
spoil "far too large" truncate -s 1T
spoil "of another version" other_version
spoil "text" as_text
spoil "a directory" as_directory
spoil "a FIFO" as_fifo
spoil "a socket" as_socket
spoil "a symbolic link" as_link
spoil "bob's" owned_by_bob
spoil "of another set" other_id

case_begin "files that are no records of ours are set aside and change nothing"
session_of one
slay $(main_pid)
echo hello >$rundir/sets/hello
mkdir $rundir/sets/99
dd if=/dev/urandom of=$rundir/sets/4711 bs=20000 count=1 status=none
echo half >$rundir/sets/.4712.new
mkdir -p $rundir/etc/4713 && echo stray >$rundir/etc/4713/hostname
still_there "namespaces"
for name in hello 99 4711; do
	expect_ok test -e $rundir/sets/.bad-$name
	rm -r $rundir/sets/.bad-$name
done
expect_fails test -e $rundir/sets/.4712.new
expect_fails test -e $rundir/etc/4713
leave one
expect_all_gone
case_ok

case_begin "a damaged slot of a session never gets that session killed"
sed -i 's/scope = "user";/& on_last_close = "kill"; kill_grace = "0s";/' /etc/security/nsisolate.conf
session_of one
slay $(main_pid)
printf '\377' | dd of="$(sets_left)" bs=1 seek=$((10752 + 40)) conv=notrunc status=none
still_there "namespaces"
sleep 1
still_there "namespaces, later"
leave one
expect_all_gone
default_policy
case_ok

case_begin "a rundir that says it is of another boot is used anew"
session_of one
leave one
expect_all_gone
as_ssh alice true
wait_until 5 nobody_isolated
slay $(main_pid)
sed -i 's/boot=.*/boot=00000000-0000-0000-0000-000000000000/' $rundir/host
expect_ok as_ssh alice true
expect_all_gone
case_ok
