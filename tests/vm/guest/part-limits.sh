# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What "cgroup" and "limits" come to on version 2, under systemd and beside it.

fs=/sys/fs/cgroup
slice=$fs/user.slice/user-1000.slice
. "$here/kept.sh"

has_controllers() {
	local controller

	for controller in pids memory cpu; do
		grep -qw $controller $fs/cgroup.controllers || return 1
	done
}

group_of() { # PID
	sed -n 's/^0:://p' "/proc/$1/cgroup"
}

limited_policy() { # SCOPE NAMESPACES LIMITS
	policy <<-END
		version = 1;
		policies = { p = { scope = "$1"; namespaces = [ $2 ]; limits = { $3 }; }; };
		rules = ( { uid = "1000-1999"; policy = "p"; } );
	END
}

# A fork bomb that gives up after 200, and says how far it came.
bomb="perl -e '\$n = 0; for (1..200) { \$p = fork; last unless defined \$p; if (!\$p) { sleep 30; exit } push @p, \$p; \$n++ } kill 9, @p; print qq(\$n\n)'"
# Twice what there is.
glutton="perl -e '\$x = q(x) x (256 << 20); print qq(had it ), qq(all\n)'"

no_limits_left() {
	[ -z "$(ls /run/nsisolate/limits)" ] && [ -z "$(ls -d /run/systemd/system.control/user-100?.slice.d 2>/dev/null)" ]
}

no_records() {
	[ -z "$(ls /run/nsisolate/limits)" ]
}

no_scopes() {
	[ -z "$(systemctl list-units --no-legend 'nsisolate-*.scope')" ]
}

expect_no_limits_left() {
	wait_until 20 no_limits_left || fail "left: $(ls -d /run/nsisolate/limits/* /run/systemd/system.control/* 2>&1)"
	wait_until 20 no_scopes || fail "left: $(systemctl list-units --no-legend 'nsisolate-*.scope')"
}

case_begin "cgroup: the root of the namespace is the login's own, and no more is to be seen"
policy <<-END
	version = 1;
	policies = { p = { scope = "session"; namespaces = [ "mount", "cgroup" ]; }; };
	rules = ( { uid = "1000-1999"; policy = "p"; } );
END
expect_ok hold a alice
expect_eq "$(ask a 'grep ^0:: /proc/self/cgroup')" 0::/ "its place, seen from inside"
outside=$(group_of "$(ask a 'echo $$')")
expect_has "$outside" /user.slice/user-1000.slice/session- "its place, seen from the host"
expect_eq "$(ask a "stat -c %i $fs")" "$(stat -c %i "$fs$outside")" "the group at $fs inside"
expect_has_not "$(ask a "ls $fs")" slice "groups at $fs inside"
expect_fails ask a "ls -d $fs/../cgroup/user.slice"
drop a
everybody_gone
case_ok

if ! has_controllers; then
	case_begin "limits: without controllers in version 2 a login is refused, by name"
	limited_policy user '"mount"' 'tasks = "40";'
	expect_fails as_ssh alice true
	expect_has "$(journal -n 60 -g refused -o cat)" "pids.max is not there" "the log"
	everybody_gone
	expect_no_limits_left
	case_ok
	case_begin "limits: tasks, memory and cpu bite"
	case_skip "version 2 of control groups has no controllers here: $fs/cgroup.controllers is \"$(cat $fs/cgroup.controllers)\""
	return 0
fi

before=$(systemctl show -P TasksMax user-1000.slice)

case_begin "limits of a user: their slice has them, their sessions stay where logind knows them"
limited_policy user '"mount", "ipc"' 'tasks = "40"; memory = "128M"; cpu = "50%";'
expect_ok hold a alice
expect_has "$(ask a 'cat /proc/self/cgroup')" /user.slice/user-1000.slice/session- "its place"
expect_eq "$(cat $slice/pids.max)" 40 "pids.max"
expect_eq "$(cat $slice/memory.max)" $((128 << 20)) "memory.max"
expect_eq "$(cat $slice/cpu.max)" "50000 100000" "cpu.max"
expect_eq "$(systemctl show -P TasksMax user-1000.slice)" 40 "what systemd says"
expect_eq "$(systemctl show -P TasksMax user-1001.slice)" "$before" "what it says of bob"
case_ok

case_begin "limits of a user: tasks stop a fork bomb"
forks=$(ask a "$bomb")
[ "${forks:-0}" -gt 3 ] && [ "$forks" -lt 40 ] || fail "it came to '$forks'"
expect_ne "$(sed -n 's/^max //p' $slice/pids.events)" 0 "forks that the kernel refused"
forks=$(as_su alice "$bomb")
[ "${forks:-99}" -lt 40 ] || fail "by su, it came to '$forks'"
case_ok

case_begin "limits of a user: memory beyond the limit is not to be had"
expect_has_not "$(ask a "$glutton")" "had it all" "what it says"
expect_ne "$(sed -n 's/^oom_kill //p' $slice/memory.events)" 0 "processes that the kernel ended"
expect_eq "$(ask a 'echo alive')" alive "her shell"
case_ok

case_begin "limits of a user: cron, su and the user's manager are held to the same"
for way in cron su systemd_user; do
	seen=$("as_$way" alice 'cat /proc/self/cgroup') || fail "$way: status $?"
	expect_has "$seen" /user.slice/user-1000.slice/ "the place of $way"
done
expect_has "$(as_cron alice 'cat /proc/self/cgroup')" /nsisolate-1000- "the scope of a job of cron"
case_ok

case_begin "limits of a user: list shows them, and how much is used"
expect_has "$(nsisolate list -o user,tasks,memory --noheadings | grep alice)" /40 "tasks"
expect_has "$(nsisolate list -o user,tasks,memory --noheadings | grep alice)" /128M "memory"
expect_has "$(nsisolate list --json | tr -d ' \n')" '"tasks_max":40' "JSON"
expect_has "$(nsisolate show alice)" 'tasks = 40; memory = 128M; cpu = 50%' "show"
case_ok

case_begin "limits of a user: they outlive a helper that is killed"
kill -KILL "$(systemctl show -P MainPID nsisolate.service)"
expect_ok as_su alice true
expect_eq "$(cat $slice/pids.max)" 40 "pids.max"
drop a
everybody_gone
case_ok

case_begin "limits of a user: after the last session everything is as before"
expect_no_limits_left
expect_eq "$(systemctl show -P TasksMax,MemoryMax user-1000.slice | xargs)" "infinity $before" "what systemd says"
case_ok

case_begin "limits of a user: an administrator's own setting comes back"
systemctl set-property --runtime user-1000.slice TasksMax=77
expect_eq "$(as_ssh alice "cat $slice/pids.max")" 40 "inside"
everybody_gone
expect_ok wait_until 20 no_records
expect_ok wait_until 20 grep -q 77 /run/systemd/system.control/user-1000.slice.d/50-TasksMax.conf
systemctl revert user-1000.slice
expect_no_limits_left
case_ok

# Bytes of tmpfs that a group is charged with, and all groups below it.
charged() { # DIRECTORY
	sed -n 's/^shmem //p' "$1/memory.stat"
}

mebibytes_charged() { # FROM TO DIRECTORY
	local have

	have=$(charged "$3") || have=-1
	have=$((${have:--1} >> 20))
	[ "$have" -ge "$1" ] && [ "$have" -le "$2" ] || fail "$3 is charged with $have MiB, not $1 to $2"
}

fill='head -c 20M /dev/zero >/tmp/big'
# 80 MiB, which 128 MiB have room for, but not beside 60.
want="perl -e '\$x = q(x); vec(\$x, 80 << 20, 8) = 1; print qq(had it ), qq(all\n)'"

case_begin "limits of a user: the tmpfs of a kept set stays charged to the user, and the next login has what is left"
kept_policy
expect_ok hold a alice
expect_ok wait_until 20 has_scope
expect_eq "$(systemctl show -P Slice "$(scope_of_set)")" user-1000.slice "the slice of the anchor"
ask a 'head -c 60M /dev/zero >/tmp/big'
mebibytes_charged 60 64 $slice
drop a
expect_ok wait_until 60 manager_is_gone
sleep 2
expect_ok wait_until 30 is_lingering
mebibytes_charged 60 64 $slice
expect_ok hold a alice
expect_eq "$(ask a 'stat -c %s /tmp/big')" $((60 << 20)) "the file of the former login"
mebibytes_charged 60 64 $slice
expect_has_not "$(ask a "$want")" "had it all" "80 MiB more"
expect_eq "$(ask a 'echo alive')" alive "her shell"
ask a 'rm /tmp/big'
expect_has "$(ask a "$want")" "had it all" "80 MiB, without the file"
drop a
nsisolate close alice --force
expect_ok wait_until 60 slice_is_gone
everybody_gone
expect_no_limits_left
case_ok

limited_policy user '"mount", "ipc"' 'tasks = "40"; memory = "128M"; cpu = "50%";'

# pamtester asks for a password where it is to wait.
at_pam() { # OPERATION...
	rm -f /run/pam.in && mkfifo /run/pam.in
	pamtester login bob "$@" authenticate </run/pam.in >&2 &
	tester=$!
	exec 8>/run/pam.in
}

is_in() { # PID GROUP
	grep -q "^0::$2" "/proc/$1/cgroup"
}

case_begin "limits of a user: a process that opens the session from elsewhere is moved, and moved back"
from=$(group_of self)
at_pam open_session
expect_ok wait_until 20 is_in $tester /user.slice/user-1001.slice/nsisolate-1001-
echo >&8 && exec 8>&-
wait $tester
at_pam open_session close_session
sleep 2
expect_ok wait_until 20 is_in $tester "$from"
echo >&8 && exec 8>&-
wait $tester
everybody_gone
expect_no_limits_left
case_ok

case_begin "limits of a session: each has its own, and su in it one more"
limited_policy session '"mount", "cgroup"' 'tasks = "30";'
expect_ok hold a alice
expect_ok hold b alice
for name in a b; do
	where=$fs$(group_of "$(ask $name 'echo $$')")
	expect_has "$where" /user-1000.slice/session- "its place"
	expect_eq "$(cat "$where/pids.max")" 30 "pids.max"
	expect_eq "$(ask $name "cat $fs/pids.max")" 30 "pids.max inside"
done
expect_has_not "$(cat $slice/pids.max)" 30 "what they share"
forks=$(ask a "$bomb")
[ "${forks:-99}" -lt 30 ] || fail "it came to '$forks'"
expect_eq "$(as_cron alice "cat /proc/self/cgroup $fs/pids.max" | xargs)" "0::/ 30" "a job of cron"
drop a
drop b
everybody_gone
expect_no_limits_left
case_ok

case_begin "limits without systemd: a group of ours, gone with the set"
cat >/root/plain.conf <<-END
	version = 1;
	policies = { p = { namespaces = [ "mount", "cgroup" ]; limits = { tasks = "20"; memory = "128M"; cpu = "50%"; }; }; };
	rules = ( { user = "bob"; policy = "p"; } );
END
# A mount namespace without /run/systemd stands for the host; helpers find on record that it does.
unshare -m --propagation private sh -c 'mount -t tmpfs none /run/systemd && exec sleep infinity' &
plain_host=$!
expect_ok wait_until 10 eval '[ "$(nsenter -m -t $plain_host stat -f -c %T /run/systemd)" = tmpfs ] && ! nsenter -m -t $plain_host test -e /run/systemd/system'
install -d -m 700 /run/nsi-plain
plain() { # CMD
	[ -s /run/nsi-plain/host ] || echo "nsisolate-host 1 mnt=$(stat -Lc %i /proc/$plain_host/ns/mnt) last=0 boot=$(cat /proc/sys/kernel/random/boot_id)" >/run/nsi-plain/host
	nsenter -m -t $plain_host sh -c '
		exec nsisolate --config /root/plain.conf --rundir /run/nsi-plain --statedir /var/lib/nsi-plain \
			run bob --service sshd -- sh -c "$1"' - "$1"
}
own=$fs/nsisolate/u1001
seen=$(plain "cat /proc/self/cgroup $fs/pids.max $fs/memory.max $fs/cpu.max; $bomb") || fail "status $?"
expect_eq "$(head -n 4 <<<"$seen" | xargs)" "0::/ 20 $((128 << 20)) 50000 100000" "inside"
[ "$(tail -n 1 <<<"$seen")" -lt 20 ] || fail "a fork bomb came to '$seen'"
expect_eq "$(plain "$glutton" 2>/dev/null)" "" "what a glutton says"
expect_ok wait_until 20 test ! -e $fs/nsisolate
expect_eq "$(ls /run/nsi-plain/limits /run/nsi-plain/sets)" "$(printf '/run/nsi-plain/limits:\n\n/run/nsi-plain/sets:')" "records left"
case_ok

case_begin "limits without systemd: the tmpfs of a kept set is charged to its user's group until the set ends"
sed -i 's/policies = { p = {/& linger = "30m"; directories = ( { path = "\/tmp"; method = "tmpfs"; size = "64M"; } );/; s/"mount", "cgroup"/"mount"/' /root/plain.conf
plain "$fill"
mebibytes_charged 20 30 $own
plain true
mebibytes_charged 20 30 $own
nsisolate --rundir /run/nsi-plain --statedir /var/lib/nsi-plain close bob
expect_ok wait_until 20 test ! -e $fs/nsisolate
case_ok

case_begin "limits without systemd: a helper that is killed leaves a group that the next one removes"
sed -i 's/linger = "30m";//' /root/plain.conf
plain 'sleep 100' &
expect_ok wait_until 20 test -e $own/pids.max
expect_ok wait_until 20 pgrep -u bob -x sleep
kill -KILL "$(pgrep -f 'nsisolate-helper.*/run/nsi-plain')"
pkill -u bob -x sleep
wait $!
wait_until 5 test ! -e $own # its process is in it until it ends
expect_ok plain true
expect_ok wait_until 20 test ! -e $fs/nsisolate
case_ok
everybody_gone
kill $plain_host
