# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# xrdp with Xorg, and a client that shows its screen on a virtual one.
. "$here/desktop.sh"

xrdp_client=$(command -v xfreerdp3 xfreerdp | head -n 1)

xrdp_begin() {
	desktop_install
	printf '#!/bin/sh\nexec /etc/X11/Xsession /usr/local/bin/lab-session\n' >/etc/xrdp/startwm.sh
	chmod 755 /etc/xrdp/startwm.sh
	usermod -a -G ssl-cert xrdp # for the key of its certificate
	systemctl restart xrdp-sesman xrdp
}

# xrdp_login NUMBER USER PASSWORD [again]: a client on a screen of its own, :NUMBER.
xrdp_login() {
	Xvfb ":$1" -screen 0 820x520x24 -nolisten tcp >/dev/null 2>&1 &
	xrdp_server=$!
	wait_until 20 test -S "/tmp/.X11-unix/X$1" || fail "no screen :$1"
	[ "${4:-}" = again ] || desk_forget "$2"
	unset XAUTHORITY
	xrdp_connect "$@"
	xrdp_is_connected || wait_until 30 xrdp_connect_again "$@" || fail "no connection: $(tail -n 2 "/run/rdp.$1")"
}

xrdp_connect() {
	DISPLAY=:$1 "$xrdp_client" /v:127.0.0.1 "/u:$2" "/p:$3" /cert:ignore /size:800x500 >"/run/rdp.$1" 2>&1 &
	xrdp_pid=$!
}

# A client that finds nobody listening ends at once.
xrdp_is_connected() {
	sleep 2
	kill -0 $xrdp_pid 2>/dev/null
}

xrdp_connect_again() {
	xrdp_connect "$@"
	xrdp_is_connected
}

xrdp_hang_up() {
	kill $xrdp_pid $xrdp_server 2>/dev/null
	wait $xrdp_pid $xrdp_server 2>/dev/null
}

xrdp_shot() { # NUMBER NAME-USER
	keep_shown "${2##*-}" "$2"
	DISPLAY=:$1 XAUTHORITY='' shot "$2"
}

xrdp_has_failed() {
	journalctl -q --after-cursor "$xrdp_cursor" -g "xrdp-sesman:auth.*authentication failure.* user=alice" | grep -q .
}

xrdp_begin
xrdp_version=$(dpkg-query -W -f '${Version}' xrdp)

# Where xrdp shares memory by number, a policy with "ipc" is not for it, and doctor says so.
xrdp_policies="lab-remote-desktop lab-hostnames default"
if dpkg --compare-versions "$xrdp_version" lt 0.10; then
	case_begin "xrdp $xrdp_version: check and doctor warn of \"ipc\" with this version"
	example_policy lab-hostnames
	expect_has "$(nsisolate doctor)" '[ipc-remote]' "doctor"
	expect_has "$(nsisolate check 2>&1)" 'xrdp-sesman' "check"
	case_ok
	xrdp_policies="lab-remote-desktop"

	case_begin "xrdp $xrdp_version: the default policy of this release leaves \"ipc\" out for it"
	example_policy default
	expect_has_not "$(nsisolate doctor)" '[ipc-remote]' "doctor"
	xrdp_login 50 alice pw
	desk_comes alice
	expect_ok desk alice 'xdpyinfo >/dev/null'
	expect_ne "$(desk alice 'readlink /proc/self/ns/mnt')" "$host_mnt" "mount namespace"
	expect_eq "$(desk alice 'readlink /proc/self/ns/ipc')" "$(readlink /proc/self/ns/ipc)" "IPC namespace"
	desk_leave alice
	xrdp_hang_up
	user_gone alice
	case_ok
	desktop_seen xrdp policy default
fi

for policy in $xrdp_policies; do
	case_begin "xrdp $xrdp_version, $policy: login by password; X, systemd --user, /tmp and name are the user's"
	example_policy $policy
	xrdp_login 50 alice pw
	desk_comes alice
	expect_desk_isolated alice "$([ $policy = default ] && echo vmtest || echo vmtest-alice)"
	xrdp_shot 50 "xrdp-$policy-alice"
	desk_leave alice
	xrdp_hang_up
	user_gone alice
	case_ok
	desktop_seen xrdp "typed password" in
	desktop_seen xrdp policy "$policy"
done

case_begin "xrdp: a dropped connection finds its desktop again; two users side by side"
example_policy lab-remote-desktop
xrdp_login 50 alice pw
desk_comes alice
desk alice 'touch /tmp/of-alice'
xrdp_hang_up
xrdp_login 51 bob pw
desk_comes bob
xrdp_bob="$xrdp_pid $xrdp_server"
expect_desk_isolated bob
expect_eq "$(desk bob 'ls /tmp/of-alice 2>&1 | grep -c cannot')" 1 "alice's file, for bob"
xrdp_login 52 alice pw again
is_drawn() { DISPLAY=:52 XAUTHORITY='' xwd -silent -root 2>/dev/null | xwdtopnm -quiet 2>/dev/null | pnmcolormap -quiet 4 2>/dev/null | tail -c +20 | od -An -v -tu1 | tr -s ' ' '\n' | sort -u | wc -l | grep -qv '^[012]$'; }
wait_until "$seconds" is_drawn || fail "the client shows nothing"
expect_eq "$(desk alice 'ls /tmp/of-alice')" /tmp/of-alice "alice's file after that"
expect_eq "$(pgrep -u alice -c -x openbox)" 1 "desktops of alice"
xrdp_shot 52 two-remote-alice
xrdp_shot 51 two-remote-bob
desk_leave alice
desk_leave bob
xrdp_hang_up
# shellcheck disable=SC2086
kill $xrdp_bob 2>/dev/null
user_gone alice
user_gone bob
case_ok
desktop_seen xrdp "two users" "two clients"

case_begin "xrdp: a wrong password leads to no desktop, and the right one in"
xrdp_cursor=$(log_cursor)
xrdp_login 50 alice wrong
wait_until "$seconds" xrdp_has_failed || fail "it was not refused by PAM"
! desk_is_there alice || fail "a desktop"
DISPLAY=:50 XAUTHORITY='' shot xrdp-wrong-password
shot_says xrdp-wrong-password "$(dpkg --compare-versions "$xrdp_version" lt 0.10 && echo "login failed for user" ||
	echo "could not be authenticated")"
xrdp_hang_up
xrdp_login 50 alice pw
desk_comes alice
case_ok
desktop_seen xrdp "wrong password" "says so, asks again"

case_begin "xrdp: i3lock locks, a wrong password does not unlock it, and the right one does"
desk_locks alice xrdp
case_ok
desktop_seen xrdp "lock, unlock" i3lock

case_begin "xrdp: logout, and a second login"
desk_leave alice
xrdp_hang_up
xrdp_login 50 alice pw
desk_comes alice
expect_desk_isolated alice
desk_leave alice
xrdp_hang_up
user_gone alice
case_ok
desktop_seen xrdp "logout, login" "in again"

case_begin "xrdp: a refused user gets no desktop, and no process of theirs is left"
desktop_refuse
xrdp_login 50 alice pw
wait_until "$seconds" is_refused xrdp-sesman || fail "nothing says so"
wait_until 20 no_processes alice || fail "left: $(pgrep -u alice -a | xargs)"
sleep 2
! DISPLAY=:50 XAUTHORITY='' shot_try xrdp-refused || shot_says xrdp-refused "create session for user" # 0.9 has hung up by now
xrdp_hang_up
expect_note alice
desktop_allow
case_ok
desktop_seen xrdp refused "$(dpkg --compare-versions "$xrdp_version" lt 0.10 && echo "the client is disconnected" ||
	echo "a window says so")"
systemctl stop xrdp xrdp-sesman
