#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Whether a new mount namespace can be bound to a file depends on the processor that made it.
#
# What one expects: "unshare --mount=FILE" (unshare(1), util-linux) makes a mount namespace and keeps it by
# a bind mount of /proc/PID/ns/mnt on FILE.  The kernel refuses such a bind with EINVAL only where it would
# close a circle, which it finds by an order: the namespace that is bound must be younger than the one that
# holds the mount.  A namespace that was made a moment ago by a process of the holding namespace is younger,
# so the bind always succeeds; up to Linux 6.17 it does.
#
# What happens (seen with Linux 6.18.44 and util-linux 2.38.1-5+deb12u3): age is told by the 64-bit id of the
# namespace (NS_GET_MNTNS_ID, ioctl_ns(2)), and each processor takes ids from a range of its own.  A younger
# namespace that another processor has made can have the lower id, and the bind fails for as long as the range
# lasts: with two processors in exactly one of the two directions.  Programs that keep mount namespaces by a
# file (namespaces of jobs or of containers) fail by chance of scheduling.
#
# Seen on one machine with two processors:
#   holder made on cpu 0: namespace made on cpu 0 ok, on cpu 1 ok
#   holder made on cpu 1: namespace made on cpu 0 Invalid argument, on cpu 1 ok
#
# Needs root, two processors, apt-get of Debian 12 and Linux 6.18.  Status: 0 as described, 1 otherwise,
# 77 where it cannot be tried.
set -u
version=2.38.1-5+deb12u3

[ "$(id -u)" = 0 ] || { echo "skip: needs root"; exit 77; }
mapfile -t cpus < <(taskset -cp $$ | sed 's/.*: //; s/,/\n/g' | awk -F- '{ for (i = $1; i <= $NF; i++) print i }' | head -2)
[ ${#cpus[@]} = 2 ] || { echo "skip: needs two processors"; exit 77; }
kernel=$(uname -r)
[ "$(printf '%s\n' 6.18 "$kernel" | sort -V | head -1)" = 6.18 ] || { echo "skip: Linux $kernel is older than 6.18"; exit 77; }

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
if ! (cd "$dir" && apt-get download -qq "util-linux=$version" && dpkg-deb -x util-linux_*.deb root) >"$dir/log" 2>&1; then
	echo "skip: util-linux $version cannot be had here:" && sed 's/^/  /' "$dir/log"
	exit 77
fi
mkdir "$dir/mnt" # a mount point
export dir unshare=$dir/root/usr/bin/unshare

# In the holding namespace: binds a namespace that each of the processors $@ makes to a file, and prints "ok" or the error.
bind_on() {
	mount -t tmpfs -o size=64k bind "$dir/mnt" && mount --make-private "$dir/mnt" || return
	local cpu
	for cpu; do
		: >"$dir/mnt/$cpu"
		if LC_ALL=C taskset -c "$cpu" "$unshare" --mount="$dir/mnt/$cpu" true 2>"$dir/error"; then
			echo ok
		else
			sed 's/.*: //' "$dir/error"
		fi
	done
}
export -f bind_on

echo "Linux $kernel, util-linux $version"
outcomes=
for holder in "${cpus[@]}"; do
	mapfile -t got < <(taskset -c "$holder" "$unshare" --mount bash -c 'bind_on "$@"' bind "${cpus[@]}")
	[ ${#got[@]} = 2 ] || { echo "the holding namespace could not be set up"; exit 1; }
	echo "holder made on cpu $holder: namespace made on cpu ${cpus[0]} ${got[0]}, on cpu ${cpus[1]} ${got[1]}"
	outcomes+="${got[*]}; "
done
case $outcomes in
"ok ok; Invalid argument ok; " | "ok Invalid argument; ok ok; ") ;;
*)
	echo "not as described: with two processors exactly one direction should fail with 'Invalid argument'"
	exit 1
	;;
esac
