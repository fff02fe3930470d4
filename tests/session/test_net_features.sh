#!/bin/bash
# SPDX-License-Identifier: MIT
# Addresses that collide, datagrams that are forwarded, an MTU, DHCP.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

isolate
mkdir -p /run/netns
useradd -m -u 2006 -s /bin/bash -p '*' dave
machine world 192.0.2.1/24 192.0.2.2/24
net_begin
addresses='ip -o addr show dev eth0 scope global | awk "{ print \$4 }" | xargs'
lab() { # MORE KEYS OF THE NETWORK
	net_policy "mode = \"bridge\"; bridge = \"nsi0\"; create = true; $1"
}

case_begin "two users who want one address: the second gets the next, of both families, and keeps it"
lab 'pool = [ "10.77.0.0/29", "fd77::/64" ];' # five addresses: uid 2001 and uid 2006 want the second
stay a ssh alice true
expect_eq "$(as_su alice "$addresses")" "10.77.0.3/29 fd77::3/64" "alice, who came first"
expect_eq "$(as_su dave "$addresses")" "10.77.0.4/29 fd77::4/64" "dave, who finds it taken"
leave a
expect_sets_gone
expect_eq "$(as_su dave "$addresses")" "10.77.0.4/29 fd77::4/64" "dave, with alice away"
kill_helper
stay b su bob true # whose uid leads to dave's
expect_eq "$(as_su dave "$addresses")" "10.77.0.4/29 fd77::4/64" "dave, by the next helper"
expect_eq "$(as_su alice "$addresses")" "10.77.0.3/29 fd77::3/64" "alice, by the next helper"
expect_match "$(as_su bob "$addresses")" '^10\.77\.0\.(2|5|6)/29 fd77::(2|5|6)/64$' "bob, who found his taken"
leave b
expect_net_gone
case_ok

case_begin "a forwarded port of datagrams, and an MTU"
lab 'pool = "10.77.0.0/16"; mtu = "1400"; nat = true; forward = [ "5353:5300/udp" ];'
cat >/run/rig/echo <<'PY'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("0.0.0.0", 5300))
while True:
    q, peer = s.recvfrom(2000)
    s.sendto(q + b" from " + peer[0].encode(), peer)
PY
stay a ssh alice 'python3 /run/rig/echo >/dev/null 2>&1 & until ss -Hlun | grep -q :5300; do sleep 0.1; done'
say='import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(5); s.sendto(b"word", ("192.0.2.1", 5353)); print(s.recv(99).decode())'
expect_eq "$(ip netns exec world python3 -c "$say")" "word from 192.0.2.2" "the world"
expect_match "$(as_su alice 'ip -o link show dev eth0')" 'mtu 1400' "the session's end"
expect_match "$(ip -o link show type veth | grep 'nsi[0-9]')" 'mtu 1400' "the host's end"
leave a
expect_net_gone
case_ok

case_begin "macvlan: a DHCP client of the session's root gets an address of the network"
if command -v busybox >/dev/null && busybox --list | grep -qx udhcpc && busybox --list | grep -qx udhcpd; then
	printf '%s\n' 'start 192.0.2.100' 'end 192.0.2.120' 'interface eth0' 'option subnet 255.255.255.0' \
		'option router 192.0.2.2' 'lease_file /run/rig/leases' 'pidfile /run/rig/udhcpd.pid' >/run/rig/udhcpd.conf
	: >/run/rig/leases
	printf '%s\n' '#!/bin/sh' '[ "$1" = bound ] || exit 0' 'ip addr add $ip/24 dev $interface' \
		'ip route add default via $router' >/run/rig/udhcpc && chmod 755 /run/rig/udhcpc
	ip netns exec world busybox udhcpd -f /run/rig/udhcpd.conf >&2 &
	dhcp=$!
	ip netns exec world python3 /run/rig/serve 7000 world &
	world=$!
	net_policy 'mode = "macvlan"; parent = "to-world";'
	stay a ssh alice true
	as_su alice 'sudo busybox udhcpc -i eth0 -n -q -t 5 -s /run/rig/udhcpc' >&2 || fail "no lease"
	expect_match "$(as_su alice "$addresses; ip route show default")" '192\.0\.2\.1[012][0-9]/24.*default via 192\.0\.2\.2' "address and route"
	expect_match "$(as_su alice "$(ask_cmd 192.0.2.2 7000)")" 'world sees 192\.0\.2\.1[012][0-9]' "the world"
	leave a
	kill $dhcp $world && wait $dhcp $world 2>/dev/null
	expect_net_gone
	case_ok
else
	case_skip "busybox with udhcpc and udhcpd is not installed"
fi

case_begin "macvlan: resolv.conf, and an address of each family"
printf 'nameserver 127.0.0.53\nnameserver 192.0.2.53\n' >/etc/resolv.conf
net_policy 'mode = "macvlan"; parent = "to-world"; address = [ "192.0.2.9/24", "2001:db8::9/64" ];'
stay a ssh alice true
expect_eq "$(as_su alice "$addresses")" "192.0.2.9/24 2001:db8::9/64" "addresses"
expect_eq "$(as_su alice 'grep ^nameserver /etc/resolv.conf')" "nameserver 192.0.2.53" "name servers"
leave a
expect_net_gone
case_ok

machine_gone world
userdel -r dave 2>/dev/null
rmdir /run/netns 2>/dev/null || { umount /run/netns && rmdir /run/netns; }
