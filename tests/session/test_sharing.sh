#!/bin/bash
# SPDX-License-Identifier: MIT
# Who shares what: one user twice, two users, and the scopes.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

case_begin "one user's second login joins the first, whatever way it comes"
stay one ssh alice "$look"
seen_by one
expect_isolated alice
first=$(seen_of ns) set=$(seen_of set)
for way in $(every_way); do
	seen=$("as_$way" alice "$look")
	expect_eq "$(seen_of ns)" "$first" "namespaces by $way"
	expect_eq "$(seen_of set)" "$set" "set by $way"
	expect_match "$(seen_of files)" mine "files by $way"
done
case_ok

case_begin "another user at the same time shares nothing with the first"
stay two su bob "$look"
seen_by two
expect_isolated bob
expect_other_ns "$(seen_of ns)" "bob's, against alice's" "$first"
expect_ne "$(seen_of set)" "$set" "set"
case_ok

case_begin "the set lives until the last session of it ends, in whatever order"
stay three su alice "$ns_cmd"
leave one
expect_eq "$(as_ssh alice "test -e /tmp/mine && $ns_cmd")" "$first" "after the first has left"
leave three
leave two
expect_all_gone
case_ok

case_begin "the next login finds nothing of it"
seen=$(as_ssh alice "$look")
expect_isolated alice
expect_ne "$(seen_of set)" "$set" "set"
expect_all_gone
case_ok

case_begin "scope session: every login its own"
sed -i 's/scope = "user"/scope = "session"/' /etc/security/nsisolate.conf
stay one ssh alice "$look"
seen=$(as_ssh alice "$look")
expect_isolated alice
second=$(seen_of ns)
seen_by one
expect_isolated alice
expect_other_ns "$second" "the second's, against the first's" "$(seen_of ns)"
leave one
expect_all_gone
case_ok

case_begin "scope group: members share one, others do not"
default_policy
groupadd -g 3000 crew && usermod -a -G crew alice && usermod -a -G crew bob
sed -i -e 's/scope = "user"/scope = "group"/' -e 's/%{host}-%{user}/crew/' \
	-e 's/^rules = (/rules = ( { group = "crew"; policy = "lab"; }, { user = "carol"; action = "skip"; },/' /etc/security/nsisolate.conf
stay one ssh alice "touch /tmp/hers; chmod 644 /tmp/hers; $ns_cmd"
expect_eq "$(as_ssh bob "test -r /tmp/hers && $ns_cmd")" "$(cat /run/rig/stay.one)" "bob's"
expect_host_ns "$(as_ssh carol "$ns_cmd")" "carol's"
leave one
expect_all_gone
case_ok

case_begin "twelve first logins at once end up in one set"
default_policy
touch /home/alice/hold
all_in() { [ "$(cat /run/rig/at-once.* | wc -l)" = 12 ]; }
for i in $(seq 12); do
	as_runuser alice "$ns_cmd; while test -e /home/alice/hold; do sleep 0.1; done" >"/run/rig/at-once.$i" &
	crowd[i]=$!
done
wait_until 20 all_in
rm /home/alice/hold
wait "${crowd[@]}"
expect_eq "$(cat /run/rig/at-once.* | wc -l)" 12 "logins that worked"
expect_eq "$(sort -u /run/rig/at-once.* | wc -l)" 1 "sets"
expect_all_gone
case_ok
