# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# systemd, logind and the user's own service manager.

case_begin "systemd --user, D-Bus services, cron, at, su and sftp share the login's /tmp"
expect_ok hold a alice
ask a 'touch /tmp/from-login'
inside=$(ask a 'readlink /proc/self/ns/mnt')
for way in systemd_user cron at su; do
	seen=$("as_$way" alice "$look") || fail "$way: status $?"
	expect_eq "$(seen_of mnt)" "$inside" "mount namespace by $way"
	expect_has "$(seen_of tmp)" from-login "the /tmp of $way"
done
echo 'ls /tmp/from-login' | as_sftp alice >&2 || fail "sftp does not see it"
ask a 'mkdir -p ~/.local/share/dbus-1/services; printf "#!/bin/sh\nreadlink /proc/self/ns/mnt >~/by-dbus.new; mv ~/by-dbus.new ~/by-dbus\n" >~/look; chmod 755 ~/look
printf "[D-BUS Service]\nName=org.vmtest.Look\nExec=/home/alice/look\n" >~/.local/share/dbus-1/services/org.vmtest.Look.service
export XDG_RUNTIME_DIR=/run/user/1000
busctl --user call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig
timeout 10 busctl --user call org.vmtest.Look / org.freedesktop.DBus.Peer Ping' >&2
wait_until 10 test -e /home/alice/by-dbus
expect_eq "$(cat /home/alice/by-dbus)" "$inside" "mount namespace of a service that D-Bus started"
case_ok

case_begin "a set outlives the session that made it; a stopped scope ends its session alone"
expect_ok hold b alice
scope=$(ask a 'sed "s,.*/,," /proc/self/cgroup | tail -n 1')
expect_has "$scope" session- "the first session's scope"
expect_ok systemctl stop "$scope"
expect_eq "$(ask b 'ls /tmp/from-login')" /tmp/from-login "the second session's /tmp"
expect_eq "$(ask b 'readlink /proc/self/ns/mnt')" "$inside" "its mount namespace"
drop a
case_ok

case_begin "a restarted or killed helper takes nothing away"
expect_ok systemctl restart nsisolate.service
expect_eq "$(ask b 'ls /tmp/from-login')" /tmp/from-login "the session's /tmp"
seen=$(as_ssh alice "$look")
expect_eq "$(seen_of mnt)" "$inside" "where the next login comes"
kill -KILL "$(systemctl show -P MainPID nsisolate.service)"
seen=$(as_ssh alice "$look") || fail "a login after that: status $?"
expect_eq "$(seen_of mnt)" "$inside" "where the next login comes after SIGKILL"
case_ok

case_begin "logins while the helper is restarted, again and again, all succeed"
rm -f /run/stop
(while [ ! -e /run/stop ]; do systemctl reset-failed nsisolate.service; systemctl restart nsisolate.service; sleep 0.2; done) &
restarter=$!
for i in 1 2 3 4 5 6 7 8; do
	seen=$(as_su alice "$look") || fail "login $i: status $?"
	expect_eq "$(seen_of mnt)" "$inside" "where login $i comes"
done
touch /run/stop
wait $restarter
expect_ok systemctl -q is-active nsisolate.service
systemctl reset-failed nsisolate.service nsisolate.socket
case_ok

case_begin "a service whose helper is killed at once is given up, and logins start a helper themselves"
expect_ok systemctl stop nsisolate.service
mkdir -p /run/systemd/system/nsisolate.service.d
printf '[Service]\nExecStart=\nExecStart=/bin/sh -c "kill -SYS $$$$"\n' >/run/systemd/system/nsisolate.service.d/dies.conf
systemctl daemon-reload
as_ssh alice true # it may have to wait for too long
is_given_up() { [ "$(systemctl show -P Result nsisolate.socket)" = service-start-limit-hit ]; }
wait_until 60 is_given_up || fail "it is started for ever"
seen=$(as_ssh alice "$look") || fail "status $?"
expect_eq "$(seen_of mnt)" "$inside" "where it comes"
expect_eq "$(systemctl show -P Result nsisolate.socket)" service-start-limit-hit "why the socket is closed"
rm -r /run/systemd/system/nsisolate.service.d
systemctl daemon-reload
systemctl reset-failed nsisolate.service nsisolate.socket
expect_ok systemctl start nsisolate.socket
seen=$(as_ssh alice "$look") || fail "status $?"
expect_eq "$(seen_of mnt)" "$inside" "where the next one comes"
expect_eq "$(systemctl is-active nsisolate.service)" active "the service, mended"
case_ok

case_begin "without the socket a login starts a helper, and systemd's takes its place later"
expect_ok systemctl stop nsisolate.socket nsisolate.service
seen=$(as_ssh alice "$look") || fail "status $?"
expect_eq "$(seen_of mnt)" "$inside" "where it comes"
expect_ok systemctl start nsisolate.socket
seen=$(as_ssh alice "$look") || fail "status $?"
expect_eq "$(seen_of mnt)" "$inside" "where the next one comes"
expect_eq "$(systemctl is-active nsisolate.service)" active "the service"
one_helper() { [ "$(pgrep -c -x nsisolate-helpe)" = 1 ]; } # a child has its name for a moment
wait_until 10 one_helper || fail "helpers: $(pgrep -a -x nsisolate-helpe)"
case_ok

case_begin "reload: the next login follows the new policy, those who are in stay"
sed -i 's/%{host}-%{user}/other-%{user}/' /etc/security/nsisolate.conf
expect_ok systemctl reload nsisolate.service
seen=$(as_ssh bob "$look")
expect_eq "$(seen_of host)" other-bob "bob's hostname"
expect_eq "$(ask b hostname)" vmtest-alice "alice's"
cp /usr/share/doc/nsisolate/examples/lab.conf /etc/security/nsisolate.conf
expect_ok systemctl reload nsisolate.service
user_gone bob
case_ok

case_begin "systemd-tmpfiles leaves live instances alone"
ask b 'touch -d "2 years ago" /tmp/old /var/tmp/old'
expect_ok systemd-tmpfiles --create --remove --clean
expect_eq "$(ask b 'ls /tmp/old /var/tmp/old' | xargs)" "/tmp/old /var/tmp/old" "old files in it"
expect_eq "$(stat -c %a /run/nsisolate /var/lib/nsisolate | xargs)" "700 700" "modes"
touch /tmp/host-mark # which --remove has taken away
case_ok

case_begin "the journal finds lines by user and by set"
set=$(ask b 'echo $NSISOLATE_SET')
expect_has "$(journal NSISOLATE_USER=alice)" "took over set=$set" "lines about alice"
expect_has "$(journal "NSISOLATE_SET=$set" -o cat)" "uid=1000" "lines about the set"
expect_has "$(journal -u nsisolate.service --facility=authpriv)" "set=$set" "lines of the unit"
case_ok

case_begin "loginctl shows the session, and terminate-user ends it and its set"
expect_has "$(loginctl --no-legend list-sessions)" alice "sessions"
expect_ok loginctl terminate-user alice
expect_all_gone
drop b
case_ok

case_begin "lingering keeps the user's set, and ends with it"
expect_ok loginctl enable-linger alice
expect_ok wait_until 20 test -S /run/user/1000/bus
as_ssh alice 'touch /tmp/stays'
sleep 1
seen=$(as_ssh alice "$look")
expect_has "$(seen_of tmp)" stays "the /tmp of a later login"
expect_ok loginctl disable-linger alice
user_gone alice
expect_all_gone
case_ok

case_begin "lingering outlives helper and anchor, killed again and again, and then ends"
main_helper() { systemctl show -P MainPID nsisolate.service; }
in_place() { # WHAT
	expect_eq "$(readlink "/proc/$(pgrep -u alice -x systemd)/ns/mnt")" "$inside" "alice's manager, $1"
	seen=$(as_ssh alice "$look") || fail "a login, $1: status $?"
	expect_eq "$(seen_of mnt)" "$inside" "where a login comes, $1"
	expect_has "$(seen_of tmp)" lingers "its /tmp, $1"
}
expect_ok loginctl enable-linger alice
expect_ok wait_until 20 test -S /run/user/1000/bus
inside=$(as_ssh alice 'touch /tmp/lingers; readlink /proc/self/ns/mnt')
in_place "at first"
for i in 1 2 3; do
	kill -KILL "$(main_helper)"
	in_place "helper killed $i times"
done
pkill -KILL -f '^nsisolate: set'
in_place "its anchor killed"
pkill -KILL -f '^nsisolate: set'
kill -KILL "$(main_helper)"
in_place "helper and anchor killed"
kill -KILL "$(main_helper)"
expect_ok loginctl disable-linger alice
user_gone alice
expect_all_gone
systemctl reset-failed nsisolate.service nsisolate.socket
case_ok

case_begin "KillUserProcesses=no: what a user leaves running keeps the set, and it ends with that"
as_ssh alice 'touch /tmp/mine-too; nohup sleep 1000 >/dev/null 2>&1 & echo $! >~/left'
sleep 1
no_sets && fail "the set is gone while a process is in it"
seen=$(as_su alice "$look")
expect_has "$(seen_of tmp)" mine-too "the /tmp of a later login"
kill "$(cat /home/alice/left)"
user_gone alice
expect_all_gone
case_ok

case_begin "KillUserProcesses=yes ends it with the session"
mkdir -p /etc/systemd/logind.conf.d
printf '[Login]\nKillUserProcesses=yes\nUserStopDelaySec=0\n' >/etc/systemd/logind.conf.d/vmtest.conf
expect_ok systemctl restart systemd-logind
as_ssh alice 'nohup sleep 1000 >/dev/null 2>&1 & true'
expect_ok wait_until 60 no_processes alice
expect_all_gone
rm /etc/systemd/logind.conf.d/vmtest.conf
expect_ok systemctl restart systemd-logind
case_ok

case_begin "RemoveIPC: queues and shared memory last as long as the user is logged in"
expect_ok hold a alice
expect_ok hold b alice
ask a 'ipcmk -Q >/dev/null; echo x >/dev/shm/of-alice'
drop a
sleep 1
expect_eq "$(ask b 'ipcs -q | grep -c ^0x; ls /dev/shm' | xargs)" "1 of-alice" "what a second session sees"
drop b
everybody_gone
expect_eq "$(as_ssh alice 'ipcs -q | grep -c ^0x; ls /dev/shm' | xargs)" 0 "what a later login sees"
everybody_gone
case_ok

exposure() { # UNIT
	systemd-analyze security --no-pager --offline=true "$1" 2>/dev/null |
		sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p'
}

# The page's figures for a version; for one that it does not have, those of the latest before it.
documented() { # VERSION
	zcat -f /usr/share/doc/nsisolate/systemd.md* | sed -n 's/^| \([0-9]*\) .*| \([0-9.]*\) | \([0-9.]*\) |$/\1 \2 \3/p' |
		awk -v version="$1" '$1 <= version { figures = $2 " " $3 } END { print figures }'
}
case_begin "systemd-analyze security rates the service as docs/systemd.md says, before and after"
bare=$(mktemp -d)
cp "$(systemctl show -P FragmentPath nsisolate.socket)" "$bare/"
sed '/^CapabilityBoundingSet=/,/^SystemCallErrorNumber=/d' \
	"$(systemctl show -P FragmentPath nsisolate.service)" >"$bare/nsisolate.service"
expect_eq "$(exposure "$bare/nsisolate.service") $(exposure "$(systemctl show -P FragmentPath nsisolate.service)")" \
	"$(documented "$(systemctl --version | awk '{ print $2; exit }')")" "before and after"
case_ok
