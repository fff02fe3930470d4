#!/bin/bash
# SPDX-License-Identifier: MIT
# user = "map" with all the other namespaces, and with none.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/usermap.sh"

map_begin

case_begin "all eight namespaces"
sed -i 's/"mount", "ipc", "uts"/"mount", "ipc", "uts", "net", "pid", "cgroup", "time"/' /etc/security/nsisolate.conf
for way in ssh_tty su sudo login cron; do
	seen=$("as_$way" alice 'for k in mnt ipc uts net pid cgroup time user; do echo $k $(readlink /proc/self/ns/$k); done; echo uid $(id -u); echo procs $(ps -e --no-headers | wc -l)')
	for kind in $rig_kinds; do
		expect_ne "$(seen_of $kind)" "$(readlink /proc/self/ns/$kind)" "$kind by $way"
	done
	expect_eq "$(seen_of uid)" 2001 "uid by $way"
	[ "$(seen_of procs)" -lt 15 ] || fail "processes by $way: $(seen_of procs)"
done
expect_all_gone
case_ok

case_begin "a user namespace and no other"
policy <<-'END'
	version = 1;
	policies = { lab = { namespaces = [ "user" ]; user = "map"; }; };
	rules = ( { uid = "2000-2999"; policy = "lab"; } );
END
seen=$(as_ssh alice "$map_cmd; $ns_cmd")
expect_ne "$(seen_of user)" "$host_userns" "user namespace"
expect_eq "$(tail -n 1 <<<"$seen")" "$host_ns" "the others"
expect_all_gone
case_ok

case_begin "the example of the manual"
awk '/^# example: root with less to break/ { on = 1 } /^\.Ed/ { on = 0 } on' /src/man/nsisolate.conf.5 |
	sed -e 's/\\(dq/"/g' -e 's/\\&//g' >/run/rig/example
policy </run/rig/example
sed -i 's/retain = "boot"/retain = "session"/' /etc/security/nsisolate.conf
printf 'alice:200000:65536\n' | tee /etc/subuid >/etc/subgid
seen=$(as_ssh alice "$map_cmd")
expect_eq "$(seen_of uids)" "0 0 1000;2001 2001 1;65534 65534 1;200000 200000 65536;" "uids"
expect_eq "$(seen_of gids)" "0 0 1000;2001 2001 1;5000 5000 1;65534 65534 1;200000 200000 65536;" "gids"
expect_fails as_su bob true # who has no subordinate ids
expect_all_gone
case_ok
