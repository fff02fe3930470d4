#!/bin/bash
# SPDX-License-Identifier: MIT
# TMPDIR of the PAM environment names a directory that the session sees, or is not set.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/modules.sh"

default_policy
ours='session required pam_nsisolate.so'
vars='echo vars ${TMPDIR-none} ${TMP-none} ${TEMP-none} ${TEMPDIR-none}; f=$(mktemp) && echo made $(dirname $f) $(stat -c %U $f)'

tmpdir_stack() { # SERVICE LINE...
	printf '%s\n' "$(cat "/run/rig/pam.d/$1")" "${@:2}" >"/etc/pam.d/$1"
}

for service in sshd su sudo cron; do
	case_begin "pam_tmpdir itself with $service: before us it is left out, behind us it is in the private /tmp"
	if ! module_of_others pam_tmpdir.so libpam-tmpdir; then
		case_skip "needs pam_tmpdir.so: tools/unpack-packages modules"
		continue
	fi
	chmod 4755 /sbin/pam-tmpdir-helper
	way=${service/sshd/ssh}
	tmpdir_stack $service 'session required pam_tmpdir.so'
	seen=$("as_$way" alice "$vars")
	expect_eq "$(seen_of made)" "/tmp/user/2001 alice" "without us"
	: >"$rig_log"
	tmpdir_stack $service 'session required pam_tmpdir.so' "$ours"
	seen=$("as_$way" alice "$vars")
	expect_eq "$(seen_of vars)" "none none none none" "before us"
	expect_eq "$(seen_of made)" "/tmp alice" "where programs make their files"
	wait_until 5 grep -q 'TMPDIR=/tmp/user/2001 is not there' "$rig_log" || fail "no word in the log"
	expect_all_gone
	tmpdir_stack $service "$ours" 'session required pam_tmpdir.so'
	seen=$("as_$way" alice "$vars")
	expect_eq "$(seen_of vars)" "/tmp/user/2001 /tmp/user/2001 /tmp/user/2001 /tmp/user/2001" "behind us"
	expect_eq "$(seen_of made)" "/tmp/user/2001 alice" "where programs make their files"
	expect_all_gone
	rm -rf /tmp/user
	case_ok
done

case_begin "a directory that is the same inside stays, and so does the private one"
install -d -o alice /srv/scratch
for dir in /srv/scratch /tmp /var/tmp /not/there; do
	echo "TMPDIR DEFAULT=$dir" >/etc/security/pam_env.rig
	tmpdir_stack su 'session required pam_env.so conffile=/etc/security/pam_env.rig' "$ours"
	seen=$(as_su alice 'echo vars $TMPDIR')
	expect_eq "$(seen_of vars)" $dir "TMPDIR"
done
expect_all_gone
case_ok

case_begin "one that somebody else may have made in a /tmp that a group shares is left out"
sed -i 's/scope = "user"/scope = "group"/' /etc/security/nsisolate.conf
install -d -m 711 /tmp/user && install -d -m 700 -o alice /tmp/user/2001
echo 'TMPDIR DEFAULT=/tmp/user/2001' >/etc/security/pam_env.rig
tmpdir_stack su 'session required pam_env.so conffile=/etc/security/pam_env.rig' "$ours"
isolate_services sshd
stay one ssh bob 'mkdir -p -m 777 /tmp/user/2001'
seen=$(as_su alice 'echo vars ${TMPDIR-none}; ls -d /tmp/user/2001')
expect_eq "$(seen_of vars)" none "TMPDIR"
expect_match "$seen" '/tmp/user/2001' "bob's directory is there"
leave one
expect_all_gone
rm -r /tmp/user /srv/scratch
case_ok
