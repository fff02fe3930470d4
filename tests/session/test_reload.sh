#!/bin/bash
# SPDX-License-Identifier: MIT
# The policy changes while the helper is up.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

case_begin "good, broken, good: the last good one stays, loudly, and nothing to restart"
stay one ssh alice "$look"
expect_ok as_ssh bob true
said=$(grep -c nsisolate-helper "$(rig_settled_log)")
policy <<<'version = 1; policies = {'
seen=$(as_ssh bob "$look")
expect_isolated bob
said=$(grep nsisolate-helper "$(rig_settled_log)" | tail -n "+$((said + 1))")
expect_match "$said" 'nsisolate\.conf:[0-9]+: error' "log"
expect_match "$said" 'stays in force' "log"
default_policy
expect_ok as_ssh bob true
expect_ok as_ssh alice 'test -e /tmp/mine'
leave one
expect_all_gone
case_ok

# Children of the helper that have ended, and that it has not waited for.
no_zombies() {
	! ps -eo stat=,comm= | grep -q '^Z.* nsi'
}

case_begin "no child that has read or copied the policy stays as a zombie"
rig_forget_policy
default_policy
mkdir -p /etc/security/nsisolate.d
{
	echo 'rules = ('
	seq -f '  { user = "nobody%g"; action = "skip"; },' 15000 # so that the copy takes a while
	echo '  { user = "nobody"; action = "skip"; } );'
} >/etc/security/nsisolate.d/many.conf
expect_ok as_ssh bob true
expect_ok wait_until 10 test -e "$statedir/policy/nsisolate.conf"
expect_ok wait_until 10 no_zombies
rm /etc/security/nsisolate.d/many.conf
expect_all_gone
case_ok

case_begin "broken when the helper starts, after a reboot, too: the last good one is in force, and all say so"
expect_ok as_ssh bob true
expect_all_gone # as a reboot would leave none of this boot's
rig_stop_helper
rm -rf "$rundir"
policy <<<'version = 1; policies = {'
seen=$(as_ssh bob "$look")
expect_isolated bob
expect_match "$(grep nsisolate-helper "$(rig_settled_log)" | tail -8)" \
	"<83>.*cannot be used: the last good policy, of 20[-0-9: ]+, kept in $statedir/policy, stays in force" "log"
expect_match "$(grep 'opened user=bob' "$(rig_settled_log)" | tail -n 1)" "rule=$statedir/policy/nsisolate.conf:[0-9]+" "the rule in the log"
run_ctl list
expect_match "$err" "in force is the last good policy, of 20" "list"
run_ctl list --json
expect_eq "$(json "$out" policy.state) $(json "$out" policy.config)" "last-good /etc/security/nsisolate.conf" "list --json"
expect_ok test "$(json "$out" policy.since)" -le "$(date +%s)"
run_ctl show bob
expect_match "$out" "isolated by policy lab" "show"
expect_match "$err" "in force is the last good policy, of 20.*kept in $statedir/policy" "show, on stderr"
run_ctl doctor
expect_match "$out$err" "in force is the last good policy" "doctor"
run_ctl check
expect_eq "$status" 1 "check"
default_policy
expect_ok as_ssh bob true
run_ctl list --json
expect_eq "$(json "$out" policy.state)" current "list --json, mended"
expect_all_gone
case_ok

case_begin "the last good one counts if it is root's, whole, and of this configuration"
default_policy
expect_ok as_ssh bob true
spoil() { # CMD...
	rig_stop_helper
	policy <<<'version = 1; policies = {'
	cp -a $statedir/policy /run/rig/policy
	"$@" || fail "cannot: $*"
	expect_fails as_ssh bob true
	rig_stop_helper
	rm -rf $statedir/policy
	mv /run/rig/policy $statedir/policy
	expect_ok as_ssh bob true
}
spoil chown alice $statedir/policy/nsisolate.conf
spoil chmod 666 $statedir/policy/nsisolate.conf
spoil truncate -s 100 $statedir/policy/nsisolate.conf
spoil sed -i 's,config=/etc,config=/opt,' $statedir/policy/origin
spoil rm $statedir/policy/origin
default_policy
expect_ok as_ssh bob true
expect_all_gone
case_ok

case_begin "a drop-in is kept with the file, and none that was taken away"
mkdir -p /etc/security/nsisolate.d
echo 'rules = ( { user = "root"; action = "skip"; } );' >/etc/security/nsisolate.d/more.conf
expect_ok as_ssh bob true
wait_until 5 test -e $statedir/policy/nsisolate.d/more.conf || fail "it is not kept"
expect_eq "$(stat -c %a $statedir/policy $statedir/policy/nsisolate.d/more.conf | xargs)" "700 600" "modes"
expect_ok cmp /etc/security/nsisolate.conf $statedir/policy/nsisolate.conf
rm -r /etc/security/nsisolate.d
expect_ok as_ssh bob true
wait_until 5 test ! -e $statedir/policy/nsisolate.d/more.conf || fail "it is kept"
expect_all_gone
case_ok

case_begin "broken, and none from before: refused, by name of the file, until it is mended"
rig_forget_policy
policy <<<'version = 1; policies = {'
expect_fails as_ssh bob true
expect_match "$(grep nsisolate-helper "$(rig_settled_log)" | tail -4)" 'none from before' "log"
default_policy
expect_ok as_ssh bob true
expect_all_gone
case_ok

case_begin "an edit is read when it is made, and nobody has to log in to be told of a mistake"
stay one ssh alice "$look"
mistakes() { grep -c 'nsisolate-helper.*nsisolate\.conf:[0-9]*: error' "$(rig_settled_log)"; }
before=$(mistakes)
policy <<<'version = 1; policies = {'
more_mistakes() { [ "$(mistakes)" -gt "$before" ]; }
wait_until 10 more_mistakes || fail "nothing was logged of a broken edit"
default_policy
leave one
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
expect_match "$(grep nsisolate "$(rig_settled_log)" | tail -2)" 'bob' "log"
sed -i 's/uid = "2000-2999"/uid = "5000-5999"/' /etc/security/nsisolate.conf
seen=$(as_ssh carol "$look")
expect_on_host
expect_match "$(grep nsisolate "$(rig_settled_log)" | tail -2)" 'carol' "log"
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
