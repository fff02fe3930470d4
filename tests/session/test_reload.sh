#!/bin/bash
# SPDX-License-Identifier: MIT
# The policy changes while the helper is up.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

case_begin "good, broken, good: the last good one stays, loudly, and nothing to restart"
stay one ssh alice "$look"
expect_ok as_ssh bob true
policy <<<'version = 1; policies = {'
seen=$(as_ssh bob "$look")
expect_isolated bob
expect_match "$(grep nsisolate-helper "$rig_log" | tail -6)" 'nsisolate\.conf:[0-9]+: error' "log"
expect_match "$(grep nsisolate-helper "$rig_log" | tail -6)" 'stays in force' "log"
default_policy
expect_ok as_ssh bob true
expect_ok as_ssh alice 'test -e /tmp/mine'
leave one
expect_all_gone
case_ok

case_begin "broken, and none from before: refused, by name of the file, until it is mended"
rig_stop_helper
policy <<<'version = 1; policies = {'
expect_fails as_ssh bob true
expect_match "$(grep nsisolate-helper "$rig_log" | tail -4)" 'none from before' "log"
default_policy
expect_ok as_ssh bob true
expect_all_gone
case_ok

case_begin "a change holds for the next login"
sed -i 's/%{host}-%{user}/%{user}-box/' /etc/security/nsisolate.conf
expect_eq "$(as_ssh alice hostname)" alice-box "hostname"
expect_all_gone
case_ok

case_begin "action = skip, and no rule at all: on the host, and the log says so"
sed -i 's/^rules = (/rules = ( { user = "bob"; action = "skip"; },/' /etc/security/nsisolate.conf
seen=$(as_ssh bob "$look")
expect_on_host
expect_match "$(grep nsisolate "$rig_log" | tail -2)" 'bob' "log"
sed -i 's/uid = "2000-2999"/uid = "5000-5999"/' /etc/security/nsisolate.conf
seen=$(as_ssh carol "$look")
expect_on_host
expect_match "$(grep nsisolate "$rig_log" | tail -2)" 'carol' "log"
case_ok

case_begin "drop-ins add rules and policies, in the order of their names"
default_policy
sed -i 's/uid = "2000-2999"/user = "nobody"/' /etc/security/nsisolate.conf
install -d /etc/security/nsisolate.d
cat >/etc/security/nsisolate.d/10-carol.conf <<'END'
policies = { extra = { extends = "lab"; hostname = "extra"; }; };
rules = ( { user = "carol"; policy = "extra"; } );
END
expect_eq "$(as_ssh carol 'hostname; echo $NSISOLATE_POLICY' | xargs)" "extra extra" "hostname and policy"
rm /etc/security/nsisolate.d/10-carol.conf
expect_all_gone
case_ok

case_begin "another configuration, run and state directory beside the first"
default_policy
sed 's/%{host}-%{user}/second/' /etc/security/nsisolate.conf >/etc/security/second.conf
stack rig "$rig_service config=/etc/security/second.conf rundir=/run/second statedir=/var/lib/second"
stay one ssh alice "$ns_cmd"
as_pamhost alice open run "$ns_cmd; hostname" close end >/run/rig/out
expect_other_ns "$(grep ^mnt /run/rig/out)" "the second's, against the first's" "$(cat /run/rig/stay.one)"
expect_match "$(cat /run/rig/out)" second "hostname"
leave one
expect_all_gone
rig_stop_helper
rm -rf /run/second /var/lib/second
case_ok
