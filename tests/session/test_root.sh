#!/bin/bash
# SPDX-License-Identifier: MIT
# Root is never locked out, and isolated only where the administrator says so twice.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

case_begin "root stays on the host, by every way"
for way in ssh ssh_tty su su_l sudo sudo_i runuser runuser_l; do
	seen=$("as_$way" root "$look") || fail "status $? by $way"
	expect_on_host
done
case_ok

case_begin "a rule for uid 0 alone isolates nobody"
sed -i 's/uid = "2000-2999"/uid = "0-2999"/' /etc/security/nsisolate.conf
seen=$(as_su root "$look")
expect_on_host
case_ok

case_begin "with isolate_root and a rule it does"
isolate isolate_root
seen=$(as_su root "$look")
expect_isolated root
expect_all_gone
case_ok

case_begin "with isolate_root, root can be refused as anybody can"
unmeetable_policy
sed -i 's/uid = "2000-2999"/uid = "0-2999"/' /etc/security/nsisolate.conf
expect_fails as_su root true
case_ok

case_begin "without it, root gets in without helper, policy and directories"
isolate helper=/nonexistent
rig_stop_helper
rm -rf "$rundir" "$statedir" /etc/security/nsisolate.conf
for way in ssh su sudo runuser; do
	expect_host_ns "$("as_$way" root "$ns_cmd")" "root by $way"
done
case_ok
