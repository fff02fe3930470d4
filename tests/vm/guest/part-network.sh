# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Sets with networks and with all that a policy may ask for, by the helper of the real unit: under
# its bounding set, its filter of system calls, and its AppArmor profile where there is one.

# The world: another machine, which tells who has come.
world_begin() {
	ip netns add world && ip link add w0 type veth peer name w1 netns world &&
		ip address add 192.0.2.1/24 dev w0 && ip link set w0 up &&
		ip -n world address add 192.0.2.2/24 dev w1 && ip -n world link set w1 up &&
		ip netns exec world /usr/sbin/sshd -p 7000 -o PidFile=none &&
		{ ip route | grep -q ^default || ip route add default via 192.0.2.2; } # pasta wants one
}

world_end() {
	local pids

	pids=$(ip netns pids world)
	# shellcheck disable=SC2086
	[ -z "$pids" ] || kill $pids
	ip link delete w0
	ip netns delete world
}

# The first words that a server says.
greeting() { # HOST PORT: a command
	echo "timeout 20 bash -c 'exec 3<>/dev/tcp/$1/$2 && head -c 7 <&3 && echo'"
}

each='%{host}-%{user}'
network_policy() { # NAMESPACES NETWORK MORE [HOSTNAME]
	cat >/etc/security/nsisolate.conf <<-END
		version = 1;
		policies = { lab = { namespaces = [ "mount", "ipc", "uts", $1 ]; hostname = "${4:-$each}";
		  directories = ( { path = "/tmp"; method = "disk"; retain = "session"; },
		    { path = "/dev/shm"; method = "tmpfs"; } ); $2 ${3:-} }; };
		rules = ( { from_group = "sudo"; user = "root"; action = "host"; },
		  { group = "lab"; policy = "lab"; } );
	END
	nsisolate check >&2 || fail "the policy is not valid"
	systemctl reload nsisolate.service || systemctl start nsisolate.service || fail "no helper"
}

cp -a /etc/security/nsisolate.conf /root/policy.before
touch /tmp/host-mark

case_begin "network: an empty one has a loopback and no more"
network_policy '"net"' 'network = { mode = "none"; };'
seen=$(as_ssh alice "$look; ls /sys/class/net") || fail "status $?"
expect_isolated alice
expect_eq "$(tail -n 1 <<<"$seen")" lo "interfaces"
everybody_gone
case_ok

case_begin "network: a bridge with nat leads out, by rules of nft, and is taken away"
expect_ok world_begin
network_policy '"net"' 'network = { mode = "bridge"; bridge = "nsi0"; create = true; pool = "10.77.0.0/16"; nat = true; };'
expect_ok hold a alice
expect_eq "$(ask a "$(greeting 192.0.2.2 7000)")" SSH-2.0 "what the world says"
expect_has "$(nft list tables)" nsi_nsi0 "tables of nft"
drop a
everybody_gone
expect_has_not "$(nft list tables)" nsi_nsi0 "tables of nft afterwards"
expect_fails ip link show nsi0
case_ok

case_begin "network: mode user leads out by pasta, and the host's network is as it was"
if [ -c /dev/net/tun ]; then
	before=$(ip -o link | cut -d: -f2)
	network_policy '"net"' 'network = { mode = "user"; };'
	expect_ok hold a alice
	expect_eq "$(ask a "$(greeting 192.0.2.2 7000)")" SSH-2.0 "what the world says"
	expect_eq "$(ip -o link | cut -d: -f2)" "$before" "interfaces of the host"
	expect_eq "$(ps -o uid= -C pasta,pasta.avx2,passt,passt.avx2 | xargs)" 65534 "who serves it"
	drop a
	everybody_gone
	case_ok
else
	case_skip "no /dev/net/tun here"
fi
world_end

case_begin "everything at once: PID, cgroup and time namespaces, a delegated user namespace, mounts, a hook"
mkdir -p /srv/shared /srv/hidden
echo shared >/srv/shared/file
touch /srv/hidden/file
printf '#!/bin/sh\necho "$NSISOLATE_EVENT $NSISOLATE_USER" >>/run/by-hook\n' >/usr/local/sbin/vmtest-hook
chmod 755 /usr/local/sbin/vmtest-hook
if [ -d /sys/kernel/security/apparmor ]; then
	printf '%s\n' '/usr/local/sbin/vmtest-hook mrix,' '/{,usr/}bin/{sh,dash} mrix,' \
		>/etc/apparmor.d/local/usr.libexec.nsisolate.nsisolate-helper
	expect_ok apparmor_parser -r -T /etc/apparmor.d/usr.libexec.nsisolate.nsisolate-helper
fi
network_policy '"net", "pid", "cgroup", "time"' 'network = { mode = "none"; };' '
  user = "delegate"; home = "overlay"; clock = { boottime = "+300d"; };
  proc = { hidepid = "invisible"; }; nested = "without-pid";
  bind = ( { source = "/srv/shared"; target = "/mnt"; options = [ "ro" ]; } );
  hide = [ "/srv/hidden" ]; readonly = [ "/opt" ];
  on_create = { run = "/usr/local/sbin/vmtest-hook"; };
  on_end = { run = "/usr/local/sbin/vmtest-hook"; };
  on_last_close = "kill";'
seen=$(as_su alice "$look; echo pids \$(ls /proc | grep -c '^[0-9]'); echo mnt2 \$(cat /mnt/file)
	echo hidden \$(ls -A /srv/hidden); echo up \$(cut -d. -f1 /proc/uptime); touch ~/only-here") || fail "status $?"
expect_isolated alice
expect_ok test "$(seen_of pids)" -lt 10
expect_eq "$(seen_of mnt2)" shared "what is bound to /mnt"
expect_eq "$(seen_of hidden)" "" "what is hidden"
expect_ok test "$(seen_of up)" -gt $((300 * 86400))
[ ! -e /home/alice/only-here ] || fail "it wrote into the host's home"
everybody_gone
wait_until 10 grep -q end /run/by-hook
expect_eq "$(xargs </run/by-hook)" "create alice end alice" "what the hook has seen"
case_ok

case_begin "a group shares one set"
network_policy '"net"' 'network = { mode = "none"; };' 'scope = "group";' vmtest-lab
expect_ok hold a alice
ask a 'echo of-alice >/tmp/of-alice'
expect_eq "$(as_su bob 'cat /tmp/of-alice; hostname' | xargs)" "of-alice vmtest-lab" "what bob sees"
drop a
everybody_gone
case_ok

rm -rf /run/by-hook /srv/shared /srv/hidden /usr/local/sbin/vmtest-hook
: >/etc/apparmor.d/local/usr.libexec.nsisolate.nsisolate-helper
mv /root/policy.before /etc/security/nsisolate.conf
systemctl reload nsisolate.service || fail "the policy of before"
