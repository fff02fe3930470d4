#!/bin/bash
# SPDX-License-Identifier: MIT
# The unit tests for arm64, built and run in a Debian 13 by emulation of that processor (qemu-user).  The emulator lacks
# some system calls, such as clone3(2) and seccomp(2): a case that fails for amd64 by emulation, too, is skipped.
# alone: it boots, builds or emulates on all processors
. "$(dirname "$0")/../bare/bare.sh"

emulated_install() { # ARCHITECTURE TRIPLET
	local libs
	libs=$(sed -n 's/^build: //p' tools/packages | xargs -n 1 | grep '^lib.*-dev$' | grep -vx libc6-dev | xargs)
	dpkg --add-architecture "$1" && { apt-get -q update || :; } && # a mirror in the middle of its own update has enough
		apt-get -q -y install --no-install-recommends make pkg-config gcc libc6-dev "gcc-$2" "libc6-dev-$1-cross" $libs libcmocka-dev \
			$(sed "s/[^ ]*/&:$1/g" <<<"$libs") "libcmocka-dev:$1" "libc6:$1" qemu-user mount util-linux
}

emulated_run() { # BUILD EMULATOR: a line for each case, without its result's reason
	B=build/$1 EMULATOR=$2 UNIT_SECONDS=300 tests/run unit >"/run/$1" 2>&1
	cat "/run/$1" >&2
	sed -n 's/^not ok \(unit:[^#]*[^# ]\).*/\1/p' "/run/$1" | sort >"/run/$1.failed"
}

emulated_inside() { # ARCHITECTURE TRIPLET EMULATOR
	local passed
	export DEBIAN_FRONTEND=noninteractive
	emulated_install "$1" "$2" >&2 || { echo "skip $1 # this suite cannot install the libraries of $1 today" && return 0; }
	make -s -j"$(nproc)" B=build/"$1" CC="$2-gcc" PKG_CONFIG="$2-pkg-config" all test-units >&2 &&
		make -s -j"$(nproc)" B=build/control all test-units >&2 || { echo "not ok $1 is built" && return 1; }
	emulated_run "$1" "$3"
	emulated_run control qemu-x86_64
	passed=$(grep -c '^ok ' "/run/$1")
	bare_verdict "$1: the unit tests by emulation: $passed passed" "$([ "$passed" -gt 200 ] && echo yes)"
	comm -23 "/run/$1.failed" /run/control.failed | sed "s/^/not ok $1: /"
	comm -12 "/run/$1.failed" /run/control.failed | sed "s/^/skip $1: /; s/\$/ # the emulator cannot: it fails for amd64 by qemu-x86_64, too/"
}

if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap busybox >/dev/null; then
	echo "skip arm64 # needs root, mmdebstrap and busybox"
	exit 0
fi
image=$(bare_image trixie) || exit 1
bare_run "$image" bash -c "$(declare -f bare_verdict emulated_install emulated_run emulated_inside); emulated_inside arm64 aarch64-linux-gnu qemu-aarch64"
