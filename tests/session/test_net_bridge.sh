#!/bin/bash
# SPDX-License-Identifier: MIT
# Sets on a bridge: each its own address and ports, what they reach, and what is left of it.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

isolate
net_begin

lab() { # MORE KEYS OF THE NETWORK
	net_policy "mode = \"bridge\"; bridge = \"nsi0\"; create = true;
		pool = [ \"10.77.0.0/16\", \"fd77::/64\" ]; $1"
}
alice4=10.77.7.211 bob4=10.77.7.212 alice6=fd77::7d3
addresses='ip -o addr show dev eth0 scope global | awk "{ print \$4 }" | xargs'

case_begin "a session has an address from the pool, by its uid, of both families"
lab ''
seen=$(as_ssh alice "$addresses; ip route; ip -6 route" | tail -n +1)
expect_match "$seen" "$alice4/16 $alice6/64" "addresses of uid 2001"
expect_match "$seen" 'default via 10\.77\.0\.1 dev eth0' "IPv4 route"
expect_match "$seen" 'default via fd77::1 dev eth0' "IPv6 route"
expect_match "$(as_ssh alice "$addresses")" "$alice4/16 $alice6/64" "addresses of the next login"
expect_match "$(as_su bob "$addresses")" "$bob4/16" "address of uid 2002"
expect_net_gone
case_ok

case_begin "two users have a server on one port, and reach each other and the host"
lab 'sysctl = [ "net.ipv4.ip_unprivileged_port_start=0" ];'
serve a alice 80
serve b bob 80
expect_match "$(as_su alice "$(ask_cmd $bob4 80)")" "bob sees $alice4" "alice to bob"
expect_match "$(as_su bob "$(ask_cmd $alice4 80)")" "alice sees $bob4" "bob to alice"
expect_match "$(as_su bob "$(ask_cmd $alice6 80)")" "alice sees fd77::7d4" "bob to alice by IPv6"
expect_match "$(as_su bob "$(ask_cmd 127.0.0.1 80)")" "bob sees 127.0.0.1" "bob to himself"
expect_match "$(ask $alice4 80)" "alice sees 10.77.0.1" "the host to alice"
expect_eq "$(ip -o link show type veth | awk '{ print $2 }' | cut -d@ -f1 | sort | xargs)" "$(for s in /run/nsisolate/net/[0-9]*; do echo "nsi${s##*/}"; done | sort | xargs)" "names of interfaces"
leave a
leave b
expect_net_gone
case_ok

case_begin "peers that are isolated reach the host, and not each other by any way"
lab 'isolate_peers = true; nat = true;'
serve a alice 8000
serve b bob 8000
expect_eq "$(as_su alice "$(ask_cmd $bob4 8000)")" "" "alice to bob"
expect_eq "$(as_su bob "$(ask_cmd $alice6 8000)")" "" "bob to alice by IPv6"
expect_match "$(ask $alice4 8000)" "alice sees 10.77.0.1" "the host to alice"
root_in="nsenter -n -t $(pgrep -u alice -f serve | head -1)"
$root_in ip route add $bob4/32 via 10.77.0.1
expect_eq "$($root_in bash -c "$(ask_cmd $bob4 8000)")" "" "alice's root to bob by the host"
leave a
leave b
expect_net_gone
case_ok

case_begin "a bridge, a pool or a name that is occupied is a refusal that says so, and leaves nothing"
expect_refused() { # REGEX
	: >"$rig_log"
	expect_fails as_su alice true 2>/dev/null
	expect_match "$(logged refused)" "$1" "what the log says"
	expect_all_gone
}
lab ''
ip link add nsi0 type bridge
expect_refused 'there is a bridge nsi0 already, and it is not ours'
ip link del nsi0
ip link add nsi0 type veth peer name other
expect_refused 'the interface nsi0 is there and is no bridge'
ip link del nsi0
ip link add other type bridge
ip addr add 10.77.200.1/24 dev other
expect_refused 'the pool 10.77.0.0/16 is occupied: the host has 10.77.200.1/24 on another interface'
ip link del other
net_policy 'mode = "bridge"; bridge = "nsi0"; pool = "10.77.0.0/16";'
expect_refused 'there is no bridge nsi0: make it, or say create = true'
net_policy 'mode = "bridge"; bridge = "nsi0"; create = true; pool = "10.77.0.0/30";'
stay a su alice true
expect_match "$(as_su alice "$addresses")" "10.77.0.2/30" "the one address"
: >"$rig_log"
expect_fails as_su bob true 2>/dev/null
expect_match "$(logged refused)" 'the pool 10.77.0.0/30 is used up' "what the log says"
leave a
expect_net_gone
case_ok

case_begin "an administrator's bridge is used as it is, and stays"
ip link add br7 type bridge
ip addr add 10.88.0.254/24 dev br7
ip link set br7 up
ip -o addr show dev br7 | grep -v fe80 >/run/rig/br7
net_policy 'mode = "bridge"; bridge = "br7"; pool = "10.88.0.0/24"; nat = true;'
seen=$(as_su alice "$addresses; ip route")
expect_match "$seen" '10\.88\.0\.[0-9]+/24' "address"
expect_match "$seen" 'default via 10\.88\.0\.254' "route"
expect_all_gone
ip -o addr show dev br7 | grep -v fe80 | diff /run/rig/br7 - >&2 || fail "the bridge is not as it was"
ip link del br7
expect_net_gone
case_ok
