#!/bin/bash
# SPDX-License-Identifier: MIT
# sshd: with and without a terminal, sftp, a chroot, several channels on one connection.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

check_way ssh alice
check_way ssh_tty bob

case_begin "with a terminal the session has one, and its tty(1) works"
expect_match "$(as_ssh_tty alice tty)" '^/dev/pts/[0-9]+$' "tty"
case_ok

case_begin "exit codes and signals come through"
as_ssh alice 'exit 37'
expect_eq $? 37 "exit code"
as_ssh_tty alice 'kill -TERM $$'
expect_ne $? 0 "a signal"
case_ok

case_begin "the environment gets three variables and nothing else, as the set has a host name"
isolate_none
as_ssh alice 'env | sort | grep -v ^SSH_' >/run/rig/env.without
isolate
as_ssh alice 'env | sort | grep -v ^SSH_' >/run/rig/env.with
expect_eq "$(diff /run/rig/env.without /run/rig/env.with | sed -n 's/^[<>] \([A-Z_]*\)=.*/\1/p' | xargs)" \
	"NSISOLATE_HOST NSISOLATE_POLICY NSISOLATE_SET" "what differs"
case_ok

case_begin "sftp moves files in the session's /tmp"
echo content >/home/alice/file
as_sftp alice <<'END' >/run/rig/sftp.out
put /home/alice/file /tmp/file
ls /tmp
END
expect_match "$(cat /run/rig/sftp.out)" '/tmp/file' "listing"
expect_no_match "$(cat /run/rig/sftp.out)" 'host-mark' "listing"
expect_host_untouched
expect_all_gone
case_ok

case_begin "several channels of one connection share one set, which ends with the connection"
ssh "${ssh_options[@]}" -M -S /run/rig/mux -N alice@127.0.0.1 </dev/null &
master=$!
wait_until 10 test -S /run/rig/mux
first=$(as_ssh alice "$ns_cmd; touch /tmp/one" -S /run/rig/mux)
for i in 1 2 3 4 5 6 7 8 9; do
	expect_eq "$(as_ssh alice "test -e /tmp/one && $ns_cmd" -S /run/rig/mux)" "$first" "channel $i"
done
expect_other_ns "$first" "the first channel"
ssh "${ssh_options[@]}" -S /run/rig/mux -O exit alice@127.0.0.1 2>/dev/null
wait $master
expect_all_gone
case_ok

case_begin "a chroot with internal-sftp works, and holds nothing of the host open"
install -d -m 755 /srv/cage && install -d -o carol /srv/cage/carol && echo caged >/srv/cage/carol/file
rig_sshd_stop
rig_sshd_start 'Match User carol' 'ChrootDirectory /srv/cage' 'ForceCommand internal-sftp'
mkfifo /run/rig/cage
as_sftp carol </run/rig/cage >/run/rig/sftp.out &
client=$!
exec 9>/run/rig/cage
echo 'ls /carol' >&9
wait_until 10 grep -q 'carol/file' /run/rig/sftp.out || fail "no listing"
server=$(pgrep -u carol -f internal-sftp)
expect_ne "$(readlink /proc/"$server"/ns/mnt)" "$(readlink /proc/self/ns/mnt)" "the server's mount namespace"
own_mounts=$(awk '{ print $1 }' /proc/"$server"/mountinfo)
for fd in /proc/"$server"/fd/*; do
	case $(readlink "$fd") in
	/*) mount=$(awk '$1 == "mnt_id:" { print $2 }' "/proc/$server/fdinfo/${fd##*/}")
		grep -qx "$mount" <<<"$own_mounts" || [ -c "$fd" ] || fail "open on another's mount: $(readlink "$fd")" ;;
	esac
done
exec 9>&-
wait $client
rig_sshd_stop
rig_sshd_start
expect_all_gone
case_ok

case_begin "root logs in on the host"
seen=$(as_ssh root "$look")
expect_on_host
case_ok
