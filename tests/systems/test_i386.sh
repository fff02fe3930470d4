#!/bin/bash
# SPDX-License-Identifier: MIT
# Programs of i386 on an amd64 system: the module of i386 with the helper of amd64, and the unit tests of i386.
# alone: it boots, builds or emulates on all processors
. "$(dirname "$0")/../bare/bare.sh"

i386_install() {
	local libs
	libs=$(sed -n 's/^build: //p' tools/packages | xargs -n 1 | grep '^lib.*-dev$' | grep -vx libc6-dev | xargs)
	dpkg --add-architecture i386 && { apt-get -q update || :; } && # a mirror in the middle of its own update has enough
		apt-get -q -y install --no-install-recommends make pkg-config gcc libc6-dev gcc-i686-linux-gnu libc6-dev-i386-cross \
			$libs $(sed 's/[^ ]*/&:i386/g' <<<"$libs") libcmocka-dev:i386 libc6:i386 libpam-modules:i386 passwd mount util-linux
}

i386_build() {
	make -s -j"$(nproc)" B=build/i386 PREFIX=/usr CC=i686-linux-gnu-gcc PKG_CONFIG=i686-linux-gnu-pkg-config all test-units test-tools &&
		make -s -j"$(nproc)" PREFIX=/usr all test-tools && make -s install PREFIX=/usr &&
		install -D -m 644 build/i386/pam_nsisolate.so /usr/lib/i386-linux-gnu/security/pam_nsisolate.so
}

i386_prepare() {
	useradd -m -u 2001 alice
	printf '%s\n' 'auth required pam_permit.so' 'account required pam_permit.so' 'session required pam_permit.so' \
		'session required pam_nsisolate.so' >/etc/pam.d/rig
	cat >/etc/security/nsisolate.conf <<-'CONF'
		version = 1;
		policies = { lab = { namespaces = [ "mount", "ipc", "uts" ]; hostname = "lab-%{user}";
		  directories = ( { path = "/tmp"; method = "tmpfs"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	CONF
	: >/tmp/host-mark
}

# HOST: its pamhost; what alice's session sees.
i386_login() {
	timeout 60 "$1/tests/tools/pamhost" -s rig -u alice open run \
		'echo mnt $(readlink /proc/self/ns/mnt) host $(hostname) tmp $(ls /tmp | xargs)' close end </dev/null
}

i386_case() { # NAME CMD...
	if "${@:2}" >&2; then echo "ok $1"; else echo "not ok $1"; fi
}

i386_sees_own() { # BUILD
	local seen
	seen=$(i386_login "$1")
	echo "$seen"
	[[ $seen == *'open PAM_SUCCESS'* && $seen == *'host lab-alice tmp'* && $seen != *host-mark* && $seen == *'close PAM_SUCCESS'* ]]
}

# A session of the first stays, and the second must come into its mount namespace.
i386_joins() { # BUILD BUILD
	local stays first second
	mkfifo /run/stay.in && exec 7<>/run/stay.in
	timeout 60 "$1/tests/tools/pamhost" -s rig -u alice open run 'echo mnt $(readlink /proc/self/ns/mnt); read -r _ <&7' close end >/run/stay.out 2>&1 &
	stays=$!
	for _ in $(seq 200); do grep -q '^mnt' /run/stay.out && break; sleep 0.1; done
	first=$(sed -n 's/^mnt //p' /run/stay.out)
	second=$(i386_login "$2" | sed -n 's/^mnt \([^ ]*\).*/\1/p')
	echo >&7
	wait $stays
	rm -f /run/stay.in
	echo "first $first second $second"
	[ -n "$first" ] && [ "$first" = "$second" ]
}

i386_ended() {
	for _ in $(seq 100); do [ -z "$(ls /run/nsisolate/sets)" ] && return; sleep 0.1; done
	return 1
}

i386_inside() {
	export DEBIAN_FRONTEND=noninteractive
	i386_install >&2 || { echo "skip i386 # this suite cannot install the libraries of i386 today" && return 0; }
	i386_build >&2 || { echo "not ok i386 is built" && return 1; }
	i386_prepare
	[ "$(od -An -tu1 -j4 -N1 build/i386/pam_nsisolate.so | tr -d ' ')" = 1 ] || echo "not ok the module is of 32 bits"
	[ "$(od -An -tu1 -j4 -N1 /usr/libexec/nsisolate/nsisolate-helper | tr -d ' ')" = 2 ] || echo "not ok the helper is of 64 bits"
	i386_case "i386: a program of 32 bits, with its module, and the helper of 64: alice sees a world of her own" i386_sees_own build/i386
	i386_case "i386: her login by a program of 64 bits comes into the set that a program of 32 has" i386_joins build/i386 build
	i386_case "i386: and the other way round" i386_joins build build/i386
	i386_case "i386: nothing is left of it" i386_ended
	B=build/i386 tests/run unit >/run/unit 2>&1
	cat /run/unit >&2
	bare_units i386 /run/unit
}

if [ "$(id -u)" != 0 ] || ! command -v mmdebstrap busybox >/dev/null; then
	echo "skip i386 # needs root, mmdebstrap and busybox"
	exit 0
fi
image=$(bare_image trixie) || exit 1
bare_run "$image" bash -c "$(declare -f bare_units bare_counts bare_verdict i386_install i386_build i386_prepare i386_login i386_case i386_sees_own i386_joins i386_ended i386_inside); i386_inside"
