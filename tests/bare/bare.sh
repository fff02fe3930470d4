# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# A Debian that has nothing but git, make and certificates, in namespaces of its own, with a clone of
# HEAD.  Source it and call bare_test SUITE NAME, which runs the two commands of README.md there, or
# compilers_test SUITE PACKAGE..., which builds there with each compiler and runs the unit tests.
set -u

bare_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
bare_top=$(readlink -f "$bare_here/../..")
# What "make check" runs there: the rings that take no more than a minute or two.  The machine itself
# runs all of them.
bare_rings='source unit pam fuzz session:sshd session:su session:tour'

# A tar of the system, made once for each suite and week: packages move on.
bare_image() { # SUITE
	local cache
	. "$bare_here/../vm/cache.sh"
	cache=$(vm_cache)
	vm_lock "bare-$1"
	find "$cache" -maxdepth 1 -name "bare-$1.tar" -mtime +7 -delete
	if [ ! -s "$cache/bare-$1.tar" ]; then
		mmdebstrap --quiet --variant=essential --aptopt='Acquire::Check-Valid-Until "false"' --include=apt,ca-certificates,git,make "$1" \
			"$cache/bare-$1.$$.tar" >&2 && mv "$cache/bare-$1.$$.tar" "$cache/bare-$1.tar" || return 1
	fi
	echo "$cache/bare-$1.tar"
}

# Runs in new namespaces: the system on a tmpfs, the machine's name service, a clone of HEAD.
bare_enter() { # IMAGE COMMAND
	mount -t tmpfs -o mode=755,size=80% bare /mnt
	tar -C /mnt -xf "$1"
	mount -t proc proc /mnt/proc
	mount --rbind /sys /mnt/sys
	mount --rbind /dev /mnt/dev
	mkdir -p /mnt/.old
	cp /etc/resolv.conf /mnt/etc/resolv.conf
	git clone -q "$bare_top" /mnt/root/pam_nsisolate
	cp /bin/busybox /mnt/.old/busybox # Debian 13 has no umount from the start
	mkdir /mnt/.old/root
	pivot_root /mnt /mnt/.old/root
	cd /root/pam_nsisolate || return 1
	/.old/busybox umount -l /.old/root && rm -r /.old || return 1
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb RINGS="$bare_rings" "${@:2}"
}

bare_run() { # IMAGE COMMAND...
	unshare -m -p -i -u -f --kill-child --propagation private bash -c \
		"$(declare -p bare_top bare_rings); $(declare -f bare_enter); bare_enter \"\$@\"" - "$@"
}

# Says what a run of tests/run left behind in its last line.
bare_counts() { # OUTPUT
	grep -E '^[0-9]+ passed, 0 failed, [0-9]+ skipped$' "$1" | tail -n 1
}

bare_test() { # SUITE NAME
	local image out status

	if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap busybox >/dev/null; then
		echo "skip $2 # needs root, mmdebstrap and busybox"
		return 0
	fi
	if ! image=$(bare_image "$1"); then
		echo "not ok $2 can be made"
		return 1
	fi
	out=$(mktemp) status=0
	# shellcheck disable=SC2016
	bare_run "$image" sh -c 'make check && make demo' >"$out" 2>&1 || status=$?
	cat "$out" >&2
	bare_verdict "$2: make check" "$(bare_counts "$out")"
	bare_verdict "$2: make demo" "$(grep -x 'Nothing is left: no process, no namespace, no mount, no file.' "$out")"
	rm -f "$out"
	return $status
}

# One line for all unit tests, and one for each that failed.
bare_units() { # NAME OUTPUT
	local counts
	counts=$(bare_counts "$2")
	bare_verdict "$1: the unit tests${counts:+: $counts}" "$counts"
	sed -n -e "s/^not ok unit:/not ok $1: unit:/p" "$2"
}

bare_verdict() { # CASE PROOF
	if [ -n "$2" ]; then
		echo "ok $1"
	else
		echo "not ok $1"
	fi
}

# Runs in the bare system: builds with each compiler without a warning and runs the unit tests; last,
# where packages of other architectures are to be had, cross builds.  A case for each on stdout.
compilers_inside() { # COMPILER...
	local cc dir
	export DEBIAN_FRONTEND=noninteractive
	tools/install-packages build test >&2 || return 1
	apt-get -q -y install --no-install-recommends "$@" >&2 || return 1
	for cc; do
		dir=build/$cc
		if make -s -j"$(nproc)" B="$dir" CC="$cc" WERROR=1 all test-units >&2 && B=$dir tests/run unit >&2; then
			echo "ok $cc ($("$cc" --version | sed -n 1p))"
		else
			echo "not ok $cc ($("$cc" --version | sed -n 1p))"
		fi
		rm -rf "$dir"
	done
	compilers_cross arm64 aarch64-linux-gnu
	compilers_cross i386 i686-linux-gnu
}

compilers_cross() { # ARCHITECTURE TRIPLET
	local name="cross to $1" libs
	libs=$(sed -n 's/^build: //p' tools/packages | xargs -n 1 | grep '^lib.*-dev$' | grep -vx libc6-dev | sed "s/$/:$1/" | xargs)
	# shellcheck disable=SC2086
	if ! { dpkg --add-architecture "$1" && apt-get -q update &&
		apt-get -q -y install --no-install-recommends "gcc-$2" "libc6-dev-$1-cross" $libs; } >&2; then
		echo "skip $name # this suite cannot install the libraries of $1 today"
		return
	fi
	if make -s -j"$(nproc)" B=build/"$1" CC="$2-gcc" PKG_CONFIG="$2-pkg-config" WERROR=1 all >&2; then
		echo "ok $name"
	else
		echo "not ok $name"
	fi
}

compilers_test() { # SUITE COMPILER...
	local image

	if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap busybox >/dev/null; then
		echo "skip $1 # needs root, mmdebstrap and busybox"
		return 0
	fi
	image=$(bare_image "$1") || return 1
	bare_run "$image" bash -c "$(declare -f compilers_inside compilers_cross); compilers_inside \"\$@\"" - "${@:2}"
}
