#!/bin/bash
# SPDX-License-Identifier: MIT
# A host name of the set's own: the domain stays, and who goes by names is told.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
names='echo name $(hostname); echo full $(hostname -f); echo domain $(hostname -d)
echo python $(python3 -c "import socket; print(socket.getfqdn())"); sudo true; echo own $(grep -m 1 127.0.1.1 /etc/hosts | xargs)'

case_begin "the domain that hosts(5) gives the host is the set's as well"
printf '127.0.0.1 localhost\n127.0.1.1 rig.example.test rig # this host\n10.0.0.9 other.elsewhere.test other\n' >/etc/hosts
seen=$(as_ssh alice "$names" 2>&1)
expect_eq "$(seen_of name) $(seen_of full) $(seen_of domain)" "rig-alice rig-alice.example.test example.test" "names"
expect_eq "$(seen_of python)" rig-alice.example.test "as Python has it"
expect_eq "$(seen_of own)" "127.0.1.1 rig-alice.example.test rig-alice" "hosts"
expect_eq "$(as_ssh alice 'getent hosts other | xargs')" "10.0.0.9 other.elsewhere.test other" "others"
expect_eq "$(grep -v '^[a-z]* ' <<<"$seen")" "" "what sudo says"
expect_eq "$(hostname -f)" rig.example.test "the host's own"
expect_all_gone
case_ok

case_begin "and the one that the kernel's name has, in a first set and in a spare one"
printf '127.0.0.1 localhost\n' >/etc/hosts
hostname rig.site.test
for i in 1 2; do
	seen=$(as_ssh alice "$names" 2>&1)
	expect_eq "$(seen_of name) $(seen_of full)" "rig-alice rig-alice.site.test" "names"
done
expect_all_gone
hostname rig
case_ok

case_begin "a host without a domain has none inside, and one in the template wins"
seen=$(as_ssh alice "$names" 2>&1)
expect_eq "$(seen_of own)" "127.0.1.1 rig-alice" "hosts"
expect_all_gone
sed -i 's/%{host}-%{user}/%{user}.labs.test/' /etc/security/nsisolate.conf
seen=$(as_ssh alice "$names" 2>&1)
expect_eq "$(seen_of full) $(seen_of domain)" "alice.labs.test labs.test" "names"
expect_all_gone
default_policy
case_ok

case_begin "a rule of sudo that names the host holds outside and not in the set; doctor and check say so"
printf '%s\n' 'Defaults !lecture' 'root ALL=(ALL) ALL' 'Host_Alias LABS = rig, lab2' 'alice LABS=(root) NOPASSWD: ALL' >/etc/sudoers
rm -f /etc/sudoers.d/*
isolate_none
expect_eq "$(as_ssh alice 'sudo -n id -u')" 0 "outside"
isolate
expect_fails as_ssh alice 'sudo -n id -u 2>/dev/null'
run_ctl doctor
expect_match "$out" "/etc/sudoers:4: it names the host LABS, and the sets of policy 'lab' have another" "doctor"
run_ctl check
expect_match "$out$err" '/etc/sudoers:4: .*names the host LABS' "check"
sed -i 's/LABS=(root)/ALL=(root)/' /etc/sudoers
expect_eq "$(as_ssh alice 'sudo -n id -u')" 0 "with ALL"
run_ctl doctor
expect_no_match "$out" sudoers-host "doctor"
expect_all_gone
case_ok

case_begin "what else goes by the name of the host, as the table of nsisolate.conf(5) has it"
seen=$(as_ssh alice 'xauth -f cookies add $(hostname)/unix:5 . 0123; echo cookie $(xauth -f cookies list | cut -d" " -f1)
	echo prompt $(bash -c "PS1=\\\\h; echo \${PS1@P}"); echo node $(uname -n); echo kept $(cat /proc/sys/kernel/hostname)')
expect_eq "$(seen_of cookie)" rig-alice/unix:5 "X cookie"
expect_eq "$(seen_of prompt) $(seen_of node) $(seen_of kept)" "rig-alice rig-alice rig-alice" "prompt, uname, /proc"
expect_eq "$(hostname)" rig "the host's"
expect_all_gone
case_ok
