#!/bin/bash
# SPDX-License-Identifier: MIT
# What becomes of a set when its sessions are over.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

case_begin "a process that stays behind keeps the set, and the set goes with it"
as_ssh alice 'touch /tmp/kept; setsid sh -c "touch /home/alice/daemon; while test -e /home/alice/daemon; do test -e /tmp/kept || touch /home/alice/lost; sleep 0.1; done" >/dev/null 2>&1 </dev/null & until test -e ~/daemon; do sleep 0.05; done'
sleep 1.5
expect_ok test -e /home/alice/daemon
expect_fails test -e /home/alice/lost
expect_ok as_ssh alice 'test -e /tmp/kept'
rm /home/alice/daemon
expect_all_gone
case_ok

case_begin "on_last_close = kill ends what stays behind"
sed -i 's/scope = "user";/& on_last_close = "kill";/' /etc/security/nsisolate.conf
as_ssh alice "$lasting"
expect_all_gone
expect_fails pgrep -u alice sleep
case_ok

case_begin "linger: who comes back in time finds everything again"
default_policy
sed -i 's/scope = "user";/& linger = "3s";/' /etc/security/nsisolate.conf
back_in_time 3 'sleep 0.5' "touch /tmp/kept; $ns_cmd" "test -e /tmp/kept && $ns_cmd"
expect_eq "$seen" "$first" "namespaces"
expect_all_gone
case_ok

case_begin "retain = forever keeps a directory on disk for the next set"
default_policy
sed -i 's/retain = "session"/retain = "forever"/' /etc/security/nsisolate.conf
as_ssh alice 'echo kept >/var/tmp/file; touch /tmp/file'
wait_until 10 nobody_isolated
expect_eq "$(as_ssh alice 'cat /var/tmp/file; ls -A /tmp')" "kept" "files"
expect_eq "$(as_ssh bob 'ls -A /var/tmp')" "" "bob's files"
wait_until 10 nobody_isolated
default_policy
find "$statedir" -mindepth 1 -delete
case_ok

case_begin "a tree that is deep, wide and full of links is swept, and only the tree"
mkdir -p /opt/outside && echo safe >/opt/outside/file && chmod 777 /opt/outside && chmod 666 /opt/outside/file
as_ssh alice 'cd /var/tmp && ln -s /opt/outside link && ln /home/alice/.bashrc hard 2>/dev/null
	mkdir locked && touch locked/file && chmod 000 locked
	for i in $(seq 500); do mkdir aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa && cd aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa || break; done
	cd /var/tmp && mkdir wide && cd wide && seq 2000 | xargs touch'
expect_all_gone
expect_eq "$(cat /opt/outside/file)" safe "the file outside"
expect_ok test -s /home/alice/.bashrc
case_ok

case_begin "a hundred logins in a row leave nothing"
for i in $(seq 100); do
	as_runuser alice true || fail "login $i"
done
expect_all_gone
one_helper() { [ "$(helper_pids | wc -w)" = 1 ]; }
wait_until 5 one_helper || fail "helper processes: $(helper_pids | xargs)"
case_ok
