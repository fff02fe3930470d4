#!/bin/bash
# SPDX-License-Identifier: MIT
# user = "map": what root inside can do, and what not.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/usermap.sh"

map_begin

case_begin "setuid programs work: sudo and su lead to root of the user namespace, who stays in it"
map_policy
: >"$rig_log"
seen=$(as_ssh alice "sudo -n sh -c 'id -u; $userns_cmd; sed -n s/^CapEff:.//p /proc/self/status'; $userns_cmd")
expect_eq "$(sed -n 1p <<<"$seen")" 0 "uid"
expect_eq "$(sed -n 2p <<<"$seen")" "$(sed -n 4p <<<"$seen")" "user namespace"
expect_ne "$(sed -n 3p <<<"$seen")" 0000000000000000 "capabilities, of that user namespace"
expect_match "$(grep 'not moved user=root' "$(rig_settled_log)")" 'nobody can leave' "log"
expect_all_gone
case_ok

case_begin "she herself may log in from inside, and stays where she is"
: >"$rig_log"
for way in 'sudo -n -u alice sh -c' 'sudo -n su alice -c' 'sudo -n -i -u alice sh -c' 'sudo -n runuser -u alice -- sh -c'; do
	seen=$(as_ssh alice "$way 'id -un; $userns_cmd; readlink /proc/self/ns/mnt'; $userns_cmd; readlink /proc/self/ns/mnt" | xargs)
	expect_match "$seen" '^alice (user:[^ ]+ mnt:[^ ]+) ([^ ]+ [^ ]+)$' "by $way"
	expect_eq "${BASH_REMATCH[1]:-none}" "${BASH_REMATCH[2]:-nothing}" "namespaces by $way"
done
expect_match "$(grep 'not moved user=alice' "$(rig_settled_log)" | head -n 1)" 'stays in set [0-9]+, which has a user namespace' "log"
expect_all_gone
case_ok

case_begin "programs that become nobody: sudo, install, setpriv, and apt's way to fetch"
seen=$(as_ssh alice 'sudo -n -u nobody id -un; sudo -n install -o nobody -g nogroup -m 600 /dev/null /tmp/nobodys; stat -c %U:%G /tmp/nobodys
	sudo -n setpriv --reuid nobody --regid nogroup --clear-groups id -u' 2>&1 | xargs)
expect_eq "$seen" "nobody nobody:nogroup 65534" "what they say"
# apt fetches as _apt, whose group is nogroup.
mkdir -p /srv/archive && (cd /srv/archive && echo content >file)
seen=$(as_ssh alice 'cd /tmp && sudo -n /usr/lib/apt/apt-helper download-file file:///srv/archive/file /tmp/fetched 2>&1; cat /tmp/fetched')
expect_eq "$(tail -n 1 <<<"$seen")" content "apt-helper says: $seen"
expect_no_match "$seen" 'setgroups|seteuid|Operation not permitted' "apt-helper"
rm -r /srv/archive
expect_all_gone
case_ok

case_begin "but from inside nobody logs in as somebody else, and no set is ended"
: >"$rig_log"
map_policy 'uid_map = [ "0:0:10000" ]; gid_map = [ "0:0:10000" ];'
stay one ssh alice true
expect_fails as_ssh alice 'sudo -n -u bob true 2>/dev/null'
expect_match "$(grep sudo "$(rig_settled_log)" | grep 'refused user=bob')" 'comes from within set [0-9]+, which has a user namespace .*log in from outside' "log"
expect_fails as_ssh alice 'sudo -n su bob -c true 2>/dev/null'
expect_match "$(last_refusal)" 'refused user=bob .*comes from within set' "log"
stay two ssh bob true
expect_fails as_ssh alice 'sudo -n nsisolate close bob --force >/dev/null 2>&1'
expect_ok as_ssh alice true
leave one
leave two
expect_all_gone
map_policy
case_ok

case_begin "sshfs: mounts in a session without a user namespace, not in one with, and in a further one again"
mknod -m 666 /dev/fuse c 10 229
if command -v sshfs >/dev/null && : 2>/dev/null </dev/fuse; then
	install -m 600 -o alice -g alice /run/rig/key /home/alice/.ssh/id
	install -d -o alice -g alice /home/alice/far /home/alice/near && touch /home/alice/far/file
	mount="sshfs -F /dev/null -o IdentityFile=/home/alice/.ssh/id,StrictHostKeyChecking=no,UserKnownHostsFile=/dev/null alice@127.0.0.1:/home/alice/far near"
	default_policy
	seen=$(as_ssh alice "$mount; ls near; fusermount3 -u near" 2>&1)
	expect_eq "$(tail -n 1 <<<"$seen")" file "without: $seen"
	expect_all_gone
	map_policy
	seen=$(as_ssh alice "$mount; ls near" 2>&1)
	expect_match "$seen" 'fusermount3: mount failed: Operation not permitted' "with one"
	seen=$(as_ssh alice "unshare -Urm sh -c '$mount; ls near'" 2>&1)
	expect_eq "$(tail -n 1 <<<"$seen")" file "in a further one: $seen"
	rm -rf /home/alice/.ssh/id /home/alice/far /home/alice/near /dev/fuse
	expect_all_gone
	case_ok
else
	rm -f /dev/fuse
	case_skip "needs sshfs and FUSE in the kernel"
fi

# --- what it takes away, and what it leaves ---
case_begin "the table of docs/user-map.md is what is found"
mknod /dev/loop-control c 10 237 && mknod -m 666 /dev/fuse c 10 229
for i in {0..15}; do mknod -m 600 "/dev/loop$i" b 7 "$i"; done
truncate -s 1M /run/rig/disk && mke2fs -q -F /run/rig/disk && device=$(losetup -f --show /run/rig/disk)
sleep 1000 &
victim=$!
setpriv --reuid 2002 --regid 2002 --clear-groups sleep 1000 &
neighbour=$!
install -m 600 /dev/null /etc/rig-secret
install -m 600 -o bob -g bob /dev/null /srv/theirs
tries=("$rig_tools/powers" ${device:+device=$device} victim=$victim neighbour=$neighbour secret=/etc/rig-secret
	theirs=/srv/theirs other=2002 records=$rundir/sets)
default_policy
stay one ssh alice true
run_ctl enter alice --root -- "${tries[@]}" helper="$(pgrep -of "$helper_path")" careful=1
plain=$out
leave one
expect_all_gone
map_policy
stay one ssh alice true
run_ctl enter alice --root -- "${tries[@]}" helper="$(pgrep -of "$helper_path")"
inside=$out
user=$(as_ssh alice "${tries[*]} helper=$(pgrep -of "$helper_path")")
leave one
paste -d'\t' <(cut -f1,2 <<<"$plain") <(cut -f2 <<<"$inside") <(cut -f2 <<<"$user") >/run/rig/powers
awk -F'\t' '{ printf "| %s | %s | %s | %s |\n", $1, $2, $3, $4 }' /run/rig/powers | tee /run/rig/table >&2
# What this kernel has not says nothing; but root without a user namespace must be able to do all the rest.
expect_eq "$(awk -F'\t' '$2 == "no"' /run/rig/powers)" "" "what root cannot do without a user namespace either"
grep '^| [a-z].* | yes |' /src/docs/user-map.md >/run/rig/documented
while IFS=$'\t' read -r what can _; do
	[ "$can" != - ] || { echo "not to be had here: $what" >&2; sed -i "\\,^| $what |,d" /run/rig/table /run/rig/documented; }
done </run/rig/powers
[ "$(wc -l </run/rig/table)" -ge 30 ] || fail "hardly anything could be tried"
diff /run/rig/documented /run/rig/table >&2 || fail "docs/user-map.md says something else"
kill $victim $neighbour
[ -z "$device" ] || losetup -d "$device"
rm -f /etc/rig-secret /srv/theirs /run/rig/disk /dev/loop* /dev/fuse
expect_all_gone
expect_host_untouched
case_ok
