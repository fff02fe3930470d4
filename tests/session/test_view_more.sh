#!/bin/bash
# SPDX-License-Identifier: MIT
# Values of the IPC namespace, programs that run when a set comes and goes, and a user who is root
# over their own namespaces and over nothing else.
. "$(dirname "$0")/rig.sh"

isolate
more_policy() { # LINE...: of the policy
	policy <<-END
		version = 1;
		policies = { more = { namespaces = [ "mount", "ipc", "uts", "net" ];
		  directories = ( { path = "/tmp"; method = "tmpfs"; } ); $*
		}; };
		rules = ( { uid = "2000-2999"; policy = "more"; } );
	END
}

host_values=$(cat /proc/sys/kernel/shmmax /proc/sys/kernel/sem /proc/sys/fs/mqueue/msg_max)
more_policy 'sysctl = [ "kernel.shmmax=65536", "kernel.sem=10 20 30 40", "fs.mqueue.msg_max=7" ];'
case_begin "sysctl: the set's values inside, the host's outside"
for way in ssh su sudo; do
	seen=$("as_$way" alice 'cat /proc/sys/kernel/shmmax /proc/sys/kernel/sem /proc/sys/fs/mqueue/msg_max | tr "\t\n" "  "')
	expect_eq "$seen" "65536 10 20 30 40 7 " "values by $way"
done
expect_fails as_su alice 'ipcmk -M 70000 2>/dev/null'
expect_ok as_su alice 'ipcmk -M 60000 >/dev/null'
expect_all_gone
expect_eq "$(as_su alice 'wc -l </proc/sysvipc/shm; ipcmk -M 4096 >/dev/null; wc -l </proc/sysvipc/shm' | xargs)" "1 2" "/proc/sysvipc"
expect_eq "$(cat /proc/sys/kernel/shmmax /proc/sys/kernel/sem /proc/sys/fs/mqueue/msg_max)" "$host_values" "the host's values"
expect_all_gone
case_ok

case_begin "what programs have left of IPC is told at the end, and gone"
as_su alice 'ipcmk -M 4096 >/dev/null; ipcmk -S 2 >/dev/null; ipcmk -Q >/dev/null; ipcmk -Q >/dev/null'
expect_all_gone
expect_match "$(tail -n 5 "$(rig_settled_log)")" 'uid=2001 leaves IPC objects.* queues=2 semaphores=1 segments=1' "log"
case_ok

# --- hooks ---
hooks=/usr/local/lib/hooks
mkdir -p $hooks
cat >$hooks/say <<-'END'
	#!/bin/sh
	{ echo "$NSISOLATE_EVENT set=$NSISOLATE_SET user=$NSISOLATE_USER uid=$NSISOLATE_UID policy=$NSISOLATE_POLICY $(readlink /proc/self/ns/mnt) $(id -u) $(pwd)"
	env | grep -vE "^(NSISOLATE_|PATH=|PWD=|SHLVL=|_=|OLDPWD=)" | sed "s/^/stray /"; ls /proc/self/fd | wc -l; } >>/run/rig/hooks
	touch /tmp/by-hook 2>/dev/null
END
printf '#!/bin/sh\nexit 3\n' >$hooks/fail
printf '#!/bin/sh\nsleep 100 & sleep 100\n' >$hooks/hang
chmod 755 $hooks/*

for place in outside inside; do
	more_policy "on_create = { run = \"$hooks/say\"; where = \"$place\"; }; on_end = { run = \"$hooks/say\"; where = \"$place\"; };"
	case_begin "hooks $place: once when the set comes, once when it goes"
	rm -f /run/rig/hooks
	stay one ssh alice 'readlink /proc/self/ns/mnt; ls -A /tmp'
	as_su alice true
	expect_eq "$(grep -c ^create /run/rig/hooks)" 1 "create"
	leave one
	expect_all_gone
	wait_until 5 grep -q ^end /run/rig/hooks || fail "no end: $(cat /run/rig/hooks)"
	where=$(readlink /proc/self/ns/mnt)
	[ $place = outside ] || where=$(head -n1 /run/rig/stay.one)
	expect_match "$(grep ^create /run/rig/hooks)" "user=alice uid=2001 policy=more ${where//[\[\]]/.} 0 /\$" "create"
	expect_match "$(grep ^end /run/rig/hooks)" "user=alice uid=2001 policy=more ${where//[\[\]]/.} 0 /\$" "end"
	expect_eq "$(grep -c ^stray /run/rig/hooks)" 0 "environment"
	if [ $place = inside ]; then expect_match "$(cat /run/rig/stay.one)" by-hook "what it left"; fi
	rm -f /tmp/by-hook
	expect_all_gone
	case_ok
done

more_policy "on_create = { run = \"$hooks/fail\"; }; on_end = { run = \"$hooks/say\"; };"
rm -f /run/rig/hooks
check_refused sudo alice "on_create has failed"
expect_match "$(tail -n 5 "$(rig_settled_log)")" 'the hook .*/fail ended with status 3' "log"
[ ! -e /run/rig/hooks ] || fail "on_end ran for a set that never was"

more_policy "on_create = { run = \"$hooks/hang\"; timeout = \"1s\"; };"
check_refused su alice "on_create takes too long"
has_ended() { ! pgrep -fx 'sleep 100' >/dev/null; }
wait_until 5 has_ended || fail "what it started still runs"

chown alice $hooks/say
more_policy "on_create = { run = \"$hooks/say\"; };"
check_refused su alice "on_create is a user's program"
chown root $hooks/say

# --- delegate ---
ctl=/usr/local/sbin/nsisolate
mkdir -p /srv/own
more_policy 'user = "delegate"; hostname = "lab"; namespaces = [ "mount", "ipc", "uts", "net", "pid", "cgroup", "time" ];'
sed -i '0,/namespaces = \[ "mount", "ipc", "uts", "net" \];/s///' /etc/security/nsisolate.conf
case_begin "delegate: seven namespaces, and the session is not in the user namespace"
for way in ssh su sudo login cron; do
	seen=$("as_$way" alice 'for k in mnt ipc uts net pid cgroup time user; do echo $k $(readlink /proc/self/ns/$k); done; echo uid $(id -u); echo caps $(grep CapEff /proc/self/status)')
	for kind in mnt ipc uts net pid cgroup time; do
		expect_ne "$(seen_of $kind)" "$(readlink /proc/self/ns/$kind)" "$kind by $way"
	done
	expect_eq "$(seen_of user)" "$(readlink /proc/self/ns/user)" "user namespace by $way"
	expect_eq "$(seen_of uid)" 2001 "uid by $way"
	expect_match "$(seen_of caps)" ' 0000000000000000$' "capabilities by $way"
done
expect_all_gone
case_ok

case_begin "it survives a helper that is killed, is joined by the next one, and ends clean"
stay one ssh alice 'for k in mnt ipc uts net pid cgroup time; do readlink /proc/self/ns/$k; done'
anchors=$(pgrep -f "^nsisolate: set")
for pid in $(helper_pids); do
	grep -qx "$pid" <<<"$anchors" || kill -9 "$pid"
done
seen=$(as_su alice 'for k in mnt ipc uts net pid cgroup time; do readlink /proc/self/ns/$k; done')
expect_eq "$seen" "$(head -n 7 /run/rig/stay.one)" "the second login's namespaces"
expect_eq "$($ctl matrix 2>&1 | grep -c "alice\|2001")" 1 "the set in the matrix"
leave one
expect_all_gone
case_ok

case_begin "enter --root: root over hostname, network and mounts of one's own"
seen=$(as_ssh alice "touch /tmp/private
	$ctl enter --root alice -- sh -c 'echo id \$(id -u)
		hostname mine && echo host \$(hostname)
		ip link set lo up && ip addr add 10.1.2.3/24 dev lo && echo net \$(ip -4 -o addr show lo | grep -c 10.1.2.3)
		mount -t tmpfs own /srv/own && touch /srv/own/x && echo mount \$(ls /srv/own)'
	echo after \$(hostname) \$(ls /srv/own | wc -l)
	ping -c1 -W2 10.1.2.3 >/dev/null 2>&1; echo user \$(id -u)")
expect_eq "$(seen_of id)" 0 "uid inside"
expect_eq "$(seen_of host)" mine "hostname"
expect_eq "$(seen_of net)" 1 "network"
expect_eq "$(seen_of mount)" x "mounts"
expect_eq "$(seen_of after)" "mine 0" "the session's own hostname and mounts"
expect_eq "$(hostname)" rig "the host's name"
expect_eq "$(ip -4 -o addr | grep -c 10.1.2.3)" 0 "the host's network"
expect_all_gone
case_ok

case_begin "and over nothing of the host's"
echo root-only >/etc/rig-secret && chmod 600 /etc/rig-secret
sleep 500 &
victim=$!
attack='umount /tmp && echo unmounted; umount -l /tmp && echo unmounted; umount -R / && echo unmounted
umount -l /proc && echo unmounted; umount /dev/mqueue && echo unmounted; mount -o remount,rw,suid,dev /tmp && echo remounted
ls /tmp/host-mark /proc/1/root/tmp/host-mark
cat /etc/rig-secret; cat /etc/shadow | head -n1; echo x >/proc/sys/kernel/core_pattern && echo wrote; mknod /tmp/sda b 8 0 && echo node
mount -t proc p /mnt && cat /mnt/1/comm | grep -v nsi-set; mount -t cgroup2 c /mnt && ls /mnt | head -n1; reboot -f && echo rebooted; date -s 2001-01-01 >/dev/null && echo dated
kill -9 1 && echo killed; cat /proc/1/environ; nsenter -t 1 -m ls /tmp/host-mark; insmod /x 2>/dev/null && echo loaded
cp /bin/sh /tmp/rootsh && chmod 4755 /tmp/rootsh; echo setuid $(stat -c %u /tmp/rootsh)
ip link add veth0 type veth peer name veth1 netns 1; true'
seen=$(as_ssh alice "touch /tmp/private; $ctl enter --root alice -- sh -c '$attack' 2>/dev/null; echo then \$(stat -c %u /tmp/rootsh)")
expect_eq "$(grep -v '^setuid\|^then' <<<"$seen")" "" "what the attacks came to"
expect_eq "$(seen_of then)" 2001 "the owner of what was made setuid"
expect_fails ip link show veth1 2>/dev/null
kill -0 $victim || fail "a process of the host's was killed"
kill $victim
rm -f /etc/rig-secret
expect_host_untouched
expect_all_gone
case_ok

case_begin "enter --root of a command that is not there, or cannot be run, ends as a shell does"
seen=$(as_ssh alice "$ctl enter --root alice -- /nonexistent 2>/dev/null; echo \$?; $ctl enter --root alice -- /etc/passwd 2>/dev/null; echo \$?")
expect_eq "$(xargs <<<"$seen")" "127 126" "the exit statuses"
expect_all_gone
case_ok

case_begin "enter --root is for one's own set alone, and for a delegated one"
expect_fails as_ssh alice "$ctl enter --root bob -- true 2>/dev/null"
expect_fails in_time setpriv --reuid 2001 --regid 2001 --clear-groups $ctl enter --root alice -- true
more_policy ''
expect_fails as_ssh alice "$ctl enter --root alice -- true 2>/dev/null"
expect_all_gone
case_ok
