#!/bin/bash
# SPDX-License-Identifier: MIT
# Addresses that collide, DHCP, datagrams, MTU, what libpam-net does, and what "list" shows of it.
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
stay a ssh alice 'python3 /run/rig/echo & for i in $(seq 50); do ss -Hlun | grep -q :5300 && break; sleep 0.1; done'
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

case_begin "as pam_newnet: members of a group have a loopback and nothing else, each login its own, and it ends"
groupadd newnet && groupadd usernet && usermod -aG newnet alice && usermod -aG usernet bob
policy <<-'END'
	version = 1;
	policies = {
	  newnet = { scope = "session"; namespaces = [ "mount", "net" ]; network = { mode = "none"; }; on_last_close = "kill"; };
	  usernet = { namespaces = [ "mount", "net" ]; network = { mode = "netns"; name = "%{user}"; create = true; }; on_last_close = "kill"; };
	};
	rules = ( { group = "newnet"; policy = "newnet"; }, { group = "usernet"; policy = "usernet"; } );
END
net='readlink /proc/self/ns/net'
stay a ssh alice "$net; ip -o link | wc -l; ip -o link show lo"
expect_match "$(cat /run/rig/stay.a | xargs)" '^net:\[[0-9]+\] 1 .*LOOPBACK,UP' "one interface, up"
expect_ne "$(as_su alice "$net")" "$(head -n 1 /run/rig/stay.a)" "another login's namespace"
expect_eq "$(as_su carol "$net")" "$(readlink /proc/self/ns/net)" "who is in no such group"
leave a
expect_net_gone
case_ok

case_begin "as pam_usernet: members of a group have a namespace of their name, in all logins, made if need be"
stay b ssh bob "$net"
expect_eq "$(ip netns exec bob readlink /proc/self/ns/net)" "$(cat /run/rig/stay.b)" "the namespace of that name"
expect_eq "$(as_su bob "$net")" "$(cat /run/rig/stay.b)" "another login"
expect_match "$(as_su bob 'ip -o link show lo')" 'LOOPBACK,UP' "its loopback"
leave b
expect_net_gone
ip netns add bob && ip -n bob link set lo up && ip -n bob addr add 192.0.2.77/32 dev lo
mkdir -p /etc/netns/bob && echo 'nameserver 192.0.2.54' >/etc/netns/bob/resolv.conf
seen=$(as_ssh bob 'ip -o addr show dev lo; cat /etc/resolv.conf; ls /sys/class/net')
expect_match "$seen" '192\.0\.2\.77/32.*nameserver 192\.0\.2\.54' "one that the administrator has set up"
expect_sets_gone
expect_ok ip netns exec bob true
ip netns del bob && rm -r /etc/netns
expect_net_gone
case_ok

case_begin "nsisolate list shows mode and address of each set"
policy <<-'END'
	version = 1;
	policies = {
	  lab = { namespaces = [ "mount", "net" ]; on_last_close = "kill";
	    network = { mode = "bridge"; bridge = "nsi0"; create = true; pool = [ "10.77.0.0/16", "fd77::/64" ]; }; };
	  exam = { namespaces = [ "mount", "net" ]; network = { mode = "none"; }; on_last_close = "kill"; };
	  kiosk = { namespaces = [ "mount", "net" ]; on_last_close = "kill";
	    network = { mode = "macvlan"; parent = "to-world"; address = "192.0.2.9/24"; }; };
	  class = { namespaces = [ "mount", "net" ]; on_last_close = "kill";
	    network = { mode = "netns"; name = "class"; create = true; }; };
	  plain = { namespaces = [ "mount" ]; on_last_close = "kill"; };
	};
	rules = ( { user = "alice"; service = "sshd"; policy = "lab"; }, { user = "alice"; policy = "plain"; },
	  { user = "bob"; service = "sshd"; policy = "exam"; }, { user = "bob"; policy = "class"; },
	  { user = "carol"; policy = "kiosk"; } );
END
stay a ssh alice true
stay b ssh bob true
stay c ssh carol true
stay d su alice true
stay e su bob true
expect_eq "$(nsisolate list -n -o policy,network,address | sed -E 's/ +/ /g; s/ $//' | sort)" "class netns
exam none
kiosk macvlan 192.0.2.9/24
lab bridge 10.77.7.211/16,fd77::7d3/64
plain host" "mode and address"
expect_match "$(nsisolate list | head -n 1)" 'NETWORK ADDRESS' "headings of the table without -o"
run_ctl list --json
expect_eq "$(jq -r '.sets[] | select(.policy == "lab").network | [ .mode, .bridge, .addresses[] ] | join(" ")' <<<"$out")" "bridge nsi0 10.77.7.211/16 fd77::7d3/64" "JSON"
expect_eq "$(jq -r '.sets[] | select(.policy == "class").network | [ .mode, .name ] | join(" ")' <<<"$out")" "netns class" "JSON of a name"
for name in a b c d e; do leave $name; done
expect_net_gone
case_ok

machine_gone world
userdel -r dave 2>/dev/null
rmdir /run/netns 2>/dev/null || { umount /run/netns && rmdir /run/netns; }
