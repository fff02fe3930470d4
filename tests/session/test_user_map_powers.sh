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
expect_match "$(grep 'not isolated user=root' "$rig_log")" 'nobody can leave' "log"
expect_all_gone
case_ok

case_begin "but from inside nobody logs in as somebody else, and no set is ended"
: >"$rig_log"
map_policy 'uid_map = [ "0:0:10000" ]; gid_map = [ "0:0:10000" ];'
stay one ssh alice true
expect_fails as_ssh alice 'sudo -n -u bob true 2>/dev/null'
expect_match "$(grep sudo "$rig_log" | grep 'refused user=bob')" 'comes from within set [0-9]+, which has a user namespace .*log in from outside' "log"
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

# --- what it takes away, and what it leaves ---
case_begin "the table of docs/user-map.md is what is found"
mknod /dev/loop-control c 10 237 && for i in {0..15}; do mknod -m 600 "/dev/loop$i" b 7 "$i"; done
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
rm -f /etc/rig-secret /srv/theirs /run/rig/disk /dev/loop*
expect_all_gone
expect_host_untouched
case_ok
