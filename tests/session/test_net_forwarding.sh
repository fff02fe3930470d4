#!/bin/bash
# SPDX-License-Identifier: MIT
# What sshd forwards, measured for each mode of a network, and held against the table of nsisolate.conf(5).
# slow: what nobody answers is waited for: nine seconds
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

isolate
rig_seconds=120 # a session stays for the whole of a case, however busy the machine is
rig_sshd_stop
rig_sshd_start 'X11Forwarding yes'
mkdir -p /run/netns
machine world 192.0.2.1/24 192.0.2.2/24
ip route add default via 192.0.2.2
ip netns exec world python3 /run/rig/serve 7000 world &
background=($!)
python3 /run/rig/serve 7001 client & # stands on the client's side, which is the host
background+=($!)

# An X server that says yes to whoever has been let through by ssh(1).
cat >/run/rig/xserver <<'PY'
import socket
s = socket.create_server(("127.0.0.1", 6077))
while True:
    c, peer = s.accept()
    c.recv(4096)
    c.sendall(b"display of the client\n")
    c.close()
PY
# What an X client says first, with the cookie that sshd has left for it.
cat >/run/rig/xclient <<'PY'
import os, socket, struct, subprocess
where, number = os.environ["DISPLAY"].rsplit(":", 1)
cookie = subprocess.run(["xauth", "list", os.environ["DISPLAY"]], capture_output=True, text=True).stdout.split()[2]
s = socket.create_connection((where, 6000 + int(float(number))), 4)
s.sendall(struct.pack("<cxHHHHxx", b"l", 11, 0, 18, 16) + b"MIT-MAGIC-COOKIE-1\0\0" + bytes.fromhex(cookie))
print(s.recv(100).decode())
PY
# ask_socks PORT HOST PORT, ask_unix FILE: as ask, by another way.
cat >/run/rig/socks <<'PY'
import socket, struct, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 4)
s.sendall(struct.pack(">BBH", 4, 1, int(sys.argv[3])) + socket.inet_aton(sys.argv[2]) + b"\0")
got = b""
while len(got) < 4096:
    more = s.recv(4096)
    if not more: break
    got += more
print(got[8:].decode())
PY
cat >/run/rig/unix <<'PY'
import socket, sys
s = socket.socket(socket.AF_UNIX)
if len(sys.argv) > 2:
    s.bind(sys.argv[1])
    s.listen()
    while True:
        c, peer = s.accept()
        c.sendall(sys.argv[2].encode())
        c.close()
s.connect(sys.argv[1])
print(s.recv(100).decode())
PY
chmod 755 /run/rig/xclient /run/rig/unix
python3 /run/rig/xserver &
background+=($!)
eval "$(ssh-agent -s -a /run/rig/agent)" >/dev/null
background+=("$SSH_AGENT_PID")
ssh-add -q /run/rig/key

# In the session, with all of it forwarded: says what it sees, and stays until it is to go.
cat >/run/rig/inside <<'END'
python3 /run/rig/serve 8000 session 2>/dev/null &
python3 /run/rig/unix /tmp/session.sock session 2>/dev/null &
says() { grep -q "$2" && echo "$1 yes" || echo "$1 no"; }
{
	timeout 9 python3 /run/rig/xclient 2>&1 | says X11 'display of the client' &
	timeout 9 ssh-add -l 2>&1 | says agent ED25519 &
	timeout 9 bash -c 'exec 3<>/dev/tcp/127.0.0.1/9002 && cat <&3' 2>&1 | says remote 'client sees' &
	timeout 9 python3 /run/rig/unix /tmp/client.sock 2>&1 | says remote-unix client &
	wait $! %3 %4 %5
}
for i in $(seq 50); do ss -Htln | grep -q :8000 && [ -S /tmp/session.sock ] && break; sleep 0.1; done
touch ~/measured
while [ -e ~/measured ]; do sleep 0.1; done
kill %1 %2
echo over
END
says() { # WHAT REGEX
	if grep -q "$2"; then echo "$1 yes"; else echo "$1 no"; fi
}
python3 /run/rig/unix /run/rig/client.sock client &
background+=($!)

all_listen() {
	ip netns exec world ss -Htln | grep -q ':7000 ' && [ "$(ss -Htln | grep -cE ':(7001|6077) ')" = 2 ] && [ -S /run/rig/client.sock ]
}

# measure: how it is under the policy that is in force, a line for each kind.
measure() {
	local client asking

	wait_until 10 all_listen || fail "not all servers listen"
	rm -f /home/alice/measured /run/rig/own.sock
	DISPLAY=127.0.0.1:77 timeout -k 5 $rig_seconds ssh "${ssh_options[@]}" -A -Y -o ExitOnForwardFailure=no \
		-L 9001:127.0.0.1:8000 -L 9003:127.0.0.1:7001 -L 9004:192.0.2.2:7000 -D 9005 \
		-L /run/rig/own.sock:/tmp/session.sock -R /tmp/client.sock:/run/rig/client.sock \
		-R 127.0.0.1:9002:127.0.0.1:7001 alice@127.0.0.1 bash /run/rig/inside </dev/null >/run/rig/ssh.out 2>/run/rig/ssh.err &
	client=$!
	wait_until 30 test -e /home/alice/measured || fail "the session does not get there: $(cat /run/rig/ssh.err)"
	asking=()
	at_once() { # COMMAND...
		"$@" &
		asking+=($!)
	}
	at_once eval "ask 127.0.0.1 9001 | says own 'session sees'"
	at_once eval "timeout 9 python3 /run/rig/unix /run/rig/own.sock 2>&1 | says own-unix session"
	at_once eval "timeout 9 python3 /run/rig/socks 9005 127.0.0.1 8000 2>&1 | says own-socks 'session sees'"
	at_once eval "ask 127.0.0.1 9003 | says host 'client sees'"
	at_once eval "ask 127.0.0.1 9004 | says outside 'world sees'"
	at_once eval "ask 127.0.0.1 9002 | says remote-host 'client sees'"
	wait "${asking[@]}"
	rm -f /home/alice/measured
	# The session is over then, and ssh(1) would wait two minutes more for a connection that nobody answers.
	wait_until 25 grep -qx over /run/rig/ssh.out || fail "the session does not end: $(cat /run/rig/ssh.err)"
	kill $client
	wait $client 2>/dev/null
	cat /run/rig/ssh.out
}

# The row of a mode in the manual: what it has in each column.
columns='X11 agent own host outside remote remote-host'
manual_row() { # MODE
	awk -v mode="$1" '$1 == ".Sh" { on = $2 == "NETWORK" }
		on && $1 == ".It" && $2 == mode && $3 == "Ta" { for (i = 4; i <= NF; i += 2) printf "%s ", $i; print "" }' \
		/src/man/nsisolate.conf.5 | sed 's/ $//'
}

expect_measured() { # MODE
	local column row='' seen

	seen=$(measure)
	for column in $columns; do
		row+=" $(sed -n "s/^$column //p" <<<"$seen")"
	done
	echo "measured $1:$row" >&2
	expect_eq "${row# }" "$(manual_row "$1")" "the manual's row, of $columns"
	# By a path in place of a port it is the same, and by SOCKS as by one port alone.
	for column in own-unix own-socks; do
		expect_eq "$(sed -n "s/^$column //p" <<<"$seen")" "$(sed -n 's/^own //p' <<<"$seen")" "$column, as own"
	done
	expect_eq "$(sed -n 's/^remote-unix //p' <<<"$seen")" "$(sed -n 's/^remote //p' <<<"$seen")" "remote-unix, as remote"
	expect_eq "$(ls -d /tmp/ssh-* /tmp/*.sock 2>/dev/null)" "" "sockets in the host's /tmp"
	expect_sets_gone
}

# mode KEYS: the policy, with a /tmp of its own.
mode() {
	net_policy "$1" 'directories = ( { path = "/tmp"; method = "tmpfs"; } );'
}

case_begin "host"
mode 'mode = "host";'
sed -i 's/, "net" \]/ ]/' /etc/security/nsisolate.conf
expect_measured host
case_ok

case_begin "none"
mode 'mode = "none";'
expect_measured none
case_ok

case_begin "netns"
ip netns add class && ip -n class link set lo up
mode 'mode = "netns"; name = "class";'
expect_measured netns
case_ok

case_begin "bridge"
mode 'mode = "bridge"; bridge = "nsi0"; create = true; pool = "10.77.0.0/16"; nat = true;'
expect_measured bridge
case_ok

case_begin "macvlan"
mode 'mode = "macvlan"; parent = "to-world"; address = "192.0.2.9/24";'
expect_measured macvlan
case_ok

if [ -x /usr/bin/pasta ]; then
	case_begin "user"
	tun_for_all
	mode 'mode = "user";'
	expect_measured user
	tun_gone
	case_ok
fi

case_begin "what else the manual says: a server of the host by its address, and a loopback that is down"
mode 'mode = "bridge"; bridge = "nsi0"; create = true; pool = "10.77.0.0/16";'
expect_match "$(in_time ssh "${ssh_options[@]}" -W 10.77.0.1:7001 alice@127.0.0.1 </dev/null)" 'client sees' "the host by the bridge"
expect_sets_gone
ip -n class link set lo down
mode 'mode = "netns"; name = "class";'
expect_match "$(measure | sort | xargs)" 'X11 no agent yes .*remote no .*remote-unix yes' "a namespace whose loopback is down"
expect_sets_gone
case_ok

case_begin "what else the manual says: to lead -R and X11 to others than the session"
rig_sshd_stop
rig_sshd_start 'X11Forwarding yes' 'X11UseLocalhost no' 'GatewayPorts clientspecified'
mode 'mode = "bridge"; bridge = "nsi0"; create = true; pool = "10.77.0.0/16";'
in_time ssh "${ssh_options[@]}" -R 10.77.7.211:9002:127.0.0.1:7001 -R /home/alice/client.sock:/run/rig/client.sock \
	alice@127.0.0.1 'touch ~/measured; while [ -e ~/measured ]; do sleep 0.1; done' </dev/null &
client=$!
wait_until 10 test -e /home/alice/measured
expect_match "$(ask 10.77.7.211 9002)" 'client sees' "the host, by the session's address"
expect_match "$(python3 /run/rig/unix /home/alice/client.sock)" client "the host, by a path that it sees too"
rm -f /home/alice/measured
wait $client
expect_match "$(measure)" 'X11 yes' "X11 on all addresses of the session"
rm -f /home/alice/client.sock
expect_sets_gone
case_ok

kill "${background[@]}"
wait "${background[@]}" 2>/dev/null
ip netns del class
machine_gone world
rm -f /run/rig/*.sock
rmdir /run/netns 2>/dev/null || { umount /run/netns && rmdir /run/netns; }
