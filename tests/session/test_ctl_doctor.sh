#!/bin/bash
# SPDX-License-Identifier: MIT
# nsisolate doctor: what it finds on a machine that is in order, and on one that is not.
# What it makes of PAM stacks is in tests/unit/ctl.
. "$(dirname "$0")/rig.sh"

default_policy
isolate_services "$all_services other"
# What this machine's packages have in /usr/lib/pam.d has its other half here.
for service in /usr/lib/pam.d/*; do
	[ ! -f "$service" ] || stack "$(basename "$service")" 'session required pam_nsisolate.so'
done

finds() { # SEVERITY REGEX [ID]: and the status says so
	run_ctl doctor
	grep -qE "^$1 +$2.*\[${3:-[a-z-]+}\]\$" <<<"$out" || grep -qE "^ok +$2" <<<"$out" ||
		fail "doctor does not say: $1 $2 ... ${3:-} but: $out"
	expect_eq "$status" "$([ "$1" = error ] && echo 1 || echo 0)" "status"
}

case_begin "on a machine in order, it finds nothing, and changes nothing"
rundir_has() { # nothing, but where RIG_JOINS=off has made its switch
	find $rundir -printf '%p %m %T@\n' 2>/dev/null
}
before=$(rundir_has)
run_ctl doctor
expect_eq "$status" 0 "status"
expect_match "$out" "0 errors, 0 warnings" "the last line"
expect_match "$out" "ok +kernel: $(uname -r); namespaces: mount ipc uts" "kernel"
expect_match "$out" "ok +pam: /etc/pam.d: [0-9]+ services" "pam"
expect_match "$out" "ok +socket: no helper is running" "socket"
expect_eq "$(rundir_has)" "$before" "the rundir"
as_su alice true
finds ok "socket: a helper answers at $rundir/helper.sock"
case_ok

case_begin "a service without the module, and one that goes on when it fails"
cp /run/rig/pam.d/cron /etc/pam.d/cron
finds error '/etc/pam.d/cron: pam_nsisolate.so is missing: by cron jobs'
expect_match "$out" "-> as its last line: session requisite pam_nsisolate.so" "what to do"
isolate
sed -i 's/required pam_nsisolate/optional pam_nsisolate/' /etc/pam.d/su
finds error '/etc/pam.d/su:[0-9]+: optional lets the login go on'
isolate
mkdir /run/rig/empty.d
run_ctl doctor --pamdir /run/rig/empty.d
expect_eq "$status" 0 "status for another directory"
case_ok

case_begin "a service in the packages' directory is read as libpam reads it"
mkdir -p /usr/lib/pam.d
echo 'session required pam_permit.so' >/usr/lib/pam.d/doas
finds error '/usr/lib/pam.d/doas: pam_nsisolate.so is missing: by doas' pam-missing
expect_match "$out" "-> cp /usr/lib/pam.d/doas /etc/pam.d/doas, and as the last line there: session requisite" "what to do"
stack doas 'session requisite pam_nsisolate.so'
run_ctl doctor --strict
expect_eq "$status" 0 "status with a file in /etc/pam.d in its place"
rm /etc/pam.d/doas /usr/lib/pam.d/doas
case_ok

case_begin "what root alone can use is no error, and --strict is for monitoring"
cp /run/rig/pam.d/runuser /etc/pam.d/runuser
finds note '/etc/pam.d/runuser: pam_nsisolate.so is missing' pam-missing-root
run_ctl doctor --strict
expect_eq "$status" 0 "status with a note, --strict"
isolate
sed -i '$s/.*/session required pam_nsisolate.so on_error=allow/' /etc/pam.d/su
finds warning '/etc/pam.d/su:[0-9]+: on_error=allow lets people in' pam-allows
run_ctl doctor --strict
expect_eq "$status" 1 "status with a warning, --strict"
isolate
case_ok

case_begin "in no stack at all is one finding"
isolate_none
cp -a /etc/pam.d /run/rig/pam.d.isolated
grep -ls pam_nsisolate /etc/pam.d/* | xargs sed -i /pam_nsisolate/d
finds error 'pam: pam_nsisolate.so is in no stack' pam-not-enabled
expect_match "$out" '1 error, 0 warnings' "the number of findings"
cp -a /run/rig/pam.d.isolated/. /etc/pam.d/
isolate
isolate_services other
case_ok

case_begin "the same as JSON, by ids that scripts can rely on"
cp /run/rig/pam.d/cron /etc/pam.d/cron
run_ctl doctor --json
expect_eq "$status" 1 "status"
expect_eq "$(json "$out" version) $(json "$out" errors) $(json "$out" warnings)" "1 1 0" "the counts"
expect_eq "$(jq -r '.findings[] | select(.severity == "error") | .id' <<<"$out")" pam-missing "the id"
expect_match "$(jq -r '.findings[] | select(.id == "pam-missing") | .text + " / " + .remedy' <<<"$out")" \
	'^/etc/pam.d/cron: .* / as its last line: session requisite' "text and remedy"
expect_match "$(jq -r '.passed[].subject' <<<"$out" | xargs)" 'kernel.*policy' "what is in order"
isolate
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
finds error "/etc/ssh/sshd_config: sshd calls no PAM" consumer-no-session
sed -i 's/^UsePAM no/UsePAM yes/' /etc/ssh/sshd_config
finds ok "pam: "
case_ok

case_begin "a sudo that opens no session: bob is in alice's set"
echo 'Defaults:alice !pam_session' >/etc/sudoers.d/without
expect_eq "$(as_ssh alice "$ns_cmd; sudo -u bob sh -c '$ns_cmd'" | uniq | wc -l)" 1 "sets"
finds error "/etc/sudoers: with !pam_session sudo opens no session" consumer-no-session
rm /etc/sudoers.d/without
expect_eq "$(as_ssh alice "$ns_cmd; sudo -u bob sh -c '$ns_cmd'" | uniq | wc -l)" 2 "sets, with sessions"
expect_no_match "$(nsisolate doctor)" '!pam_session' "doctor"
case_ok

case_begin "programs that go on after a refusal, or open no session, each with the line to write"
for program in proftpd vsftpd slurmd; do
	[ -e /usr/sbin/$program ] || install -m 755 /bin/true /usr/sbin/$program
done
mkdir -p /etc/proftpd /etc/slurm
echo '#AuthOrder mod_auth_pam.c* mod_auth_unix.c' >/etc/proftpd/proftpd.conf
printf 'local_enable=YES\n#session_support=YES\n' >/etc/vsftpd.conf
: >/etc/slurm/slurm.conf
finds error '/etc/proftpd/proftpd.conf: after a refusal' consumer-goes-on
finds error '/etc/vsftpd.conf: vsftpd opens no session' consumer-no-session
finds error '/etc/slurm/slurm.conf: slurmstepd' consumer-no-session
for file in proftpd/proftpd.conf vsftpd.conf slurm/slurm.conf; do
	run_ctl doctor
	grep -A 1 "^error *[^ ]*/$file" <<<"$out" | sed -n 's/^ *-> //p' >>"/etc/$file"
done
run_ctl doctor --strict
expect_eq "$status" 0 "status with the lines written"
install -m 755 /bin/true /usr/sbin/pure-ftpd
finds error 'pure-ftpd: it closes the session' consumer-goes-on
mkdir -p /usr/lib/systemd/system-generators
install -m 755 /bin/true /usr/lib/systemd/system-generators/systemd-crontab-generator
finds error 'systemd-cron: it opens no session' consumer-no-session
rm /usr/sbin/pure-ftpd /usr/lib/systemd/system-generators/systemd-crontab-generator
run_ctl doctor --strict
expect_eq "$status" 0 "status without these"
rm -rf /usr/sbin/{proftpd,vsftpd,slurmd} /etc/proftpd /etc/vsftpd.conf /etc/slurm
case_ok

case_begin "a libpam of another architecture without its module"
mkdir -p /usr/lib/i386-linux-gnu/security
touch /usr/lib/i386-linux-gnu/libpam.so.0
finds error '/usr/lib/i386-linux-gnu/libpam.so.0: it has no pam_nsisolate.so beside it' architecture-module
expect_match "$out" '-> apt-get install libpam-nsisolate:i386' "what to do"
touch /usr/lib/i386-linux-gnu/security/pam_nsisolate.so
run_ctl doctor --strict
expect_eq "$status" 0 "status with its module"
rm -r /usr/lib/i386-linux-gnu
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

case_begin "a rule that leaves services out, and accounts that no rule catches"
rules='rules = ( { uid = "1000-"; service = "sshd"; policy = "lab"; } );'
policy <<-END
	version = 1;
	policies = { lab = { namespaces = [ "ipc" ]; }; };
	$rules
END
finds warning '/etc/security/nsisolate.conf:3: whom this rule isolates gets in by no rule.*, by: .*cron' service-left-out
sed -i 's/"1000-"; service = "sshd"/"1000-59999"/' /etc/security/nsisolate.conf
useradd -M -u 60001 -s /bin/bash homed
useradd -M -u 1999999999 -s /bin/bash ipa
useradd -M -u 60002 -s /usr/sbin/nologin daemon-of-theirs
finds warning 'accounts: [0-9]+ .*: .*homed, .*ipa ' account-left-out
sed -i 's/1000-59999/1000-/' /etc/security/nsisolate.conf
run_ctl doctor --strict
expect_eq "$status" 0 "status with the rule that it advises"
sed -i 's/uid = "1000-"/group = [ "alice", "bob", "carol" ]/' /etc/security/nsisolate.conf
finds note 'accounts: [0-9]+ .*: .*homed, .*ipa' account-on-host
for user in homed ipa daemon-of-theirs; do userdel $user; done
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
nft_library=$(ldconfig -p | awk '/libnftables\.so\.1 / { print $NF; exit }')
mv "$nft_library" "$nft_library.away" && mv /usr/bin/pasta /usr/bin/pasta.away
finds error "/etc/security/nsisolate.conf:3: policy 'bridged' has a network that needs libnftables.so.1"
expect_match "$out" '-> install the package libnftables1' "what to do"
finds error "/etc/security/nsisolate.conf:5: policy 'guest' has a network that needs /usr/bin/pasta"
mv "$nft_library.away" "$nft_library" && mv /usr/bin/pasta.away /usr/bin/pasta
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
