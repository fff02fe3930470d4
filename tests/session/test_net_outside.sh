#!/bin/bash
# SPDX-License-Identifier: MIT
# From a bridge to the world and back: nat, forwarded ports, names; the world is another namespace.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

isolate
net_begin
machine world 192.0.2.1/24 192.0.2.2/24 2001:db8::1/64 2001:db8::2/64
ip netns exec world python3 /run/rig/serve 7000 world &
world=$!
wait_until 5 ip netns exec world bash -c 'exec 3<>/dev/tcp/127.0.0.1/7000' 2>/dev/null

lab() { # MORE KEYS OF THE NETWORK
	net_policy "mode = \"bridge\"; bridge = \"nsi0\"; create = true;
		pool = [ \"10.77.0.0/16\", \"fd77::/64\" ]; $1"
}

case_begin "without nat nobody outside is reached"
lab ''
expect_eq "$(as_su alice "$(ask_cmd 192.0.2.2 7000)")" "" "the world"
expect_sets_gone
case_ok

case_begin "with nat the world sees the host, by both families, and cannot begin"
lab 'nat = true;'
expect_eq "$(as_su alice "$(ask_cmd 192.0.2.2 7000)")" "world sees 192.0.2.1" "the world"
expect_eq "$(as_su alice "$(ask_cmd 2001:db8::2 7000)")" "world sees 2001:db8::1" "the world by IPv6"
serve a alice 8000
ip -n world route add 10.77.0.0/16 via 192.0.2.1
expect_eq "$(ip netns exec world bash -c "$(ask_cmd 10.77.7.211 8000)")" "" "the world to alice"
leave a
expect_sets_gone
wait_until 10 eval '[ "$(sysctl -n net.ipv4.ip_forward)" = 0 ]' || fail "forwarding stays on"
case_ok

case_begin "a forwarded port leads in: from the world, the host, and 127.0.0.1"
lab 'forward = [ "8080:8000", "9090:8000/tcp" ];'
serve a alice 8000
expect_match "$(ip netns exec world bash -c "$(ask_cmd 192.0.2.1 8080)")" "alice sees 192.0.2.2" "the world"
expect_match "$(ip netns exec world bash -c "$(ask_cmd 2001:db8::1 9090)")" "alice sees 2001:db8::2" "the world by IPv6"
expect_match "$(ask 192.0.2.1 8080)" "alice sees" "the host"
expect_match "$(ask 127.0.0.1 8080)" "alice sees 10.77.0.1" "the host by 127.0.0.1"
: >"$rig_log"
expect_fails as_su bob true 2>/dev/null
expect_match "$(logged refused)" 'port 8080 of the host is forwarded to set [0-9]+ already' "bob"
leave a
expect_sets_gone
expect_eq "$(ask 127.0.0.1 8080)" "" "the port, when it is over"
lab 'forward = [ "22:22" ];'
: >"$rig_log"
expect_fails as_su bob true 2>/dev/null
expect_match "$(logged refused)" 'port 22 of the host is taken by a server' "a port of sshd"
expect_sets_gone
case_ok

case_begin "resolv.conf names what can be reached, and a session resolves by it"
printf 'nameserver 127.0.0.53\nnameserver 192.0.2.53\nsearch example.org\n' >/etc/resolv.conf
lab ''
expect_eq "$(as_su alice 'grep -v "^#" /etc/resolv.conf | xargs')" "nameserver 192.0.2.53 search example.org" "the host's, without its loopback"
lab 'dns = [ "10.77.0.1", "fd77::1" ];'
expect_eq "$(as_su alice 'grep ^nameserver /etc/resolv.conf | xargs')" "nameserver 10.77.0.1 nameserver fd77::1" "servers of the policy"
lab 'dns = [ ];'
expect_eq "$(as_su alice 'grep -c ^nameserver /etc/resolv.conf')" 0 "servers of an empty list"
cat >/run/rig/dns <<'PY'
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("192.0.2.2", 53))
while True:
    q, peer = s.recvfrom(512)
    end = q.index(b"\0", 12) + 5
    a = q[end - 4:end - 2] == b"\0\1"
    r = q[:2] + b"\x81\x80\0\1" + (b"\0\1" if a else b"\0\0") + b"\0\0\0\0" + q[12:end]
    s.sendto(r + (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc6\x33\x64\x07" if a else b""), peer)
PY
ip netns exec world python3 /run/rig/dns &
dns=$!
wait_until 5 eval "ip netns exec world ss -Hlun | grep -q '192.0.2.2:53 '" || fail "no name server"
lab 'nat = true; dns = [ "192.0.2.2" ];'
expect_match "$(as_su alice 'getent ahostsv4 some.example')" "198.51.100.7" "a name"
kill $dns && wait $dns 2>/dev/null
ln -sf /run/rig/stub /etc/resolv.conf && echo 'nameserver 192.0.2.99' >/run/rig/stub
lab 'dns = [ "192.0.2.2" ];'
expect_eq "$(as_su alice 'grep ^nameserver /etc/resolv.conf')" "nameserver 192.0.2.2" "where the host's is a link"
expect_eq "$(cat /etc/resolv.conf)" "nameserver 192.0.2.99" "the host's own"
expect_sets_gone
case_ok

case_begin "hosts = peers: members find each other by name, and see who comes and goes"
rm -f /etc/resolv.conf && : >/etc/resolv.conf # a name that is not in the file is asked of nobody who would take long
lab 'hosts = "peers";'
serve a alice 8000
expect_match "$(as_su bob "$(ask_cmd alice 8000)")" "alice sees" "bob asks for alice by name"
find_bob='for i in $(seq 50); do getent hosts bob && break; sleep 0.1; done'
stay b ssh bob "$(ask_cmd alice 8000)"
expect_match "$(as_su alice "$find_bob")" "bob" "alice sees bob, who came later"
before=$(as_su alice 'stat -c %i /etc/hosts')
leave b
expect_eq "$(as_su alice 'for i in $(seq 50); do getent hosts bob >/dev/null || break; sleep 0.1; done; getent hosts bob')" "" "bob, when he is gone"
expect_eq "$(as_su alice 'stat -c %i /etc/hosts')" "$before" "the file that alice has open"
expect_match "$(as_su alice 'cat /etc/hosts')" "localhost" "what the host said"
leave a
expect_sets_gone
case_ok

case_begin "nothing of it is left on the host"
kill $world && wait $world 2>/dev/null
machine_gone world
rmdir /run/netns 2>/dev/null || { umount /run/netns; rmdir /run/netns; }
expect_net_gone
case_ok
