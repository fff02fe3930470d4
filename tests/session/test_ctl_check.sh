#!/bin/bash
# SPDX-License-Identifier: MIT
# nsisolate check and show: what a policy says, and whose it is.
. "$(dirname "$0")/rig.sh"

conf=/etc/security/nsisolate.conf
default_policy

case_begin "check says that a good policy is, and counts"
run_ctl check
expect_eq "$status" 0 "status"
expect_eq "$out" "$conf: ok, 1 policy, 1 rule" "what it says"
expect_eq "$err" "" "on stderr"
case_ok

case_begin "check names file, line and what may have been meant"
sed -i 's/hostname = /hostnmae = /' $conf
run_ctl check
expect_eq "$status" 1 "status"
expect_match "$err" "^$conf:11: error: unknown key 'hostnmae' in policy 'lab' \(did you mean 'hostname'\?\)" "the message"
run_ctl check $conf
expect_eq "$status" 1 "status with the file named"
default_policy
case_ok

case_begin "check wants the files to be root's alone"
chmod 664 $conf
run_ctl check
expect_eq "$status" 1 "status of one that its group may write"
chmod 644 $conf && chown alice $conf
run_ctl check
expect_eq "$status" 1 "status of one of alice's"
chown root $conf
chmod 777 /etc/security
run_ctl check
expect_eq "$status" 1 "status of one in a directory that all may write"
chmod 755 /etc/security
run_ctl check
expect_eq "$status" 0 "status of what it was"
case_ok

case_begin "a draft may lie anywhere, but for --strict"
draft=/home/alice/draft.conf
install -o alice -m 600 $conf $draft
out=$(as_runuser alice "/usr/local/sbin/nsisolate check $draft 2>&1")
expect_eq $? 0 "alice's status"
expect_match "$out" "^$draft: warning: .*$draft: ok, 1 policy, 1 rule" "alice's draft"
as_runuser alice "/usr/local/sbin/nsisolate check --strict $draft" >&2
expect_eq $? 1 "alice's status with --strict"
run_ctl check $draft
expect_eq "$status" 1 "root's status for a file of alice's"
chmod 666 $draft
as_runuser alice "/usr/local/sbin/nsisolate check $draft" >&2
expect_eq $? 1 "status of one that all may write"
rm $draft
case_ok

case_begin "check takes several files, and drop-ins with the configuration"
cp $conf /etc/security/a.conf && echo 'rules = (' >/etc/security/b.conf
run_ctl check /etc/security/a.conf /etc/security/b.conf
expect_eq "$status" 1 "status"
expect_match "$out" "a.conf: ok" "the good one"
expect_match "$err" "b.conf:[0-9]+: error: " "the bad one"
rm /etc/security/[ab].conf
echo 'rules = ( { user = "carol"; policy = "labb"; } );' >/etc/security/nsisolate.d/9.conf
run_ctl check
expect_eq "$status" 1 "status with a bad drop-in"
expect_match "$err" "nsisolate.d/9.conf:1: error: .*'lab'" "the message"
rm /etc/security/nsisolate.d/9.conf
run_ctl check --config /nowhere.conf
expect_eq "$status" 1 "status where there is none"
case_ok

case_begin "check takes relative paths, and show what a draft would do"
cd /etc/security && run_ctl check nsisolate.conf
expect_eq "$status-$out-$err" "0-nsisolate.conf: ok, 1 policy, 1 rule-" "a relative file"
run_ctl --config ./nsisolate.conf check
expect_eq "$status-$out" "0-$conf: ok, 1 policy, 1 rule" "a relative configuration"
install -o alice -m 644 $conf /home/alice/draft.conf
cd /home/alice && run_ctl --config draft.conf show alice
expect_eq "$status" 0 "status of show"
expect_match "$out" "isolated by policy lab +/home/alice/draft.conf:[0-9]+" "what the draft would do"
expect_match "$err" "draft.conf is a draft, which no login gets" "that it is one"
cd / && rm /home/alice/draft.conf
case_ok

warns() { # ID REGEX: check does, once, and fails with --strict alone
	run_ctl check
	expect_eq "$status" 0 "status"
	expect_match "$err" "^$conf:[0-9]+: warning: $2|nsisolate.d/[^ ]*: warning: $2" "the warning"
	run_ctl check --strict
	expect_eq "$status" 1 "status with --strict"
	run_ctl check --json
	expect_eq "$(jq -r '.messages[].id' <<<"$out" | xargs)" "$1" "ids"
}

rules() { # RULE, ...
	policy <<-END
		version = 1;
		policies = { lab = { namespaces = [ "ipc" ]; }; };
		rules = ( $1 );
	END
}

case_begin "check warns of services and users that there are not"
rules '{ user = "alice"; service = [ "ssh", "login" ]; policy = "lab"; }, { uid = "1000-"; policy = "lab"; }'
warns rule-service-unknown "there is no PAM service 'ssh' \(did you mean 'sshd'\?\)"
rules '{ service = "passwd"; policy = "lab"; }, { uid = "1000-"; policy = "lab"; }'
warns rule-service-unknown "the service 'passwd' opens no sessions"
rules '{ user = [ "alcie", "alice" ]; action = "skip"; }, { uid = "1000-"; policy = "lab"; }'
warns rule-user-unknown "there is no user 'alcie', so nobody is matched by it"
rules '{ user = "!alcie"; uid = "1000-"; policy = "lab"; }'
warns rule-user-unknown "there is no user 'alcie', so nobody is left out by it"
rules '{ from_user = "alcie"; user = "root"; service = "su"; action = "host"; }, { uid = "1000-"; policy = "lab"; }'
warns rule-user-unknown "there is no user 'alcie'"
case_ok

case_begin "check warns of an exemption behind a catch-all, and of drop-ins that the file shadows"
rules '{ uid = "1000-"; policy = "lab"; }, { user = "alice"; action = "skip"; }'
warns rule-unreached "this rule is never reached: the one at $conf:3 matches all whom it is for"
rules '{ uid = "1000-"; policy = "lab"; }, { group = "bob"; action = "skip"; }'
warns rule-unreached "this rule is never reached"
rules '{ uid = "1000-"; policy = "lab"; }'
echo 'rules = ( { user = "carol"; service = "cron"; action = "skip"; } );' >/etc/security/nsisolate.d/9.conf
warns rule-unreached 'this rule is never reached: .*, and drop-ins come after the main file'
echo 'rules = ( { user = "root"; action = "skip"; } );' >/etc/security/nsisolate.d/9.conf
run_ctl check --strict
expect_eq "$status-$err" 0- "a drop-in that is reached"
rm /etc/security/nsisolate.d/9.conf
for good in '{ user = "alice"; action = "skip"; }, { uid = "1000-"; policy = "lab"; }' \
	'{ uid = "1000-"; rhost = "10.0.0.0/8"; policy = "lab"; }, { uid = "1000-"; policy = "lab"; }' \
	'{ uid = "1000-"; from_user = "bob"; service = "su"; action = "skip"; }, { user = "alice"; policy = "lab"; }, { uid = "1000-"; policy = "lab"; }' \
	'{ group = "bob"; policy = "lab"; }, { user = "alice"; action = "skip"; }, { uid = "1000-"; policy = "lab"; }'; do
	rules "$good"
	run_ctl check --strict
	expect_eq "$status-$err" 0- "no warning of: $good"
done
case_ok

case_begin "check names the services by which users of a rule get in by no rule"
rules '{ group = "alice"; service = [ "sshd", "login" ]; policy = "lab"; }'
warns service-left-out 'whom this rule isolates gets in by no rule, and on the host, by: .*cron.*su, su-l, sudo, sudo-i'
expect_no_match "$(run_ctl check; echo "$err")" 'by: .*(sshd|login|passwd|runuser)' "services that are no door"
for good in '{ group = "alice"; service = [ "sshd", "login" ]; policy = "lab"; }, { uid = "1000-"; policy = "lab"; }' \
	'{ user = "alice"; service = "sshd"; policy = "lab"; }, { user = "alice"; action = "skip"; }' \
	'{ group = "alice"; service = "!passw*"; policy = "lab"; }'; do
	rules "$good"
	run_ctl check --strict
	expect_eq "$status-$err" 0- "no warning of: $good"
done
case_ok

case_begin "check --root checks an image by its own files and accounts"
image=/run/rig/image
mkdir -p $image/{etc/security/nsisolate.d,etc/pam.d,tmp,usr/lib} && chmod 1777 $image/tmp
echo 'root:x:0:0::/root:/bin/sh' >$image/etc/passwd
echo 'root:x:0:' >$image/etc/group
cat >$image/etc/security/nsisolate.conf <<-'END'
	version = 1;
	policies = { p = { namespaces = [ "mount" ]; directories = ( { path = "/tmp"; method = "tmpfs"; } ); }; };
	rules = ( { user = "alice"; policy = "p"; } );
END
run_ctl check --root $image
expect_eq "$status" 0 "status"
expect_match "$err" "^/etc/security/nsisolate.conf:3: warning: there is no user 'alice'" "alice, who is on the host alone"
echo 'alice:x:2001:2001::/home/alice:/bin/sh' >>$image/etc/passwd
run_ctl check --strict --root $image
expect_eq "$status-$err" 0- "with her"
echo 'policies = { q = { name = "x"; }; };' >$image/etc/security/nsisolate.d/10-bad.conf
run_ctl check --root $image
expect_eq "$status" 1 "status with a bad drop-in"
expect_match "$err" '^/etc/security/nsisolate.d/10-bad.conf:1: error' "what is wrong"
run_ctl check --root /nowhere
expect_eq "$status" 5 "no such directory"
expect_fails setpriv --reuid alice --clear-groups nsisolate check --root $image
case_ok

case_begin "show names the rule, the policy and the line of each key"
policy <<-'END'
	version = 1;
	policies = {
	  base = { namespaces = [ "mount" ];
	           linger = "10m";
	           directories = ( { path = "/tmp"; method = "tmpfs"; size = "64M"; } ); };
	  lab = { extends = "base";
	          namespaces = [ "mount", "uts" ];
	          hostname = "%{host}-%{user}"; };
	  net = { namespaces = [ "net", "ipc" ]; on_error = { ipc = "allow"; };
	          network = { mode = "bridge"; bridge = "nsi0"; pool = "10.77.0.0/16"; nat = true; }; };
	};
	rules = (
	  { service = "cron"; action = "skip"; },
	  { tty = "tty1"; user = "alice"; policy = "lab"; audit = true; },
	  { rhost = "10.*"; policy = "base"; },
	  { group = "bob"; policy = "lab"; },
	  { from_user = "carol"; action = "host"; },
	  { service = "su"; policy = "net"; }
	);
END
run_ctl show bob
expect_eq "$status" 0 "status"
expect_match "$out" "outcome +isolated by policy lab +$conf:16" "rule"
expect_match "$out" "namespaces +mount, uts +$conf:7" "its own key"
expect_match "$out" "linger +10m +$conf:4" "an inherited key"
expect_match "$out" "scope +user +default" "a default"
expect_match "$out" "hostname +%\{host\}-%\{user\} \(here: rig-bob\) +$conf:8" "the hostname"
expect_match "$out" "/tmp +method = tmpfs; retain = session; size = 64M; mode = 1777; options = nosuid, nodev +$conf:5" "a directory"
case_ok

case_begin "show asks for service, tty, rhost and who calls"
run_ctl show bob --service cron
expect_match "$out" "outcome +not isolated: action = \"skip\" +$conf:13" "for cron"
run_ctl show alice --tty tty1
expect_match "$out" "not isolated: audit = true; it would be isolated by policy lab +$conf:14" "on a console"
run_ctl show --rhost 10.1.2.3 carol
expect_match "$out" "isolated by policy base +$conf:15" "from a host"
run_ctl show root --from-user carol
expect_match "$out" "taken to the host's namespaces: action = \"host\" +$conf:17" "by carol"
run_ctl show carol --service su
expect_match "$out" "network +mode = bridge; bridge = nsi0; pool = 10.77.0.0/16; nat = true +$conf:10" "a network"
expect_match "$out" "on_error +ipc = allow +$conf:9" "on_error for one namespace"
run_ctl show alice
expect_match "$out" "not isolated: no rule matches" "for nobody"
case_ok

case_begin "show tells what may be missing, and networks as they were written"
cp $conf /run/rig/conf.before
sed -i -e 's/linger = "10m";/linger = "10m"; on_error = { uts = "allow"; };/' -e 's/"10\.\*"/"10.0.0.0\/8"/' $conf
run_ctl show bob
expect_match "$out" "on_error +uts = allow +$conf:4" "on_error"
run_ctl show bob --json
expect_eq "$(json "$out" policy.on_error.uts)" allow "the same in JSON"
run_ctl show --rhost ::ffff:10.1.2.3 carol
expect_match "$out" "isolated by policy base +$conf:15" "from a network"
cp /run/rig/conf.before $conf
case_ok

case_begin "show --json says the same"
run_ctl show bob --json
expect_eq "$(json "$out" version)" 1 "version"
expect_eq "$(json "$out" action)" policy "action"
expect_eq "$(json "$out" rule.line)" 16 "line of the rule"
expect_eq "$(json "$out" policy.linger)" 600 "linger"
expect_eq "$(json "$out" policy.origin.linger.line)" 4 "line of linger"
expect_eq "$(json "$out" policy.origin.scope)" null "origin of a default"
expect_eq "$(json "$out" policy.directories.0.size)" 67108864 "size"
expect_eq "$(json "$out" policy.hostname_here)" rig-bob "hostname"
case_ok

case_begin "show of nobody, or by a policy that is broken"
run_ctl show nobody-of-that-name
expect_eq "$status" 3 "status for no user"
echo 'rules' >$conf
run_ctl show bob
expect_eq "$status" 1 "status for a broken policy"
expect_match "$err" "$conf:[0-9]+: error: " "why"
case_ok

case_begin "what is called wrongly is a usage error"
for args in '' frobnicate 'list x y' 'show' 'show a b' 'close' '--nonsense list' 'list --root' 'enter' 'list -o nonsense'; do
	# shellcheck disable=SC2086
	run_ctl $args
	expect_eq "$status" 2 "status of: nsisolate $args"
	expect_ne "$err" "" "what it says of: nsisolate $args"
done
for verb in check show list matrix run enter close gc doctor; do
	run_ctl $verb --help
	expect_eq "$status" 0 "status of $verb --help"
	expect_match "$out" "^usage: nsisolate $verb" "$verb --help"
done
case_ok
