#!/bin/bash
# SPDX-License-Identifier: MIT
# What conf/nsisolate.conf and conf/examples/*.conf promise in their heads, under exactly those files.
# slow: each example of the manual, with its lingers and ages
. "$(dirname "$0")/rig.sh"

isolate
# mode 1777 and owner root everywhere, and nothing of the host's
view='stat -c %a-%u:%g /tmp /dev/shm /var/tmp | xargs; echo files $(ls -A /tmp /dev/shm /var/tmp)'

install_example() { # FILE
	install -m 644 "/src/conf/$1" /etc/security/nsisolate.conf
}

expect_no_complaint() {
	expect_eq "$(grep nsisolate-helper "$(rig_settled_log)" | grep -E 'warning|error')" "" "what the helper says about the file"
}

expect_private_dirs() { # USER WAY
	seen=$("as_$2" "$1" "$view")
	expect_match "$seen" '^1777-0:0 1777-0:0 1777-0:0' "directories of $1 by $2"
	expect_no_match "$seen" 'host-mark' "files of $1 by $2"
}

expect_mount_option() { # USER DIR OPTION
	expect_match ",$(as_su "$1" "findmnt -rno OPTIONS $2")," ",$3," "$2 of $1"
}

expect_size() { # USER DIR KIB INODES
	expect_eq "$(as_su "$1" "df -k --output=size,itotal $2 | tail -1 | xargs")" "$3 $4" "size of $2"
}

expect_ipc() { # NS-LINE same|own WHAT
	if [ "$2" = own ]; then
		expect_ne "$(cut -d' ' -f2 <<<"$1")" "$(cut -d' ' -f2 <<<"$host_ns")" "$3"
	else
		expect_eq "$(cut -d' ' -f2 <<<"$1")" "$(cut -d' ' -f2 <<<"$host_ns")" "$3"
	fi
}

# What each leaves on disk for later would be left behind here.
forget_instances() {
	wait_until 15 nobody_isolated || fail "processes are left"
	find $statedir -mindepth 1 -maxdepth 1 -name 'u*' -exec rm -rf {} +
}

# An administrator's sudo and su lead back to the host, from inside of a set.
expect_admin_gets_back() {
	usermod -a -G sudo carol
	expect_eq "$(as_ssh carol "$ns_cmd; sudo sh -c '$ns_cmd'" | tail -1)" "$host_ns" "carol's sudo"
	expect_ne "$(as_ssh carol "sudo -u bob sh -c '$ns_cmd'")" "$host_ns" "carol's sudo to bob"
	expect_ne "$(as_ssh alice "sudo sh -c '$ns_cmd'")" "$host_ns" "alice's sudo, who is none"
	gpasswd -d carol sudo >/dev/null
}

case_begin "no shipped policy leaves a service out, or has a rule that cannot work"
for group in students lab; do groupadd $group; done
for user in slurm munge; do useradd -r -M $user; done
mkdir -p /srv/exam/hand-in /srv/images/lab # as the examples tell an administrator to
for file in nsisolate.conf examples/*.conf; do
	for path in /src/conf/$file; do
		install_example "${path#/src/conf/}"
		run_ctl check --strict
		expect_eq "$status-$err" 0- "check of $path"
	done
done
for user in slurm munge; do userdel $user; done
rm -rf /srv/exam /srv/images
for group in students lab; do groupdel $group; done
case_ok

case_begin "nsisolate.conf as it is shipped: people have their own, whatever way they come"
install_example nsisolate.conf
for way in $(every_way); do
	expect_private_dirs alice "$way"
done
stay one ssh alice "$ns_cmd; touch /tmp/hers; ipcmk -Q >/dev/null; ipcs -q | grep -c ^0x"
expect_ipc "$(head -1 /run/rig/stay.one)" own "alice's IPC"
expect_eq "$(tail -1 /run/rig/stay.one)" 1 "alice's message queues"
expect_eq "$(as_su alice "$ns_cmd")" "$(head -1 /run/rig/stay.one)" "her second login"
expect_other_ns "$(as_su bob "$ns_cmd" | awk '{ print $1, $2, "-" }')" "bob's" "$(head -1 /run/rig/stay.one)"
expect_fails as_su bob 'test -e /tmp/hers'
expect_eq "$(as_ssh alice hostname)" rig "hostname"
expect_host_untouched
case_ok

case_begin "... /tmp lasts until the next boot, /var/tmp longer, /dev/shm until the last logout"
as_su alice 'touch /tmp/kept /var/tmp/kept /dev/shm/lost'
leave one
wait_until 10 nobody_isolated
expect_ok as_ssh alice 'test -e /tmp/kept && test -e /var/tmp/kept && ! test -e /dev/shm/lost'
wait_until 10 nobody_isolated
expect_eq "$(awk '{ print $3, $4 }' $statedir/u2001/.meta-tmp)" "boot-only=1 age=0" "how long /tmp is kept"
expect_eq "$(awk '{ print $3, $4 }' $statedir/u2001/.meta-var-tmp)" "boot-only=0 age=$((30 * 86400))" "how long /var/tmp is kept"
case_ok

case_begin "... and accounts of the system are left alone"
useradd -r -u 300 -s /bin/bash -M robot
expect_eq "$(as_runuser robot "$ns_cmd")" "$host_ns" "robot's"
userdel robot
expect_eq "$(as_ssh root "$ns_cmd")" "$host_ns" "root's"
expect_no_complaint
forget_instances
case_ok

case_begin "shared-server"
install_example examples/shared-server.conf
expect_private_dirs alice ssh
expect_ipc "$(as_ssh alice "$ns_cmd")" own "alice's IPC"
expect_mount_option alice /dev/shm noexec
expect_mount_option alice /tmp nosuid
expect_admin_gets_back
as_su alice 'touch /var/tmp/kept'
wait_until 10 nobody_isolated
expect_ok as_su alice 'test -e /var/tmp/kept'
useradd -u 2100 -M -s /bin/bash deploy-www
expect_eq "$(as_runuser deploy-www "$ns_cmd")" "$host_ns" "deploy-www's"
userdel deploy-www
expect_no_complaint
forget_instances
case_ok

case_begin "lab-desktop: a name, sockets of X, and the host's System V IPC"
install -d -m 1777 /tmp/.X11-unix /tmp/.ICE-unix
touch /tmp/.X11-unix/X0
install_example examples/lab-desktop.conf
expect_eq "$(as_ssh alice 'hostname; readlink /proc/self/ns/ipc; ls /tmp/.X11-unix')" \
	"rig-alice
$(readlink /proc/self/ns/ipc)
X0" "alice's"
expect_size alice /tmp 2097152 100000
expect_admin_gets_back
expect_all_gone
rm -r /tmp/.X11-unix /tmp/.ICE-unix
expect_no_complaint
case_ok

case_begin "lab-remote-desktop: a name, the host's System V IPC, and three logins at a time"
install_example examples/lab-remote-desktop.conf
sed -i 's/linger = "10m"/linger = "1s"/' /etc/security/nsisolate.conf
expect_eq "$(as_ssh alice 'hostname; readlink /proc/self/ns/ipc')" "rig-alice
$(readlink /proc/self/ns/ipc)" "alice's"
for i in 1 2 3; do stay $i ssh alice true; done
expect_fails as_ssh alice true
for i in 1 2 3; do leave $i; done
expect_admin_gets_back
expect_no_complaint
forget_instances
case_ok

case_begin "lab-hostnames"
install_example examples/lab-hostnames.conf
sed -i 's/linger = "10m"/linger = "2s"/' /etc/security/nsisolate.conf
expect_private_dirs alice ssh
expect_eq "$(as_ssh alice 'hostname; cat /etc/hostname; getent hosts $(hostname) | grep -c rig-alice' | xargs)" "rig-alice rig-alice 1" "the name, everywhere"
expect_eq "$(as_su bob hostname)" rig-bob "bob's"
expect_eq "$(hostname)" rig "the machine's"
expect_size alice /tmp 1048576 100000
expect_admin_gets_back
back_in_time 2 true 'touch /tmp/dropped; setsid -f sleep 60 >/dev/null 2>&1 </dev/null' 'test -e /tmp/dropped && echo there'
expect_eq "$seen" there "the file of a connection that was dropped"
expect_all_gone
expect_fails pgrep -u alice -x sleep
expect_no_complaint
case_ok

case_begin "hpc-compute: who is in no job has a small /tmp of their own"
install_example examples/hpc-compute.conf
expect_match "$(as_ssh alice 'echo $NSISOLATE_POLICY; ls -A /tmp')" '^hpc-login$' "alice by ssh"
expect_size alice /tmp 262144 20000
expect_admin_gets_back
forget_instances
expect_no_complaint
case_ok

case_begin "hpc-login"
install_example examples/hpc-login.conf
expect_private_dirs alice ssh
expect_size alice /tmp 4194304 500000
expect_size alice /dev/shm 2097152 10000
expect_mount_option alice /dev/shm noexec
as_ssh alice "touch /tmp/of-tmux; $lasting"
expect_ok as_ssh alice 'test -e /tmp/of-tmux && pgrep -u alice -x sleep >/dev/null'
pkill -u alice -x sleep
expect_admin_gets_back
expect_no_complaint
forget_instances
expect_all_gone
case_ok

case_begin "hpc-login, with what LXCFS would show"
install -d /var/lib/lxcfs/proc
for file in meminfo cpuinfo loadavg stat swaps uptime; do
	echo "share of $file" >/var/lib/lxcfs/proc/$file
done
sed -i -E '/^    # bind = \(/,/^    # \);/s/^    # /    /' /etc/security/nsisolate.conf
expect_eq "$(as_ssh alice 'cat /proc/meminfo /proc/uptime; cat /proc/self/comm' | xargs)" "share of meminfo share of uptime cat" "what alice sees"
expect_match "$(head -1 /proc/meminfo)" '^MemTotal' "the host's"
expect_host_untouched
expect_no_complaint
rm -r /var/lib/lxcfs
forget_instances
expect_all_gone
case_ok

case_begin "shared-hosting"
install_example examples/shared-hosting.conf
expect_private_dirs alice ssh
expect_size alice /tmp 262144 20000
expect_eq "$(as_ssh alice hostname)" web "hostname"
for dir in /tmp /var/tmp /dev/shm; do
	expect_fails as_su alice "cp /bin/true $dir/x && $dir/x"
done
expect_fails as_su alice 'ln -s /etc/passwd /tmp/link && cat /tmp/link'
stay one ssh alice 'touch /tmp/hers; setsid -f sleep 60 >/dev/null 2>&1 </dev/null'
expect_fails as_su bob 'test -e /tmp/hers'
expect_eq "$(as_su bob 'pgrep -u alice; ls -d /proc/[0-9]* | wc -l | xargs test 12 -gt && echo few')" few "processes that bob sees"
expect_eq "$(as_su bob 'ls -A /var/mail /media' | xargs)" "/media: /var/mail:" "mail and media"
leave one
expect_all_gone
expect_fails pgrep -u alice -x sleep
usermod -a -G sudo carol
expect_host_ns "$(as_ssh carol "$ns_cmd")" "the administrator's"
gpasswd -d carol sudo >/dev/null
expect_ne "$(as_ssh carol "$ns_cmd")" "$host_ns" "the same account as a customer's"
expect_no_complaint
expect_all_gone
case_ok

case_begin "jump-host"
install_example examples/jump-host.conf
expect_private_dirs alice ssh
eval "$(ssh-agent -s)" >/dev/null && ssh-add -q /run/rig/key
in_time ssh -A "${ssh_options[@]}" alice@127.0.0.1 'ssh-add -l; ls -d /tmp/ssh-*; touch /home/alice/in; while test -e /home/alice/in; do sleep 0.1; done' \
	</dev/null >/run/rig/agent &
connection=$!
wait_until 10 test -e /home/alice/in
expect_match "$(cat /run/rig/agent)" 'ED25519.*/tmp/ssh-' "the agent in its own connection"
expect_eq "$(as_ssh alice 'ls -A /tmp')" "" "what another connection of alice sees of it"
has_one_session() { [ "$(nsisolate list --json | jq '[.sets[].sessions[]] | length')" = 1 ]; }
wait_until 10 has_one_session # sshd closes a moment after its client has gone
stay two su alice true
expect_fails as_ssh alice true # from outside: two at a time
expect_ok as_ssh bob true
leave two
rm /home/alice/in && wait $connection
kill "$SSH_AGENT_PID"
expect_all_gone
as_ssh alice 'setsid -f sleep 60 >/dev/null 2>&1 </dev/null'
expect_all_gone
expect_fails pgrep -u alice -x sleep
stack rig "$rig_service"
expect_match "$(as_pamhost alice --rhost 10.1.2.3 open run 'echo policy $NSISOLATE_POLICY' close end; grep 'opened user=alice' "$(rig_settled_log)" | tail -1)" 'policy=jump ' "from the administrators' network"
expect_admin_gets_back
expect_no_complaint
expect_all_gone
case_ok
