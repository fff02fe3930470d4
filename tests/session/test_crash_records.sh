#!/bin/bash
# SPDX-License-Identifier: MIT
# Records that are not what they were, or that another put there.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

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
	expect_match "$(tail -n 30 "$(rig_written_log)")" "cannot be used" "log"
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
printf '\377' | dd of="$(sets_left)" bs=1 seek=$((11776 + 40)) conv=notrunc status=none
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

case_begin "with the rundir lost, no set gets what another of this boot has left on disk"
rig_stop_helper
rm -rf "${rundir:?}"
boot=$(head -c 8 /proc/sys/kernel/random/boot_id)
for id in {1..40}; do
	install -d -m 700 $statedir/s$boot-$id
	install -d -m 1777 $statedir/s$boot-$id/var-tmp
	echo secret >$statedir/s$boot-$id/var-tmp/bobs
done
expect_eq "$(as_ssh alice 'ls -A /var/tmp')" "" "alice's /var/tmp"
expect_all_gone # the directories, too
case_ok
