#!/bin/bash
# SPDX-License-Identifier: MIT
# assemble.sh TOP SCRIPT [ARG...]: PID 1 of a rig.  Builds its root, moves in, adds users and
# services, runs TOP/SCRIPT and ends with its status, and with it everything that still runs.
set -eu

root=/mnt/root

mount_devices() {
	mount -t tmpfs -o mode=755 dev $root/dev
	mkdir $root/dev/pts $root/dev/shm $root/dev/mqueue
	for node in null zero full random urandom tty; do
		touch $root/dev/$node
		mount --bind /dev/$node $root/dev/$node
	done
	mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts $root/dev/pts
	ln -s pts/ptmx $root/dev/ptmx
	ln -s /proc/self/fd $root/dev/fd
	mount -t tmpfs -o mode=1777 shm $root/dev/shm
	mount -t mqueue mqueue $root/dev/mqueue
}

# The root of this system, with a layer of ours on top.
build_root() {
	mount -t tmpfs -o mode=755 rig /mnt
	mkdir /mnt/upper /mnt/work $root
	# A whiteout: the /var/tmp of the machine may hold very many files, which are not to be deleted one by one.
	mkdir -m 755 /mnt/upper/var && mknod /mnt/upper/var/tmp c 0 0
	mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work rig $root
	mount -t proc proc $root/proc
	mount --rbind /sys $root/sys
	mount_devices
	mount -t tmpfs -o mode=755 run $root/run
	mount -t tmpfs -o mode=1777 tmp $root/tmp
	mkdir -p $root/run/rig $root/run/sshd $root/run/lock $root/src
	mount --bind "$1" $root/src
	mount -o remount,bind,ro $root/src
	# What processes of a test build collect, by a path of the machine (tests/coverage/counters.c).
	if [ -d "$1/${B:-build}/collected" ]; then
		mkdir -p "$root$1/${B:-build}/collected"
		mount --bind {,$root}"$1/${B:-build}/collected"
	fi
	mkdir -m 1777 $root/var/tmp
	: >$root/run/utmp
}

enter_root() {
	mkdir -p $root/.old
	cd $root
	pivot_root . .old
	umount -l /.old
	rmdir /.old
}

set_propagation() {
	case $1 in
	shared) mount --make-rshared / ;;
	private) mount --make-rprivate / ;;
	shared-tmp) mount --make-rprivate / && mount --make-shared /tmp ;;
	slave) # of a namespace that somebody keeps
		mount --make-rshared /
		sleep infinity &
		echo $! >/run/rig/master
		exec unshare -m --propagation slave -- bash "/src/$RIG_ASSEMBLE" --entered "${@:2}"
		;;
	*) echo "no such variant: $1" >&2 && exit 2 ;;
	esac
}

add_people() {
	local user

	for user in alice:2001 bob:2002 carol:2003; do
		useradd -m -u ${user#*:} -s /bin/bash -p '*' ${user%:*}
	done
	ssh-keygen -q -t ed25519 -N '' -C rig -f /run/rig/key
	ssh-keygen -q -t ed25519 -N '' -C rig -f /run/rig/hostkey
	for user in alice bob carol root; do
		home=$(getent passwd $user | cut -d: -f6)
		rm -rf "$home/.ssh" "$home/.bash_profile"
		install -d -m 700 -o $user -g $user "$home/.ssh"
		install -m 600 -o $user -g $user /run/rig/key.pub "$home/.ssh/authorized_keys"
	done
}

add_services() {
	ip link set lo up
	hostname rig
	echo rig >/etc/hostname
	printf '127.0.0.1 localhost rig\n' >/etc/hosts
	rm -f /etc/nologin /etc/ssh/sshd_config.d/* /etc/cron.d/* /etc/cron.*/* /var/spool/cron/crontabs/*
	: >/etc/crontab
	install -d -m 755 /etc/sudoers.d
	printf 'Defaults !lecture\nALL ALL=(ALL:ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/rig
	chmod 440 /etc/sudoers.d/rig
	printf '%s\n' 'Port 22' 'ListenAddress 127.0.0.1' 'HostKey /run/rig/hostkey' 'UsePAM yes' \
		'KbdInteractiveAuthentication no' 'PasswordAuthentication no' 'PermitRootLogin yes' \
		'UseDNS no' 'PrintMotd no' 'PrintLastLog no' 'LogLevel VERBOSE' 'MaxStartups 100' \
		'Subsystem sftp internal-sftp' >/run/rig/sshd_config
	chmod 755 /run/rig
}

if [ "${1:-}" != --entered ]; then
	RIG_ASSEMBLE=tests/session/rig/assemble.sh
	export RIG_ASSEMBLE RIG_STANDIN="${RIG_STANDIN:-}"
	build_root "$1"
	[ -z "$RIG_STANDIN" ] || install -m 644 "$RIG_STANDIN" $root/run/rig/standin.so
	enter_root
	add_people
	add_services
	set_propagation "${RIG_VARIANT:-shared}" "${@:2}"
fi
shift
export RIG_STAGE=inside PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
unset RIG_ASSEMBLE
cd /
status=0
"/src/$1" "${@:2}" || status=$?
exit $status
