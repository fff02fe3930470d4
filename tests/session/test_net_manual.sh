#!/bin/bash
# SPDX-License-Identifier: MIT
# The manual's example of each mode of a network gives what the manual says.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

isolate

# example MODE: the policy that nsisolate.conf(5) has below ".Ss MODE".
example() {
	awk -v mode="$1" '$1 == ".Sh" { in_net = $2 == "NETWORK" } in_net && $1 == ".Ss" { on = $2 == mode }
		on && /^\.Ed/ { exit } on && text { print } on && /^\.Bd/ { text = 1 }' /src/man/nsisolate.conf.5 | policy
	expect_ok grep -q '^# example' /etc/security/nsisolate.conf
}

case_begin "host"
example host
expect_eq "$(as_su alice 'readlink /proc/self/ns/net')" "$(readlink /proc/self/ns/net)" "network namespace"
expect_all_gone
case_ok

case_begin "none"
example none
expect_eq "$(as_su alice 'ls /sys/class/net')" lo "interfaces"
expect_all_gone
case_ok

case_begin "netns"
example netns
stay a ssh alice true
expect_eq "$(as_su bob 'readlink /proc/self/ns/net')" "$(ip netns exec class readlink /proc/self/ns/net)" "bob's network namespace"
leave a
expect_all_gone
rmdir /run/netns
case_ok

case_begin "bridge"
example bridge
stay a ssh alice true
expect_match "$(as_su bob 'getent hosts rig-alice')" 'fd77::7d3|10\.77\.7\.211' "a peer by name"
expect_match "$(as_su alice 'ip -o addr show dev eth0')" '10\.77\.7\.211/16' "address"
leave a
expect_all_gone
case_ok

case_begin "macvlan"
ip link add eth0 type veth peer name street
ip link set eth0 up && ip link set street up
example macvlan
expect_match "$(as_su alice 'ip -o addr show dev eth0; ip route')" '192\.0\.2\.7/24' "address"
expect_all_gone
ip link del eth0
case_ok

if [ -x /usr/bin/pasta ]; then
	case_begin "user"
	tun_for_all
	ip link add street type veth peer name house
	ip addr add 192.0.2.1/24 dev street
	ip link set street up && ip link set house up && ip route add default via 192.0.2.2
	example user
	expect_match "$(as_su alice 'ip -o addr show dev eth0; ip route')" '10\.0\.2\.15/24.*default via 10\.0\.2\.2' "address and route"
	expect_all_gone
	ip link del street
	tun_gone
	case_ok
fi

case_begin "what sshd forwards, it forwards from inside"
example none
serve a alice 8000
expect_match "$(in_time ssh "${ssh_options[@]}" -W 127.0.0.1:8000 alice@127.0.0.1 </dev/null)" 'alice sees 127.0.0.1' "-W to a server of the session"
expect_fails in_time ssh "${ssh_options[@]}" -W 127.0.0.1:22 alice@127.0.0.1 </dev/null 2>/dev/null
expect_match "$(as_ssh alice 'exec 3<>/dev/tcp/127.0.0.1/9000 && head -n 1 <&3' -R 127.0.0.1:9000:127.0.0.1:22)" 'SSH-2.0' "-R listens in the session"
expect_fails bash -c 'exec 3<>/dev/tcp/127.0.0.1/9000' 2>/dev/null
leave a
pkill -u alice -f serve
expect_all_gone
case_ok
