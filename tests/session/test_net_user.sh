#!/bin/bash
# SPDX-License-Identifier: MIT
# Mode user: the world is reached by pasta, and the host's network stays as it was.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

if [ ! -x /usr/bin/pasta ]; then
	echo "skip all # pasta (package passt) is not installed"
	exit 0
fi
isolate
mkdir -p /run/netns
tun_for_all
machine world 192.0.2.1/24 192.0.2.2/24 2001:db8::1/64 2001:db8::2/64
ip route add default via 192.0.2.2 && ip -6 route add default via 2001:db8::2
ip -n world addr add 2001:db8::53/64 dev eth0 nodad && ip -n world addr add 192.0.2.53/24 dev eth0
ip netns exec world python3 /run/rig/serve 7000 world &
world=$!
wait_until 5 ip netns exec world bash -c 'exec 3<>/dev/tcp/127.0.0.1/7000' 2>/dev/null
python3 /run/rig/serve 7001 host &
host=$!
net_begin
pastas() {
	pgrep -f '^/usr/bin/pasta'
}
the_helper() {
	pgrep -x -f '.*nsisolate-helper --config.*' | head -n 1
}
the_anchor() {
	pgrep -f '^nsisolate: set ' | head -n 1
}
one_is_left() {
	[ "$(pastas | wc -l)" = 1 ] && [ "$(sets_left | wc -l)" = 1 ]
}
expect_user_gone() { # but for the machine of the test
	expect_sets_gone
	wait_until 10 eval 'net_state | cmp -s /run/rig/net.before -' || net_state | diff /run/rig/net.before - >&2 || fail "the host's network has changed"
	wait_until 10 eval '! pastas' >/dev/null || fail "left: $(pgrep -af '^/usr/bin/pasta')"
}
net_policy 'mode = "user";'

case_begin "a session reaches the world as the host, and the host's network is untouched"
stay a ssh alice true
expect_eq "$(as_su alice "$(ask_cmd 192.0.2.2 7000)")" "world sees 192.0.2.1" "the world"
expect_eq "$(as_su alice "$(ask_cmd 2001:db8::2 7000)")" "world sees 2001:db8::1" "the world by IPv6"
expect_match "$(as_su alice 'ip -o addr show dev eth0 | xargs')" '10\.0\.2\.15/24.*fd00::15/64' "addresses"
expect_eq "$(as_su alice 'ls /sys/class/net | xargs')" "eth0 lo" "interfaces"
expect_match "$(as_su alice 'ip -o link show lo')" 'LOOPBACK,UP' "loopback"
expect_eq "$(as_su alice "$(ask_cmd 127.0.0.1 7001);$(ask_cmd 10.0.2.2 7001);$(ask_cmd ::1 7001);$(ask_cmd fe80::2%eth0 7001)")" "" "the host's own loopback"
expect_eq "$(as_su alice "$(ask_cmd 192.0.2.1 7001);$(ask_cmd 2001:db8::1 7001)" | wc -l)" 2 "other addresses of the host"
expect_eq "$(ls "$rundir/net" | grep -cvx leases)" 1 "records"
expect_eq "$(net_state | grep -vxE '[0-9]+')" "$(grep -vxE '[0-9]+' /run/rig/net.before)" "the host's network"
case_ok

case_begin "datagrams and names, by both families"
cat >/run/rig/dns <<'PY'
import socket, sys
s = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET, socket.SOCK_DGRAM)
s.bind((sys.argv[1], int(sys.argv[2])))
while True:
    q, peer = s.recvfrom(2000)
    if sys.argv[2] != "53":
        s.sendto(q + b" from " + peer[0].encode(), peer)
        continue
    end = q.index(b"\0", 12) + 5
    a = q[end - 4:end - 2] == b"\0\1"
    r = q[:2] + b"\x81\x80\0\1" + (b"\0\1" if a else b"\0\0") + b"\0\0\0\0" + q[12:end]
    s.sendto(r + (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc6\x33\x64\x07" if a else b""), peer)
PY
cat >/run/rig/say <<'PY'
import socket, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.settimeout(4)
for text in b"one", b"x" * 1400:
    s.sendto(text, (sys.argv[1], int(sys.argv[2])))
    print(s.recv(2000).decode().replace("x" * 1400, "much"))
PY
servers=()
for at in '192.0.2.53 53' '2001:db8::53 53' '192.0.2.2 7002' '2001:db8::2 7002'; do
	# shellcheck disable=SC2086
	ip netns exec world python3 /run/rig/dns $at &
	servers+=($!)
done
wait_until 5 eval '[ "$(ip netns exec world ss -Hlun | grep -cE ":(53|7002) ")" = 4 ]'
expect_eq "$(as_su alice 'python3 /run/rig/say 192.0.2.2 7002 | xargs')" "one from 192.0.2.1 much from 192.0.2.1" "datagrams"
expect_eq "$(as_su alice 'python3 /run/rig/say 2001:db8::2 7002 | xargs')" "one from 2001:db8::1 much from 2001:db8::1" "datagrams by IPv6"
printf 'nameserver 127.0.0.53\nnameserver 192.0.2.53\n' >/etc/resolv.conf
stay d ssh bob true
expect_eq "$(as_su bob 'grep ^nameserver /etc/resolv.conf')" "nameserver 192.0.2.53" "the host's servers, without its loopback"
expect_match "$(as_su bob 'getent ahostsv4 some.example')" "198.51.100.7" "a name"
leave d
printf 'nameserver 2001:db8::53\n' >/etc/resolv.conf
stay d ssh carol true
expect_match "$(as_su carol 'getent ahostsv4 some.example')" "198.51.100.7" "a name by a server of IPv6"
leave d
kill "${servers[@]}" && wait "${servers[@]}" 2>/dev/null
wait_until 10 one_is_left
case_ok

case_begin "what serves it is nobody's, without a capability over the host"
status=/proc/$(pastas)/status
expect_match "$(awk '/^Uid/ { print $2 }' "$status")" 65534 "uid"
expect_eq "$(awk '/^NoNewPrivs/ { print $2 }' "$status")" 1 "no_new_privs"
expect_fails [ "$(readlink "/proc/$(pastas)/ns/user")" = "$(readlink /proc/self/ns/user)" ]
expect_eq "$(readlink "/proc/$(pastas)/ns/net")" "$(readlink /proc/self/ns/net)" "its network, where its sockets are"
case_ok

case_begin "abstract sockets are the session's own"
python3 -c 'import socket, time; s = socket.socket(socket.AF_UNIX); s.bind("\0rig"); s.listen(); time.sleep(1000)' &
abstract=$!
wait_until 5 eval 'ss -Hxl | grep -q @rig'
expect_fails as_su alice 'ss -Hxl | grep @rig' >/dev/null
kill $abstract && wait $abstract 2>/dev/null
case_ok

case_begin "the families are those that the host leads out by"
ip -6 route del default
stay d ssh bob true
expect_eq "$(as_su bob 'ip -o addr show dev eth0 scope global | awk "{ print \$4 }"; ip -6 route show default')" "10.0.2.15/24" "without a way out for IPv6"
leave d
ip -6 route add default via 2001:db8::2
ip route del default
stay d ssh carol true
expect_eq "$(as_su carol 'ip -o addr show dev eth0 scope global | awk "{ print \$4 }"; ip route show default')" "fd00::15/64" "without a way out for IPv4"
expect_eq "$(as_su carol "$(ask_cmd 2001:db8::2 7000)")" "world sees 2001:db8::1" "the world by IPv6"
leave d
ip route add default via 192.0.2.2
wait_until 10 one_is_left
case_ok

case_begin "it ends with the last session"
as_su bob true
leave a
expect_user_gone
case_ok

case_begin "the helper killed: the session still reaches the world, and its end takes pasta along"
stay a ssh alice true
old=$(pastas)
kill -KILL "$(the_helper)"
expect_eq "$(as_su alice "$(ask_cmd 192.0.2.2 7000)")" "world sees 192.0.2.1" "the world, by the next helper"
expect_eq "$(pastas)" "$old" "the process"
leave a
expect_user_gone
case_ok

case_begin "helper and session killed together: the next helper ends what is left"
stay a ssh alice true
kill -KILL "$(the_helper)" "$(the_anchor)"
pkill -KILL -u alice
wait "${stayers[a]% *}" 2>/dev/null
expect_eq "$(ls "$rundir/net" | grep -cvx leases)" 1 "records of what there was"
as_su carol true
expect_user_gone
case_ok

case_begin "pasta killed: the session is without the world, and ends as ever"
stay a ssh alice true
kill -KILL "$(pastas)"
expect_eq "$(as_su alice "$(ask_cmd 192.0.2.2 7000)")" "" "the world"
leave a
expect_user_gone
case_ok

case_begin "no way out of the host: the login is refused with pasta's words"
ip route del default && ip -6 route del default
: >"$rig_log"
expect_fails as_su alice true 2>/dev/null
expect_match "$(logged refused)" '/usr/bin/pasta does not serve the session: .+' "the log"
ip route add default via 192.0.2.2 && ip -6 route add default via 2001:db8::2
expect_user_gone
case_ok

case_begin "no pasta: the login is refused, and the log says what to install"
mv /usr/bin/pasta /usr/bin/pasta.away
: >"$rig_log"
expect_fails as_su alice true 2>/dev/null
expect_match "$(logged refused)" 'install the package passt' "the log"
mv /usr/bin/pasta.away /usr/bin/pasta
expect_user_gone
case_ok

kill $world $host
wait $world $host 2>/dev/null
machine_gone world
rmdir /run/netns 2>/dev/null || { umount /run/netns; rmdir /run/netns; }
tun_gone
