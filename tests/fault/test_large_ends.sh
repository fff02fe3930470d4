#!/bin/bash
# SPDX-License-Identifier: MIT
# The end of large, deep and stubborn directories: logout returns at once, deletion runs behind it.
. "$(dirname "$0")/../session/rig.sh"

default_policy
isolate
rig_seconds=300 # what a busy machine needs for that many files
files=${LONG:+1000000}
files=${files:-20000}

depth=30000
mkdir -p $statedir && chmod 700 $statedir
mount -t tmpfs -o mode=700 state $statedir # a file system that knows immutable files

sweeper_pids() {
	local pid
	for pid in $(pgrep -f "^$helper_path"); do
		[ "$(awk '/^CapPrm:/ { print $2 }' "/proc/$pid/status" 2>/dev/null)" != 000000000000000a ] || echo "$pid"
	done
}

case_begin "$files files: logout returns at once, the next login is not held up, few descriptors are used"
as_ssh alice "cd /var/tmp && mkdir a b && python3 -c '
import os
for i in range($files):
    os.close(os.open((\"a/\", \"b/\")[i % 2] + str(i), os.O_CREAT | os.O_WRONLY))'"
begun=$(date +%s%N)
expect_ok as_su alice true
behind=$(date +%s%N)
expect_ok as_su bob true # what one takes on this machine, now
usual=$((($(date +%s%N) - behind) / 1000000)) took=$(((behind - begun) / 1000000))
[ $took -lt $((2500 + 4 * usual)) ] || fail "a login and logout behind it took $took ms, another user's $usual"
most=0
while [ -n "$(instances_left)$(ls -A $statedir/trash 2>/dev/null)" ] && [ $SECONDS -lt 800 ]; do
	for pid in $(sweeper_pids); do
		now=$(ls "/proc/$pid/fd" 2>/dev/null | wc -l)
		[ "$now" -le $most ] || most=$now
	done
done
expect_eq "$(ls -A $statedir/trash)" "" "the trash"
[ $most -le 12 ] || fail "the sweeper had $most descriptors"
expect_all_gone
case_ok

case_begin "$depth directories deep, with names of 200 characters"
as_ssh alice "python3 -c '
import os
os.chdir(\"/var/tmp\")
for i in range($depth):
    os.mkdir(\"d\" * 200)
    os.chdir(\"d\" * 200)
open(\"bottom\", \"w\").close()'"
trash_empty() { [ -z "$(ls -A $statedir/trash 2>/dev/null)" ] && [ -z "$(instances_left)" ]; }
wait_until 120 trash_empty || fail "left: $(find $statedir/trash -maxdepth 1 | head -n 3)"
expect_all_gone
case_ok

case_begin "root's files go with the rest, immutable ones and mounts are left, told of, and gone when they may"
mkdir -p /opt/mounted && echo safe >/opt/mounted/file
as_ssh alice 'mkdir -p /var/tmp/dir/sub /var/tmp/mnt && echo hers >/var/tmp/dir/sub/file && sudo touch /var/tmp/root-file && sudo mkdir -m 700 /var/tmp/root-dir && sudo touch /var/tmp/root-dir/file'
as_ssh alice 'mkdir /var/tmp/hard && touch /var/tmp/hard/file /var/tmp/hard/free && sudo chattr +i /var/tmp/hard/file' || immutable=no
stuck=$(find $statedir -name hard 2>/dev/null)
wait_until 10 nobody_isolated
if [ "${immutable:-yes}" = yes ]; then
	one_is_left() { [ "$(find $statedir/trash -type f ! -name '.*' | wc -l)" = 1 ] && grep -q 'cannot be removed' "$(rig_written_log)"; }
	wait_until 10 one_is_left || fail "files left: $(find $statedir/trash -type f ! -name '.*')"
	expect_match "$(grep 'cannot be removed' "$(rig_written_log)" | tail -n 1)" 'file' "log"
	find $statedir -type f -exec chattr -i {} +
	expect_ok as_su bob true
fi
wait_until 15 trash_empty || fail "left: $(find $statedir | head)"
expect_all_gone
case_ok

case_begin "a mount left inside an ended instance is not crossed"
stay one ssh alice true
where=$(find $statedir -maxdepth 2 -name 'var-tmp')
mkdir "$where/mnt" && mount --bind /opt/mounted "$where/mnt"
leave one
wait_until 10 nobody_isolated
sleep 1
expect_eq "$(cat /opt/mounted/file)" safe "the file behind the mount"
umount "$(awk '$5 ~ /\/mnt$/ { print $5 }' /proc/self/mountinfo | head -n 1)"
expect_ok as_su bob true
wait_until 15 trash_empty || fail "left: $(find $statedir | head)"
expect_all_gone
case_ok

case_begin "a sweep that is killed is taken up again"
as_ssh alice "cd /var/tmp && python3 -c '
import os
for i in range(20000):
    os.close(os.open(str(i), os.O_CREAT | os.O_WRONLY))'"
pkill -KILL -f "^$helper_path"
expect_ok as_su bob true
wait_until 60 trash_empty || fail "left: $(find $statedir | wc -l)"
expect_all_gone
case_ok

rig_stop_helper
umount $statedir
