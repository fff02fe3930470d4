# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What only a machine with a kernel of its own shows, and the main ways in once more on that kernel.

echo "kernel $(uname -r)" >&2
for way in ssh su cron; do
	case_begin "alice by $way sees a world of her own"
	seen=$("as_$way" alice "$look") || fail "status $?"
	expect_isolated alice
	case_ok
done

case_begin "systemd --user and the login share one /tmp"
expect_ok hold a alice
ask a 'touch /tmp/from-login'
inside=$(ask a 'readlink /proc/self/ns/mnt')
seen=$(as_systemd_user alice "$look") || fail "status $?"
expect_eq "$(seen_of mnt)" "$inside" "mount namespace"
expect_has "$(seen_of tmp)" from-login "its /tmp"
case_ok

case_begin "AppArmor confines the helper, and not the session"
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
	expect_has "$(cat "/proc/$(systemctl show -P MainPID nsisolate.service)/attr/current")" \
		"nsisolate-helper (enforce)" "its profile"
	expect_eq "$(ask a 'cat /proc/self/attr/current' | tr -d '\0')" unconfined "the session's"
	case_ok
else
	case_skip "this kernel runs without AppArmor"
fi

case_begin "Yama's strictest scope does not keep the helper from its work"
if [ -e /proc/sys/kernel/yama/ptrace_scope ]; then
	before=$(cat /proc/sys/kernel/yama/ptrace_scope)
	echo 2 >/proc/sys/kernel/yama/ptrace_scope
	expect_ok systemctl restart nsisolate.service
	seen=$(as_su alice "$look") || fail "status $?"
	expect_eq "$(seen_of mnt)" "$inside" "where a login comes after a restart"
	echo "$before" >/proc/sys/kernel/yama/ptrace_scope
	case_ok
else
	case_skip "this kernel has no Yama"
fi
drop a
everybody_gone

case_begin "a limit of namespaces refuses by name, and lets in again when it is raised"
before=$(cat /proc/sys/user/max_uts_namespaces)
echo 0 >/proc/sys/user/max_uts_namespaces
expect_fails as_su alice true
expect_has "$(journal -n 40 -g refused)" "max_" "the log"
echo "$before" >/proc/sys/user/max_uts_namespaces
expect_ok as_su alice true
case_ok

case_begin "logind: a session on a virtual terminal has its seat, and its set"
if [ -c /dev/tty8 ]; then
	systemd-run -q --wait -p User=alice -p PAMName=login -p TTYPath=/dev/tty8 -p StandardInput=tty \
		-p StandardOutput=truncate:/run/by-seat sh -c "$look; echo seat \$XDG_SEAT; loginctl show-session \$XDG_SESSION_ID -p Seat -p TTY" || fail "status $?"
	seen=$(cat /run/by-seat)
	expect_isolated alice
	expect_eq "$(seen_of seat)" seat0 "its seat"
	expect_has "$seen" TTY=tty8 "what logind knows"
	case_ok
else
	case_skip "this kernel has no virtual terminals"
fi
everybody_gone

# For the parts that follow a boot.
as_ssh alice 'echo kept >/var/tmp/kept; echo gone >/tmp/gone' >&2
everybody_gone
sync
