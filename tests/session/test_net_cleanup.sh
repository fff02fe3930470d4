#!/bin/bash
# SPDX-License-Identifier: MIT
# Whatever goes wrong with a network, nothing of it stays on the host.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

isolate
mkdir -p /run/netns
net_begin
lab() { # MORE KEYS OF THE NETWORK
	net_policy "mode = \"bridge\"; bridge = \"nsi0\"; create = true; publish = true;
		pool = [ \"10.77.0.0/16\", \"fd77::/64\" ]; nat = true; hosts = \"peers\"; $1"
}
net_is_without() { # nft: all but its rules is as before
	! ip link show nsi0 && [ -z "$(ls /run/netns)$(ls "$rundir/net" | grep -vx leases)" ]
} &>/dev/null
the_helper() {
	pgrep -x -f '.*nsisolate-helper --config.*' | head -n 1
}
the_anchor() {
	pgrep -f '^nsisolate: set ' | head -n 1
}

nft_library=$(ldconfig -p | awk '/libnftables\.so\.1 / { print $NF; exit }')
replace_nft() { # MODE, until restore_nft: nftables as preload_nft.c has it
	[ -e "$nft_library.away" ] || mv "$nft_library" "$nft_library.away"
	cp -L "$nft_library.away" /run/rig/nft.real
	cp "$rig_tools/preload_nft.so" "$nft_library"
	echo "$1" >/run/rig/nft.mode
}
restore_nft() {
	mv "$nft_library.away" "$nft_library"
}

case_begin "a rule that cannot be loaded: the login is refused, and all is as before"
lab ''
replace_nft fail
: >"$rig_log"
expect_fails as_su alice true 2>/dev/null
expect_match "$(logged refused)" 'cannot load the rules of the bridge: nftables: no such thing today' "what the log says"
wait_until 10 net_is_without nft || fail "something is left while nft does not work"
rm "$nft_library"
: >"$rig_log"
expect_fails as_su alice true 2>/dev/null
expect_match "$(logged refused)" 'libnftables.so.1 cannot be used; is it installed' "what the log says without the library"
restore_nft
expect_ok as_su alice true
expect_net_gone
case_ok

case_begin "a session side that cannot be set up takes the host's side along"
echo 'table inet broken { chain' >/etc/broken.nft
for keys in 'sysctl = [ "net.ipv4.no_such_thing=1" ];' 'firewall = "/etc/broken.nft";' \
	'routes = [ "192.0.2.0/24 via 198.51.100.1" ];' 'interfaces = [ "nope0" ];'; do
	lab "$keys"
	expect_fails as_su alice true 2>/dev/null
	expect_net_gone
done
case_ok

case_begin "the anchor killed: the session keeps its network, and the end takes it"
lab ''
stay a ssh alice 'true'
kill -KILL "$(the_anchor)"
wait_until 10 the_anchor >/dev/null
expect_match "$(as_su alice 'ip -o addr show dev eth0')" 10.77.7.211 "the same address by another login"
leave a
expect_net_gone
case_ok

case_begin "the anchor killed with nobody in the set"
sed -i 's/on_last_close = "kill"/linger = "1h"/' /etc/security/nsisolate.conf
expect_ok as_su alice true
kill -KILL "$(the_anchor)"
expect_net_gone
case_ok

case_begin "the helper killed: addresses stay, do not collide, and the next helper clears up"
lab ''
stay a ssh alice 'true'
kill -KILL "$(the_helper)"
expect_match "$(as_su bob 'ip -o addr show dev eth0')" 10.77.7.212 "bob, by the next helper"
expect_match "$(as_su alice 'ip -o addr show dev eth0')" 10.77.7.211 "alice's session"
leave a
expect_net_gone
case_ok

case_begin "helper and session killed together: what is left is found by the next helper"
lab 'forward = [ "8080:80" ];'
stay a ssh alice 'true'
kill -KILL "$(the_helper)" "$(the_anchor)"
pkill -KILL -u alice
wait "${stayers[a]% *}" 2>/dev/null
expect_ok ip link show nsi0 >/dev/null
lab ''
as_su root true # no login of a set: the helper is started by the next
expect_ok as_su carol true
expect_net_gone
case_ok

case_begin "the helper killed in the middle of taking away: the next one goes on, and nobody enters what is left"
lab ''
stay a ssh alice 'true'
replace_nft slow
leave a
wait_until 10 pgrep -x nsi-nft >/dev/null || fail "no rules are being loaded"
for process in "$(the_helper)" "$(pgrep -x nsi-nft)"; do
	expect_eq "$(awk '/^Cap(Inh|Bnd|Amb)/ { print $2 }' "/proc/$process/status" | sort -u)" 0000000000000000 "what an executed program could have"
done
expect_eq "$(awk '/^Cap(Prm|Eff)/ { print $2 }' "/proc/$(pgrep -x nsi-nft)/status" | sort -u)" 0000000000001000 "CAP_NET_ADMIN alone, where rules are loaded"
expect_match "$(ls "$rundir/net")" 'undo' "the network is on its way out"
kill_helper # and with it the child that takes away
pkill -KILL -x nsi-nft
restore_nft
expect_match "$(as_su alice 'ip -o addr show dev eth0')" 10.77.7.211 "alice's next login"
expect_net_gone
case_ok

case_begin "the helper killed in the middle of a set-up"
lab ''
replace_nft slow
as_su alice true 2>/dev/null &
login=$!
wait_until 10 pgrep -x nsi-nft >/dev/null || fail "no rules are being loaded"
kill -KILL "$(the_helper)"
wait $login # refused, or let in by the next helper: either will do
restore_nft
expect_ok as_su bob true
expect_net_gone
case_ok

sets=40
[ -z "${LONG:-}" ] || sets=200
case_begin "$sets sets at once have $sets addresses, by two helpers, and nothing stays"
lab 'isolate_peers = true;'
sed -i 's/namespaces =/scope = "session"; namespaces =/; s/kill_grace = "1s"/max_sessions = "300"/' /etc/security/nsisolate.conf
rm -rf /run/rig/many && install -d -m 777 /run/rig/many
exec 9>/run/rig/many.lock && flock 9 # they stay until it is let go
have() { # COUNT: sets with an address
	[ "$(cat /run/rig/many/* 2>/dev/null | wc -l)" = "$1" ]
}
rig_seconds=900 # the first are to stay until the last have come
begin_sets() { # FIRST LAST
	for i in $(seq "$1" "$2"); do
		as_su alice "ip -o -4 addr show dev eth0 | awk '{ print \$4 }' >/run/rig/many/$i; flock -s /run/rig/many.lock true" 9>&- &
		many[i]=$!
		[ $((i % 20)) != 0 ] || wait_until 60 have "$i" # that many at once; they all stay
	done
}
begin_sets 1 $((sets / 2))
wait_until 60 have $((sets / 2))
ip -o link show type veth | awk -F '[ @:]+' '{ print $2 }' | sort >/run/rig/veths
kill -KILL "$(the_helper)"
begin_sets $((sets / 2 + 1)) $sets
wait_until 60 have $sets || fail "$(cat /run/rig/many/* | wc -l) sets have come up"
expect_eq "$(cat /run/rig/many/* | sort -u | wc -l)" $sets "different addresses"
expect_eq "$(ip -o link show type veth | awk -F '[ @:]+' '{ print $2 }' | sort | comm -23 /run/rig/veths -)" "" "interfaces that the restart took"
exec 9>&-
wait "${many[@]}"
wait_until 60 net_is_as_before
expect_net_gone
case_ok

rmdir /run/netns
