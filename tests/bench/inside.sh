#!/bin/bash
# SPDX-License-Identifier: MIT
# tests/bench/inside.sh: runs the benchmark in a rig and prints its results as a tar archive.
[ "${RIG_STAGE:-outside}" = outside ] || exec 3>&1 >&2
. "$(dirname "$0")/../session/rig.sh"
. "$(dirname "$0")/../session/rig/net.sh"
trap - EXIT

rig_sshd_stop # nobody logs in by it here
# Modules of others that were fetched and not installed: see tests/bench/peers.
peers=/src/${B:-build}/bench/peers/root
[ ! -d "$peers" ] || tar -c -C "$peers" . | tar -x -C / --keep-directory-symlink
install -d -m 000 /tmp-inst /var/tmp-inst
mkdir -p /var/lib/bench /run/netns /run/rig/out /etc/netns/u17
# A parent for macvlan, with a route by it: a way out that pasta sees where everybody has /dev/net/tun.
ip link add nsim0 type veth peer name nsim1 && ip link set nsim1 up && ip link set nsim0 up &&
	ip addr add 192.0.2.2/24 dev nsim0 && ip route add default via 192.0.2.1
tun_for_all
modules=$(pkg-config --variable=libdir pam)/security
eval "args=(${BENCH_ARGS:-})" # words in quotes stay together
former=/src/${B:-build}/bench/former/build
[ ! -x "$former/nsisolate-helper" ] || args+=(--former "$former")
"/src/${B:-build}/tests/bench/bench" ${BENCH_QUICK:+--quick} --modules "$modules" --out /run/rig/out "${args[@]}" || failed=1
[ -z "${BENCH_LOG:-}" ] || cat "$rig_log"
[ -z "${failed:-}" ] || exit 1
tar -c -C /run/rig/out . >&3
