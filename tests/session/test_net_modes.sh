#!/bin/bash
# SPDX-License-Identifier: MIT
# The other modes: none, a named namespace, macvlan; and what any of them may have besides.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

isolate
ip link add nsitest type veth peer name nsipeer # devices of the host, to be moved and shared
ip link set nsitest up && ip link set nsipeer up
sysctl -q net.ipv6.conf.nsitest.disable_ipv6=1 net.ipv6.conf.nsipeer.disable_ipv6=1
net_begin
the_helper() {
	pgrep -f 'nsisolate-helper --config' | head -n 1
}
the_anchor() {
	pgrep -f '^nsisolate: set ' | head -n 1
}
refusal() { # USER
	: >"$rig_log"
	expect_fails as_su "$1" true 2>/dev/null
	wait_until 5 grep -q refused "$rig_log"
	grep refused "$(rig_settled_log)"
}

case_begin "none: a loopback that is up, and nothing else"
net_policy 'mode = "none";'
seen=$(as_ssh alice 'ip -o link | wc -l; ip -o addr show dev lo; ls /sys/class/net; cat /etc/resolv.conf; ip route; ls /sys/fs/cgroup | head -n 1')
expect_match "$seen" '127.0.0.1/8' "the loopback's address"
expect_eq "$(as_su alice 'ls /sys/class/net')" lo "interfaces in /sys"
expect_eq "$(as_su alice 'grep -c ^nameserver /etc/resolv.conf')" 0 "name servers"
expect_match "$(as_su alice 'head -n 1 /etc/resolv.conf')" 'has no network' "resolv.conf"
expect_eq "$(as_su alice 'ls /sys/fs/cgroup | wc -l')" "$(ls /sys/fs/cgroup | wc -l)" "what is mounted below /sys"
expect_eq "$(as_su alice 'ip route | wc -l')" 0 "routes"
expect_fails as_su alice 'exec 3<>/dev/tcp/127.0.0.1/22' 2>/dev/null
expect_net_gone
case_ok

case_begin "abstract sockets and ports are a session's own"
python3 -c '
import socket, time
s = socket.socket(socket.AF_UNIX); s.bind("\0rig"); s.listen()
time.sleep(1000)' &
owner=$!
wait_until 5 grep -q @rig /proc/net/unix
expect_match "$(as_su alice 'python3 -c "import socket; s = socket.socket(socket.AF_UNIX); s.connect(\"\0rig\")" 2>&1')" refused "the host's abstract socket"
kill $owner && wait $owner 2>/dev/null
expect_net_gone
case_ok

case_begin "host: the host's network, as without a word about it"
policy <<-'END'
	version = 1;
	policies = { lab = { namespaces = [ "mount" ]; network = { mode = "host"; }; }; };
	rules = ( { uid = "2000-2999"; policy = "lab"; } );
END
expect_eq "$(as_su alice 'readlink /proc/self/ns/net')" "$(readlink /proc/self/ns/net)" "network namespace"
expect_net_gone
case_ok

case_begin "netns: a namespace that ip-netns(8) made, with its files of /etc, by several users"
net_policy 'mode = "netns"; name = "class-%{group}";'
expect_match "$(refusal alice)" "there is no network namespace 'class-alice': make it \(ip netns add class-alice\), or say create = true" "the log"
net_policy 'mode = "netns"; name = "class";'
ip netns add class
ip -n class link set lo up
ip -n class addr add 192.0.2.9/32 dev lo
mkdir -p /etc/netns/class && echo 'nameserver 192.0.2.53' >/etc/netns/class/resolv.conf
echo 'somebody elses' >/etc/netns/class/motd
touch /etc/motd
expect_eq "$(as_su alice 'readlink /proc/self/ns/net')" "$(ip netns exec class readlink /proc/self/ns/net)" "network namespace"
seen=$(as_ssh alice 'ip -o addr show dev lo; cat /etc/resolv.conf /etc/motd; ls /sys/class/net')
expect_match "$seen" '192.0.2.9/32' "the namespace's address"
expect_match "$seen" 'nameserver 192.0.2.53' "resolv.conf"
expect_match "$seen" 'somebody elses' "motd"
stay a ssh alice 'sleep 300 >/dev/null 2>&1 </dev/null & true' # on none of the channel's descriptors, or ssh waits for it
stay b ssh bob 'true'
leave a
wait_until 10 eval '[ "$(sets_left | wc -l)" = 1 ]' || fail "alice's set does not end"
expect_match "$(as_su bob 'ip -o addr show dev lo')" '192.0.2.9/32' "bob, when alice's is ended"
leave b
expect_all_gone
expect_ok ip netns exec class true
ip netns del class
rm -r /etc/netns
case_ok

case_begin "netns with create: made by the first, gone with the last, whoever that is"
net_policy 'mode = "netns"; name = "class"; create = true;'
stay a ssh alice true
stay b ssh bob true
expect_eq "$(ip netns list | awk '{ print $1 }')" class "ip netns list"
expect_match "$(ip netns exec class ip -o link show lo)" 'LOOPBACK,UP' "its loopback"
leave a
wait_until 10 eval '[ "$(sets_left | wc -l)" = 1 ]'
expect_eq "$(ip netns list | awk '{ print $1 }')" class "ip netns list with one set left"
leave b
expect_all_gone
expect_eq "$(ls /run/netns)" "" "names left"
case_ok

case_begin "publish: ip netns knows the set by its name"
net_policy 'mode = "none"; publish = true; name = "of-%{user}";'
stay a ssh alice true
expect_eq "$(ip netns exec of-alice readlink /proc/self/ns/net)" "$(as_su alice 'readlink /proc/self/ns/net')" "namespace of that name"
touch /run/netns/of-bob
expect_match "$(refusal bob)" 'cannot name a network namespace /run/netns/of-bob: File exists' "an occupied name"
expect_ok test -e /run/netns/of-bob
rm -f /run/netns/of-bob
leave a
expect_all_gone
expect_eq "$(ls /run/netns)" "" "names left"
case_ok

case_begin "macvlan: on a parent, with an address or without one"
net_policy 'mode = "macvlan"; parent = "nsitest"; address = "192.0.2.7/24"; routes = [ "default via 192.0.2.1" ];'
ip addr add 192.0.2.1/24 dev nsipeer
seen=$(as_ssh alice 'ip -o addr show dev eth0; ip route; ip -d link show dev eth0')
expect_match "$seen" '192.0.2.7/24' "address"
expect_match "$seen" 'default via 192.0.2.1 dev eth0' "route"
expect_match "$seen" 'macvlan mode bridge' "kind"
ip addr del 192.0.2.1/24 dev nsipeer
expect_all_gone
net_policy 'mode = "macvlan"; parent = "nsitest";'
expect_match "$(as_su alice 'ip -o link show dev eth0')" 'UP' "a link for DHCP"
net_policy 'mode = "macvlan"; parent = "nope0";'
expect_match "$(refusal alice)" 'there is no interface nope0 to be the parent of a macvlan' "the log"
expect_all_gone
case_ok

case_begin "interfaces: moved in, and given back by a set that ends"
net_policy 'mode = "none"; interfaces = [ "nsitest" ];'
stay a ssh alice true
expect_match "$(as_su alice 'ip -o link show dev nsitest')" 'UP' "in the session"
expect_fails ip link show dev nsitest 2>/dev/null
expect_match "$(refusal bob)" 'there is no interface nsitest to be moved: does another set have it' "who comes second"
leave a
expect_all_gone
expect_ok ip link show dev nsitest >/dev/null
case_ok

case_begin "interfaces: given back after the anchor or the helper is killed"
stay a ssh alice true
kill -KILL "$(the_helper)"
expect_match "$(as_su alice 'ip -o link show dev nsitest')" 'UP' "in the session, with the next helper"
leave a
expect_all_gone
expect_ok ip link show dev nsitest >/dev/null
sed -i 's/on_last_close = "kill"/linger = "1h"/' /etc/security/nsisolate.conf
expect_ok as_su alice true
kill -KILL "$(the_anchor)"
expect_all_gone
expect_ok ip link show dev nsitest >/dev/null
case_ok

case_begin "firewall and sysctl hold inside, and only there"
printf 'table inet own {\n\tchain in {\n\t\ttype filter hook input priority 0;\n\t\ttcp dport 9 reject\n\t}\n}\n' >/etc/session.nft
net_policy 'mode = "none"; firewall = "/etc/session.nft";' \
	'sysctl = [ "net.ipv4.ping_group_range=0 2147483647", "net.core.somaxconn=77" ];'
host_somaxconn=$(sysctl -n net.core.somaxconn)
stay a ssh alice true
expect_eq "$(as_su alice 'cat /proc/sys/net/core/somaxconn')" 77 "a sysctl"
expect_match "$(nsenter -n -t "$(the_anchor)" nft list ruleset)" 'tcp dport 9 reject' "the rules inside"
expect_eq "$(nft list ruleset)" "" "the host's rules"
expect_eq "$(sysctl -n net.core.somaxconn)" "$host_somaxconn" "the host's sysctl"
leave a
expect_all_gone
policy <<-END
	version = 1;
	policies = { lab = { namespaces = [ "net" ]; sysctl = [ "net.core.somaxconn=78" ]; }; };
	rules = ( { uid = "2000-2999"; policy = "lab"; } );
END
expect_eq "$(as_su alice 'cat /proc/sys/net/core/somaxconn')" 78 "a sysctl of a set with only a loopback"
expect_all_gone
net_policy 'mode = "none"; firewall = "/etc/session.nft"; sysctl = [ "net.core.somaxconn=79" ];'
expect_match "$(nsisolate check 2>&1)" "warning: 'sysctl' in the network of policy 'lab' is deprecated" "the key of earlier versions"
expect_eq "$(as_su alice 'cat /proc/sys/net/core/somaxconn')" 79 "the key of earlier versions"
expect_all_gone
sed -i 's/"net" \]/"net", "pid", "cgroup" ]/' /etc/security/nsisolate.conf
expect_match "$(as_su alice 'ls /sys/class/net /sys/fs/cgroup | xargs; ls /proc | grep -c "^[0-9]"')" 'lo' "the same in a PID namespace"
expect_eq "$(as_su alice 'ls /sys/fs/cgroup | wc -l')" "$(ls /sys/fs/cgroup | wc -l)" "what is mounted below /sys"
expect_all_gone
chmod 666 /etc/session.nft
expect_match "$(refusal alice)" 'session.nft' "rules that anybody may write"
expect_all_gone
case_ok

case_begin "nothing of it is left on the host"
umount /run/netns 2>/dev/null
sysctl -q net.ipv6.conf.nsitest.disable_ipv6=1
ip link set nsitest up # devices come back down, and without addresses
rmdir /run/netns
for left in $(ip -o addr show dev nsipeer scope global | awk '{ print $4 }'); do ip addr del "$left" dev nsipeer; done
expect_net_gone
ip link del nsitest
case_ok
