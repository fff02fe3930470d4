#!/bin/bash
# SPDX-License-Identifier: MIT
# What the two modes of libpam-net do, done here; and what "nsisolate list" shows of networks.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

isolate
mkdir -p /run/netns
machine world 192.0.2.1/24 192.0.2.2/24
net_begin

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
expect_eq "$(nsisolate list -n -o policy,network,address | sed -E 's/ +/ /g; s/ $//' | sort)" "class netns -
exam none -
kiosk macvlan 192.0.2.9/24
lab bridge 10.77.7.211/16,fd77::7d3/64
plain host -" "mode and address"
expect_match "$(nsisolate list | head -n 1)" 'NETWORK ADDRESS' "headings of the table without -o"
run_ctl list --json
expect_eq "$(jq -r '.sets[] | select(.policy == "lab").network | [ .mode, .bridge, .addresses[] ] | join(" ")' <<<"$out")" "bridge nsi0 10.77.7.211/16 fd77::7d3/64" "JSON"
expect_eq "$(jq -r '.sets[] | select(.policy == "class").network | [ .mode, .name ] | join(" ")' <<<"$out")" "netns class" "JSON of a name"
for name in a b c d e; do leave $name; done
expect_net_gone
case_ok

machine_gone world
rmdir /run/netns 2>/dev/null || { umount /run/netns && rmdir /run/netns; }
