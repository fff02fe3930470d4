#!/bin/bash
# SPDX-License-Identifier: MIT
# sudo: runs a command in spite of some failed sessions, so here above all nothing may slip through.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

check_way sudo alice
check_way sudo_i bob

case_begin "exit codes come through"
as_sudo alice 'exit 37'
expect_eq $? 37 "exit code"
case_ok

case_begin "with use_pty it is the same"
echo 'Defaults use_pty' >/etc/sudoers.d/pty
seen=$("$rig_tools/ptyrun" sudo -u alice sh -c "$look" | tr -d '\r')
expect_isolated alice
rm /etc/sudoers.d/pty
expect_all_gone
case_ok

case_begin "what the helper makes belongs to root although sudo has the target's group"
stay one sudo alice true
expect_eq "$(find "$rundir" "$statedir" -xdev ! -user root -o -xdev ! -group root 2>/dev/null | head -3)" "" "others' files"
expect_eq "$(find "$rundir" "$statedir" -maxdepth 0 -perm /077)" "" "directories open to others"
leave one
expect_all_gone
case_ok

case_begin "sudo to root from alice's set stays there and is not refused"
as_ssh alice "echo hers \$(readlink /proc/self/ns/mnt); sudo sh -c 'echo root \$(readlink /proc/self/ns/mnt)'" >/run/rig/out
expect_ne "$(sed -n 's/^root //p' /run/rig/out)" "" "sudo to root"
expect_eq "$(sed -n 's/^root //p' /run/rig/out)" "$(sed -n 's/^hers //p' /run/rig/out)" "root's namespace"
case_ok

case_begin "the name of the host is known inside: sudo has nothing to complain of"
expect_eq "$(as_ssh alice 'sudo true' 2>&1)" "" "what it says"
expect_match "$(as_ssh alice 'getent hosts $(hostname)')" 'rig-alice' "the address of the host"
expect_eq "$(as_ssh alice 'cat /etc/hostname')" rig-alice "/etc/hostname"
case_ok

case_begin "a rule with action = host takes root back to the host, and only then"
sed -i 's/^rules = (/rules = ( { from_user = "alice"; user = "root"; service = [ "sudo" ]; action = "host"; },/' /etc/security/nsisolate.conf
expect_host_ns "$(as_ssh alice "sudo sh -c '$ns_cmd'")" "root from alice"
expect_other_ns "$(as_ssh bob "sudo sh -c '$ns_cmd'")" "root from bob"
expect_all_gone
case_ok

unmeetable_policy
check_refused sudo alice "the policy cannot be met"
check_refused sudo_i alice "the policy cannot be met"
