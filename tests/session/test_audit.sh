#!/bin/bash
# SPDX-License-Identifier: MIT
# Trying a policy out, the vendor's files, and rules about remote hosts.
. "$(dirname "$0")/rig.sh"

isolate
stack rig "$rig_service"

log_tail() {
	grep nsisolate "$(rig_settled_log)" | tail -"${1:-3}"
}

case_begin "audit of one rule: the login is as it was, and the log says what it would get"
default_policy
sed -i 's/^rules = (/rules = ( { user = "alice"; policy = "lab"; audit = true; },/' /etc/security/nsisolate.conf
seen=$(as_ssh alice "$look")
expect_on_host
expect_match "$(log_tail)" 'not isolated user=alice uid=2001 service=sshd rule=/etc/security/nsisolate.conf:[0-9]+: .*audit.*would .*policy lab' "log"
expect_eq "$(sets_left)$(instances_left)" "" "sets and instances"
seen=$(as_ssh bob "$look")
expect_isolated bob
expect_all_gone
case_ok

case_begin "audit of all: nobody is isolated, whatever the rule"
default_policy
sed -i -e '1i audit = true;' -e 's/^rules = (/rules = ( { user = "bob"; action = "skip"; },/' /etc/security/nsisolate.conf
for way in $(every_way); do
	expect_host_ns "$("as_$way" alice "$ns_cmd")" "alice's by $way"
done
expect_match "$(log_tail 1)" 'user=alice .*audit.*would .*policy lab' "log"
as_ssh bob true
expect_match "$(log_tail 1)" 'user=bob .*audit.*would .*no isolation' "log"
expect_match "$(grep nsisolate-helper "$(rig_settled_log)")" "warning: 'audit' at the top level" "the reminder"
expect_eq "$(sets_left)$(instances_left)" "" "sets and instances"
case_ok

case_begin "a vendor's file where the administrator has none, and their drop-ins"
default_policy
install -d /usr/share/nsisolate/nsisolate.d /etc/security/nsisolate.d
sed 's/%{host}-%{user}/vendor/' /etc/security/nsisolate.conf >/usr/share/nsisolate/nsisolate.conf
rm /etc/security/nsisolate.conf
expect_eq "$(as_ssh alice hostname)" vendor "hostname by the vendor's file"
expect_match "$(grep 'opened user=alice' "$(rig_settled_log)" | tail -1)" 'rule=/usr/share/nsisolate/nsisolate.conf:[0-9]+' "log"
default_policy
expect_eq "$(as_ssh alice hostname)" rig-alice "hostname by the administrator's"
sed -i 's/uid = "2000-2999"/user = "nobody"/' /etc/security/nsisolate.conf
cat >/usr/share/nsisolate/nsisolate.d/50-bob.conf <<'END'
policies = { bobs = { extends = "lab"; hostname = "dropin"; }; };
rules = ( { user = "bob"; policy = "bobs"; } );
END
expect_eq "$(as_ssh bob hostname)" dropin "hostname by the vendor's drop-in"
: >/etc/security/nsisolate.d/50-bob.conf
expect_eq "$(as_ssh bob hostname)" rig "hostname when it is masked"
rm /etc/security/nsisolate.d/50-bob.conf
ln -s /dev/null /etc/security/nsisolate.d/50-bob.conf
expect_eq "$(as_ssh bob hostname)" rig "hostname when it is masked by a link to /dev/null"
rm -r /usr/share/nsisolate /etc/security/nsisolate.d
expect_all_gone
case_ok

case_begin "remote hosts by network, as a daemon may spell them"
default_policy
sed -i 's/uid = "2000-2999"/rhost = [ "10.0.0.0\/8", "!10.9.0.0\/16", "2001:db8::\/32" ]/' /etc/security/nsisolate.conf
for host in 10.1.2.3 ::ffff:10.1.2.3 2001:0db8::7 2001:db8::7%eth0; do
	expect_match "$(as_pamhost alice --rhost "$host" open run hostname close end)" rig-alice "from $host"
done
for host in 10.9.2.3 11.1.2.3 ::ffff:10.9.0.1 2001:db9::1 10.1.2.3.example.org 10.1.2 localhost ''; do
	expect_no_match "$(as_pamhost alice --rhost "$host" open run hostname close end)" rig-alice "from '$host'"
done
expect_all_gone
case_ok

case_begin "a host by name, where the rule names addresses: it cannot be told, and so is refused"
for host in ten.example.org localhost 10.1.2.3.example.org UNKNOWN; do
	out=$(as_pamhost alice --silent --rhost "$host" open end)
	expect_eq "$(head -n 1 <<<"$out")" "open PAM_SYSTEM_ERR" "from $host"
	expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -1)" "rhost is the name \"$host\"" "log"
	expect_match "$(nsisolate show alice --rhost "$host")" "outcome +refused: the rule names addresses" "nsisolate show"
done
in_time "$rig_tools/ptyrun" login -h ten.example.org -f alice >/run/rig/tty 2>&1
expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -1)" 'service=login: .*"ten.example.org"' "log, by login"
expect_eq "$(as_su root 'echo ran')" ran "root"
expect_eq "$(as_pamhost root --silent --rhost ten.example.org open end | xargs)" "open PAM_SUCCESS end PAM_SUCCESS" "root from there"
sed -i 's/policy = "lab"; }/policy = "lab"; on_error = "allow"; }/' /etc/security/nsisolate.conf
expect_eq "$(as_pamhost alice --rhost ten.example.org open run hostname close end | sed -n 2p)" rig "where the rule says on_error = allow"
sed -i 's/^rules = (/rules = ( { rhost = "ten.example.org"; policy = "lab"; },/' /etc/security/nsisolate.conf
expect_match "$(as_pamhost alice --rhost ten.example.org open run hostname close end)" rig-alice "where a rule names it"
expect_all_gone
case_ok
