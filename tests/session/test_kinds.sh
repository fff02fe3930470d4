#!/bin/bash
# SPDX-License-Identifier: MIT
# Each kind of namespace on its own: it is another one, and all the others are the host's.
. "$(dirname "$0")/rig.sh"

isolate
declare -A file_of=([mount]=mnt [ipc]=ipc [uts]=uts [net]=net [pid]=pid [cgroup]=cgroup [time]=time)
all_cmd='for k in mnt ipc uts net pid cgroup time user; do echo $k $(readlink /proc/self/ns/$k); done'
on_host=$(eval "$all_cmd")

policy_of() { # "KIND", ...
	policy <<-END
		version = 1;
		policies = { one = { namespaces = [ $1 ]; }; };
		rules = ( { uid = "2000-2999"; policy = "one"; } );
	END
}

# Which namespaces of $1 are not the host's.
others_of() {
	diff <(echo "$on_host") <(echo "$1") | sed -n 's/^> \([a-z]*\) .*/\1/p' | xargs
}

for kind in mount ipc uts net cgroup time; do
	case_begin "$kind alone"
	policy_of "\"$kind\""
	for way in ssh su sudo cron; do
		expect_eq "$(others_of "$("as_$way" alice "$all_cmd")")" "${file_of[$kind]}" "others by $way"
	done
	expect_all_gone
	case_ok
done

case_begin "net: a loopback that is up, and nothing of the host's"
policy_of '"net"'
expect_eq "$(as_su alice 'ip -o link | wc -l')" 1 "links"
expect_match "$(as_su alice 'ip -o link show lo')" 'LOOPBACK,UP' "loopback"
expect_fails as_su alice 'exec 3<>/dev/tcp/127.0.0.1/22'
expect_all_gone
case_ok

case_begin "cgroup: the root is the session's own"
policy_of '"cgroup", "mount"'
expect_eq "$(as_su alice 'cut -d: -f3 /proc/self/cgroup | sort -u')" / "paths"
expect_all_gone
case_ok

case_begin "pid: few processes, a /proc that says so, and an end for those who stay"
policy_of '"pid", "mount"'
for way in ssh ssh_tty su su_l sudo runuser login cron; do
	seen=$("as_$way" alice "$all_cmd; echo count \$(ls -d /proc/[0-9]* | wc -l)")
	expect_eq "$(others_of "$(grep -v ^count <<<"$seen")")" "mnt pid" "others by $way"
	[ "$(seen_of count)" -lt 12 ] || fail "processes by $way: $(seen_of count)"
done
expect_all_gone
expect_eq "$(as_su alice 'exit 37'; echo $?)" 37 "exit code"
expect_eq "$(as_su alice 'for i in $(seq 200); do (sleep 0.01 &) ; done; sleep 0.5
	for i in $(seq 50); do n=$(ps -e -o stat= | grep -c Z); [ $n != 0 ] || break; sleep 0.1; done; echo $n')" 0 "zombies"
expect_all_gone
case_ok

case_begin "all of them at once"
policy_of '"mount", "ipc", "uts", "net", "pid", "cgroup", "time"'
expect_eq "$(others_of "$(as_ssh alice "$all_cmd")")" "mnt ipc uts net pid cgroup time" "others"
expect_all_gone
case_ok
