#!/bin/bash
# SPDX-License-Identifier: MIT
#
# matrix.sh [PART...]: a booted system as its users and its administrator meet it, from installing
# the packages to purging them.  Runs in it, as root from ssh; one line a scenario.
set -u
here=$(dirname "$(readlink -f "$0")")
. "$here/ways.sh"
. "$here/cases.sh"
. "$here/document.sh"
cd /root/debs || exit 2
export DEBIAN_FRONTEND=noninteractive

host_mnt=$(readlink /proc/self/ns/mnt)
# Looks around; one line, as sudo -i drops line ends.
look='echo mnt $(readlink /proc/self/ns/mnt); echo host $(hostname); echo tmp $(ls /tmp); echo set $NSISOLATE_SET; touch /tmp/mine'

seen_of() { # KEY, of what is in $seen
	sed -n "s/^$1 //p" <<<"$seen"
}

expect_isolated() { # USER
	expect_ne "$(seen_of mnt)" "$host_mnt" "mount namespace of $1"
	expect_eq "$(seen_of host)" "vmtest-$1" "hostname"
	expect_has_not "$(seen_of tmp)" host-mark "its /tmp"
	[ ! -e /tmp/mine ] || fail "it wrote into the host's /tmp"
	rm -f /tmp/mine
}

expect_on_host() {
	expect_eq "$(seen_of mnt)" "$host_mnt" "mount namespace"
	expect_has "$(seen_of tmp)" host-mark "its /tmp"
	rm -f /tmp/mine
}

# An emulated machine is late for reasons of its own; pam-auth-update(8) keeps arguments that are added.
patience() {
	[ "$seconds" -lt 300 ] || sed -i "s/pam_nsisolate\.so *$/pam_nsisolate.so timeout=120/" /etc/pam.d/common-session*
}

no_sets() {
	[ -z "$(find /run/nsisolate/sets -mindepth 1 2>/dev/null)" ]
}

expect_all_gone() {
	wait_until 30 no_sets || fail "sets left: $(ls /run/nsisolate/sets)"
}

stacks_with_module() {
	grep -ls '^[^#]*pam_nsisolate' /etc/pam.d/*
}

# Refuses everybody whom it is for.
refusing_policy() {
	cp -a /etc/security/nsisolate.conf /root/policy
	cat >/etc/security/nsisolate.conf <<-'END'
		version = 1;
		policies = { none = { namespaces = [ "mount" ]; bind = ( { source = "/nowhere"; } ); }; };
		rules = ( { uid = "1000-"; policy = "none"; } );
	END
	systemctl reload-or-restart nsisolate.service
}

former_policy() {
	mv /root/policy /etc/security/nsisolate.conf
	systemctl reload-or-restart nsisolate.service
}

# logind stops a user's manager ten seconds after the last logout.
user_gone() { # USER
	loginctl terminate-user "$1" 2>/dev/null
	wait_until 30 no_processes "$1" || fail "processes of $1 left"
}

no_processes() {
	! pgrep -u "$1" >/dev/null
}

everybody_gone() {
	user_gone alice
	user_gone bob
	expect_all_gone
}

for part in "${@:-install}"; do
	[ -f "$here/part-$part.sh" ] || { echo "not ok no such part: $part" && exit 1; }
	# shellcheck source=/dev/null
	. "$here/part-$part.sh"
done

case_begin "no process has made a system call that is not in its list"
expect_eq "$({ journal -o cat SYSLOG_IDENTIFIER=nsisolate-helper || cat /var/log/syslog; } 2>/dev/null |
	grep -oE 'nsi-[a-z]*: the system call [^ ]* .*is refused' | sort -u)" "" "calls: see docs/adding-a-system-call.md"
case_ok
[ $faults = 0 ]
