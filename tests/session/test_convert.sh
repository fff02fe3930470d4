#!/bin/bash
# SPDX-License-Identifier: MIT
# From pam_namespace: its configuration becomes a policy, and what users had comes along.
. "$(dirname "$0")/rig.sh"

namespace_conf=/etc/security/namespace.conf

# converts LINE...: the lines as namespace.conf; the policy in $out.
convert_lines() {
	printf '%s\n' "$@" >$namespace_conf
	rm -rf /etc/security/namespace.d
	run_ctl convert
}

# expect_valid: what was written is a policy without an error.
expect_valid() {
	expect_eq "$status" 0 "the exit status ($err)"
	printf '%s\n' "$out" >/run/rig/converted.conf
	nsisolate check /run/rig/converted.conf >/run/rig/check 2>&1 || fail "$(cat /run/rig/check)"
}

case_begin "each method becomes a directory, with the line that it comes from"
mkdir -p /scratch
convert_lines '/tmp /tmp-inst/ user root,adm' '/var/tmp /var/tmp/tmp-inst/ level root,adm' \
	'/dev/shm tmpfs tmpfs:mntopts=size=64M,nosuid,noexec,mode=1777,uid=3' \
	'/scratch "/scratch-inst/" tmpdir:noinit # a comment'
expect_valid
expect_match "$out" "# $namespace_conf:1: /tmp, /tmp-inst/, user" "the origin"
expect_match "$out" '[{] path = "/tmp"; method = "disk"; retain = "forever"; [}]' "user"
expect_match "$out" 'not kept: the SELinux level' "level"
expect_match "$out" 'method = "tmpfs"; size = "64M"; mode = "1777"; options = \[ "nosuid", "noexec" \]; [}]' "tmpfs"
expect_match "$out" 'not kept: the mount option uid=3' "an option without a key"
expect_match "$out" '[{] path = "/scratch"; method = "disk"; retain = "session"; [}]' "tmpdir"
expect_match "$out" '[{] user = \[ "root", "adm" \]; policy = "namespace-1"; [}]' "those that are left out"
case_ok

case_begin "the examples of namespace.conf(5) are converted, and what cannot be kept is said"
convert_lines '/tmp     /tmp-inst/               level      root,adm' \
	'/var/tmp /var/tmp/tmp-inst/      level      root,adm' \
	"\$HOME    \$HOME/\$USER.inst/inst- context"
expect_valid
expect_match "$out" "$namespace_conf:3: .HOME" "the line of the home"
expect_match "$out" "not kept: a path with" "the reason"
case_ok

case_begin "every flag of namespace.conf(5) is read, and named if it is not kept"
convert_lines '/tmp /tmp-inst/ user:create=1777,root,root:iscript=mine:noinit' \
	'/var/tmp /var/tmp-inst/ level:shared:create' '/dev/shm x tmpfs:mntopts=nr_inodes=1000,nodev'
expect_valid
for flag in '"create=1777,root,root"' 'the script mine' '"shared"' '"create"' 'namespace.init'; do
	expect_match "$out" "not kept: $flag" "$flag"
done
expect_match "$out" 'inodes = "1000"; options = \[ "nodev" \]' "nr_inodes"
case_ok

case_begin "a list with ~ is for its users alone"
convert_lines '/tmp /tmp-inst/ user ~alice,bob'
expect_valid
expect_match "$out" '[{] user = \[ "alice", "bob" \]; policy = "namespace-1"; [}]' "alice and bob"
expect_match "$out" '[{] uid = "1-"; action = "skip"; [}]' "the others"
case_ok

case_begin "files of namespace.d come after, in the order of their names"
echo '/tmp /tmp-inst/ user' >$namespace_conf
mkdir -p /etc/security/namespace.d
echo '/dev/shm b tmpfs' >/etc/security/namespace.d/20.conf
echo '/var/tmp /var/tmp-inst/ user' >/etc/security/namespace.d/10.conf
run_ctl convert
expect_valid
expect_eq "$(grep -o 'path = "[^"]*"' <<<"$out" | xargs)" 'path = /tmp path = /var/tmp path = /dev/shm' "the order"
rm -r /etc/security/namespace.d
case_ok

case_begin "a line that pam_namespace would not take is an error with its number, and nothing is written"
convert_lines '/tmp /tmp-inst/' '/tmp /tmp-inst/ usr' 'tmp /tmp-inst/ user' '/a/../b /x user'
expect_eq "$status" 1 "the exit status"
expect_eq "$out" '' "what was written"
for n in 1 2 3 4; do
	expect_match "$err" "$namespace_conf:$n: error: " "line $n"
done
case_ok

case_begin "a configuration without a line says so"
convert_lines '# nothing'
expect_eq "$status" 1 "the exit status"
expect_match "$err" 'no directory is polyinstantiated' "the message"
run_ctl convert /nowhere
expect_eq "$status" 3 "the exit status for a file that is not there"
case_ok

case_begin "what alice had under pam_namespace is in her private /tmp after --adopt"
install -d -m 000 /tmp-inst
printf '%s\n' '/tmp /tmp-inst/ user:noinit root' >$namespace_conf
cp /run/rig/pam.d/su /etc/pam.d/su
echo 'session required pam_namespace.so' >>/etc/pam.d/su
as_su alice 'echo mine >/tmp/file; mkdir /tmp/dir; echo deep >/tmp/dir/file' || fail "pam_namespace lets nobody in"
expect_eq "$(ls /tmp-inst)" alice "the instance of pam_namespace"
run_ctl convert --adopt
expect_eq "$status" 0 "the exit status"
expect_match "$err" '/tmp-inst/alice: 2 entries moved to /tmp of alice' "what is said"
printf '%s\n' "$out" >/run/rig/converted.conf
policy <"/run/rig/converted.conf"
isolate
expect_eq "$(as_su alice 'cat /tmp/file /tmp/dir/file; id -un; stat -c %U /tmp/file')" "$(printf '%s\n' mine deep alice alice)" \
	"alice's files"
expect_eq "$(as_su bob 'ls -A /tmp')" '' "bob's /tmp"
rm -rf /tmp-inst /var/lib/nsisolate/u*
case_ok

case_begin "--adopt moves nothing over a file that is there, and nothing from where others may write"
install -d -m 1777 /open-inst
mkdir /open-inst/alice && touch /open-inst/alice/file
printf '%s\n' '/tmp /open-inst/ user' >$namespace_conf
run_ctl convert --adopt
expect_eq "$status" 1 "the exit status"
[ -e /open-inst/alice/file ] || fail "a file was moved out of a directory that anybody can write to"
rm -rf /open-inst
case_ok
