#!/bin/bash
# SPDX-License-Identifier: MIT
# The host's /etc/hosts is an administrator's to fill: it refuses no login, and its copies do not fill the run directory.
. "$(dirname "$0")/rig.sh"

default_policy
sed -i 's/scope = "user"/scope = "session"/' /etc/security/nsisolate.conf
isolate
cp /etc/hosts /run/rig/hosts

hosts_of() { # BYTES, about
	{ cat /run/rig/hosts && seq -f '192.0.2.1 blocked-%06.0f.example' $(($1 / 33)); } >/etc/hosts
}

hosts_of_set() { # as the session sees it: how long, and what its first line says
	echo 'stat -c %s /etc/hosts; head -n 1 /etc/hosts | cut -f 2; hostname'
}

case_begin "an ordinary one has a line for the session's name"
hosts_of 100000
expect_eq "$(as_ssh alice "$(hosts_of_set)" | tail -n 2 | xargs)" "rig-alice rig-alice" "name and hostname"
expect_all_gone
case_ok

case_begin "one of more than 1 MiB is the host's own, and the login goes on"
hosts_of 1500000
expect_eq "$(as_ssh alice "$(hosts_of_set)" | xargs)" \
	"$(stat -c %s /etc/hosts) $(head -n 1 /etc/hosts | cut -f 2) rig-alice" "size, first line and hostname"
expect_match "$(tail -n 20 "$(rig_settled_log)")" "/etc/hosts is the host's own, .* rig-alice: it is larger than 1 MiB" "the log"
expect_all_gone
case_ok

case_begin "copies leave room in the run directory, whoever is in by how many sessions"
rig_stop_helper
mount -t tmpfs -o mode=700,size=4M none $rundir
hosts_of 900000
for i in 1 2 3 4 5; do
	stay $i ssh alice 'hostname; stat -c %s /etc/hosts'
	expect_eq "$(head -n 1 /run/rig/stay.$i)" rig-alice "hostname of session $i"
done
expect_ne "$(tail -n 1 /run/rig/stay.1)" "$(stat -c %s /etc/hosts)" "size of the first one's"
expect_eq "$(tail -n 1 /run/rig/stay.5)" "$(stat -c %s /etc/hosts)" "size of the last one's"
expect_ok test "$(df --output=avail -k $rundir | tail -n 1)" -ge 1024
expect_match "$(tail -n 30 "$(rig_settled_log)")" "/etc/hosts is the host's own, .*less than a quarter" "the log"
for i in 1 2 3 4 5; do
	leave $i
done
expect_all_gone
rig_stop_helper
umount -l $rundir
cp /run/rig/hosts /etc/hosts
case_ok
