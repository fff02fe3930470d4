# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What do tests of networks have in common?  The rig's network namespace is the host; further ones
# with a veth into it are other machines.

# What the host has of a network, to be the same when every set is gone.
net_state() {
	ip -o link | awk '{ print $2 }' | sort
	ip -o addr | awk '{ print $2, $3, $4 }' | sort
	ip route | sort && ip -6 route | sort # in which order routes came makes no difference
	nft list ruleset
	ls -A /run/netns 2>/dev/null
	ls -A "$rundir/net" 2>/dev/null | grep -vx leases
	sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding
}

net_begin() {
	net_state >/run/rig/net.before
}

net_is_as_before() {
	nothing_left && net_state | cmp -s /run/rig/net.before -
}

# Other machines of the test may still be there.
expect_sets_gone() {
	wait_until 15 eval '[ -z "$(sets_left)" ]' || fail "left: sets $(sets_left | xargs)"
}

expect_net_gone() {
	wait_until 15 net_is_as_before && return
	fail "something of a network is left: sets $(sets_left | xargs)"
	net_state | diff /run/rig/net.before - >&2
}

# net_policy KEYS [MORE-OF-THE-POLICY]: everybody gets mount, uts and net with this network.
net_policy() {
	policy <<-END
		version = 1;
		policies = {
		  lab = {
		    namespaces = [ "mount", "uts", "net" ];
		    hostname = "%{user}";
		    on_last_close = "kill";
		    kill_grace = "1s";
		    network = { $1 };
		    ${2:-}
		  };
		};
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}

# machine NAME ADDRESS...: another machine on a cable to the host, whose end has the next address.
machine() { # NAME HOST-ADDRESS/BITS ADDRESS/BITS [HOST6 ADDRESS6]
	ip netns add "$1"
	ip link add "to-$1" type veth peer name eth0 netns "$1"
	ip addr add "$2" dev "to-$1"
	ip -n "$1" addr add "$3" dev eth0
	if [ $# -ge 5 ]; then
		ip addr add "$4" dev "to-$1" nodad
		ip -n "$1" addr add "$5" dev eth0 nodad
	fi
	ip link set "to-$1" up
	ip -n "$1" link set eth0 up
	ip -n "$1" link set lo up
}

machine_gone() {
	ip link del "to-$1" 2>/dev/null
	ip netns del "$1"
}

# A server for any session: serve PORT NAME says NAME and whom it sees, on every address.
cat >/run/rig/serve <<'PY'
import socket, sys
s = socket.create_server(("::", int(sys.argv[1])), family=socket.AF_INET6, dualstack_ipv6=True)
while True:
    c, peer = s.accept()
    c.sendall((sys.argv[2] + " sees " + peer[0].replace("::ffff:", "") + "\n").encode())
    c.close()
PY

logged() { # TEXT: lines of the log with it, which may be on their way
	wait_until 5 grep -q "$1" "$rig_log"
	grep "$1" "$rig_log"
}

# serve NAME USER PORT: a session with such a server, until "leave NAME".  sshd(8) has a session until nobody has its
# output open, so the server has it not.
serve() {
	stay "$1" ssh "$2" "python3 /run/rig/serve $3 $2 >/dev/null 2>&1 & until ss -Htln | grep -q :$3; do sleep 0.1; done"
}

ask_cmd() { # HOST PORT: what the server there says, as a command for a session
	echo "timeout 4 bash -c 'exec 3<>/dev/tcp/$1/$2 && cat <&3' 2>/dev/null"
}

ask() {
	bash -c "$(ask_cmd "$@")"
}

# /dev/net/tun as udev(7) makes it: for everybody, as what one may do with it is for CAP_NET_ADMIN.
tun_for_all() {
	[ "$(stat -c %a /dev/net/tun 2>/dev/null)" = 666 ] && return
	mkdir -p /dev/net
	mount -t tmpfs -o mode=755 tun /dev/net && mknod -m 666 /dev/net/tun c 10 200 && chmod 666 /dev/net/tun
}

tun_gone() {
	! mountpoint -q /dev/net || umount /dev/net
}
