#!/bin/bash
# SPDX-License-Identifier: MIT
# Whatever the propagation of / and /tmp is, the host's mounts stay as they are.
RIG_VARIANTS='shared private slave shared-tmp'
. "$(dirname "$0")/rig.sh"

default_policy
isolate

case_begin "while a session lives, the host's mount table and /tmp are untouched"
stay one ssh alice "$look"
seen_by one
expect_isolated alice
rig_master_mounts | diff /run/rig/master.before - >&2 || fail "the table it comes from has changed"
case_ok

case_begin "what root mounts in the session is not seen on the host"
as_ssh alice 'sudo mount -t tmpfs inner /opt && sudo touch /opt/inner'
expect_fails test -e /opt/inner
expect_host_untouched
case_ok

case_begin "what the host mounts later is seen in the session where / propagates"
mkdir -p /opt/media
mount -t tmpfs later /srv && touch /srv/later
case $RIG_VARIANT in
shared) expect_ok as_ssh alice 'test -e /srv/later' ;;
*) expect_fails as_ssh alice 'test -e /srv/later' ;;
esac
umount /srv
case_ok

case_begin "the user cannot take the private directories away"
stay two ssh alice 'umount /tmp; umount -l /tmp; unshare -Urm sh -c "umount /tmp; umount -l /tmp; umount -R /tmp; ls -A /tmp"'
expect_no_match "$(cat /run/rig/stay.two)" host-mark "what is below /tmp"
leave two
leave one
expect_all_gone
case_ok

case_begin "the private directories are mounted nosuid and nodev"
as_ssh alice 'cat /proc/self/mountinfo' >/run/rig/out
for dir in /tmp /dev/shm /var/tmp; do
	expect_match "$(awk -v d=$dir '$5 == d { o = $6 } END { print o }' /run/rig/out)" 'nosuid.*nodev|nodev.*nosuid' "$dir"
done
expect_all_gone
case_ok
