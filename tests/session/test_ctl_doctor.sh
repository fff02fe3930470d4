#!/bin/bash
# SPDX-License-Identifier: MIT
# nsisolate doctor: what it finds on a machine that is in order, and on one that is not.
# What it makes of PAM stacks is in tests/unit/ctl.
. "$(dirname "$0")/rig.sh"

default_policy
isolate_services "$all_services other"
stack systemd-user 'session required pam_nsisolate.so'

finds() { # SEVERITY REGEX: and the status says so
	run_ctl doctor
	grep -qE "^$1 +$2" <<<"$out" || fail "doctor does not say: $1 $2 ... but: $out"
	expect_eq "$status" "$([ "$1" = error ] && echo 1 || echo 0)" "status"
}

case_begin "on a machine in order, it finds nothing, and changes nothing"
run_ctl doctor
expect_eq "$status" 0 "status"
expect_match "$out" "0 errors, 0 warnings" "the last line"
expect_match "$out" "ok +kernel: $(uname -r); namespaces: mount ipc uts" "kernel"
expect_match "$out" "ok +pam: /etc/pam.d: [0-9]+ services" "pam"
expect_match "$out" "ok +socket: no helper is running" "socket"
expect_fails test -e $rundir
as_su alice true
finds ok "socket: a helper answers at $rundir/helper.sock"
case_ok

case_begin "a service without the module, and one that goes on when it fails"
cp /run/rig/pam.d/cron /etc/pam.d/cron
finds error '/etc/pam.d/cron: pam_nsisolate.so is missing: by cron jobs'
expect_match "$out" "-> as its last line: session required pam_nsisolate.so" "what to do"
isolate
sed -i 's/required pam_nsisolate/optional pam_nsisolate/' /etc/pam.d/su
finds error '/etc/pam.d/su:[0-9]+: optional lets the login go on'
isolate
mkdir /run/rig/empty.d
run_ctl doctor --pamdir /run/rig/empty.d
expect_eq "$status" 0 "status for another directory"
case_ok

case_begin "following its advice to the letter mends it"
cp /run/rig/pam.d/cron /etc/pam.d/cron
run_ctl doctor
file=$(sed -n 's/^error *\([^:]*\): pam_nsisolate.so is missing.*/\1/p' <<<"$out")
sed -n 's/^ *-> as its last line: //p' <<<"$out" >>"$file"
run_ctl doctor
expect_eq "$status" 0 "status"
seen=$(as_cron alice "$look")
expect_isolated alice
expect_all_gone
case_ok

case_begin "directories and programs that are not root's alone"
chmod 755 $rundir
finds error "rundir: $rundir has mode 0755, not 0700"
chmod 700 $rundir
chown alice $statedir
finds error "statedir: $statedir"
chown root $statedir
chmod 666 "$helper_path"
finds error "helper: $helper_path"
chmod 755 "$helper_path"
finds ok "helper: $helper_path"
case_ok

case_begin "an sshd that calls no PAM"
sed -i 's/^UsePAM yes/UsePAM no/' /etc/ssh/sshd_config
finds error "/etc/ssh/sshd_config: sshd calls no PAM"
sed -i 's/^UsePAM no/UsePAM yes/' /etc/ssh/sshd_config
finds ok "pam: "
case_ok

case_begin "a policy that is broken, lets go, or is on trial"
sed -i 's/scope = /scoop = /' /etc/security/nsisolate.conf
finds error "/etc/security/nsisolate.conf:4: unknown key 'scoop'"
default_policy
sed -i 's/scope = "user"/scope = "user"; on_error = "allow"/; s/policy = "lab"/policy = "lab"; audit = true/' /etc/security/nsisolate.conf
finds warning "/etc/security/nsisolate.conf:3: policy 'lab' lets people in without isolation"
finds warning "/etc/security/nsisolate.conf:15: this rule is on trial"
default_policy
case_ok

case_begin "a network whose programs are not installed"
policy <<-'END'
	version = 1;
	policies = {
	  bridged = { namespaces = [ "mount", "net" ];
	    network = { mode = "bridge"; bridge = "b0"; pool = "10.77.0.0/16"; nat = true; }; };
	  guest = { namespaces = [ "mount", "net" ]; network = { mode = "user"; }; };
	};
	rules = ( { uid = "2000-2999"; policy = "guest"; } );
END
mv /usr/sbin/nft /usr/sbin/nft.away && mv /usr/bin/pasta /usr/bin/pasta.away
finds error "/etc/security/nsisolate.conf:3: policy 'bridged' has a network that needs /usr/sbin/nft"
expect_match "$out" '-> install the package nftables' "what to do"
finds error "/etc/security/nsisolate.conf:5: policy 'guest' has a network that needs /usr/bin/pasta"
mv /usr/sbin/nft.away /usr/sbin/nft && mv /usr/bin/pasta.away /usr/bin/pasta
run_ctl doctor
expect_eq "$status" 0 "status with both"
default_policy
case_ok

case_begin "broken glass, records that were set aside, limits"
touch $rundir/disabled
finds error "break-glass: isolation is switched off by the file $rundir/disabled"
rm $rundir/disabled
touch $rundir/sets/.bad-7
finds warning "records: $rundir/sets/.bad-7"
rm $rundir/sets/.bad-7
out=$(unshare -Ur sh -c 'echo 7 >/proc/sys/user/max_mnt_namespaces; nsisolate doctor')
expect_match "$out" "warning +/proc/sys/user/max_mnt_namespaces: 7 mount namespaces" "limit"
case_ok

case_begin "an ordinary user may ask as well"
out=$(as_runuser alice /usr/local/sbin/nsisolate\ doctor)
expect_match "$out" "without root, not everything could be looked at" "what it says"
expect_all_gone
case_ok
