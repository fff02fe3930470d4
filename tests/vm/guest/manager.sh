# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# One display manager after the other on display :0, and the two cases that each has to pass: a login, and a refused one.
. "$here/desktop.sh"

# manager UNIT PROGRAM [AUTHORITY]: the one that the cases below are about.
manager() {
	manager=$1 manager_program=$2
	case_name=$manager
	command -v "$manager_program" >/dev/null
}

manager_begin() {
	echo "$manager_program" >/etc/X11/default-display-manager
	rm -f /run/xserver.authority
	desk_forget alice
	manager_restart
}

manager_restart() {
	systemctl stop "$manager"
	systemctl reset-failed "$manager" 2>/dev/null
	systemctl start "$manager"
}

manager_end() {
	systemctl stop "$manager"
	pkill -u alice
	user_gone alice
}

# manager_admits WAY SERVICE LOGIN: alice comes in, with name and X; doctor warns of an autologin, and of no other.
manager_admits() {
	case_begin "$manager, $1: X, systemd --user, /tmp and name are the user's"
	example_policy "${manager_policy:-lab-hostnames}"
	manager_begin
	"$3"
	desk_comes alice
	expect_desk_isolated alice
	expect_has "$(journalctl -q -g "opened user=alice .*service=$2 ")" "service=$2 " "the log"
	manager_expect_finding "$1"
	shot_by_user alice "$manager-${1// /-}-alice"
	desk_leave alice
	manager_end
	case_ok
	desktop_seen "$manager" "$1" "in"
}

manager_expect_finding() { # WAY
	local found

	found=$(nsisolate doctor)
	if [ "$1" = autologin ]; then
		expect_has "$found" "it logs a user in by itself" "doctor, with an autologin"
		expect_has "$found" "[autologin]" "doctor, with an autologin"
	else
		expect_has_not "$found" "[autologin]" "doctor, without an autologin"
	fi
}

# manager_refuses WAY SERVICE LOGIN SEEN [CHECK]: alice stays out, on the host as well, and afterwards comes in.
manager_refuses() {
	case_begin "$manager, $1: a refused user gets no desktop, on the host either, and no process is left"
	example_policy "${manager_policy:-lab-hostnames}"
	desktop_refuse
	manager_begin
	"$3"
	wait_until "$seconds" is_refused "$2" || fail "the log has no refusal"
	sleep 5
	! desk_is_there alice || fail "a desktop in $(readlink "/proc/$(pgrep -u alice -x openbox)/ns/mnt"), the host has $host_mnt"
	wait_until 20 no_processes alice || fail "left: $(pgrep -u alice -a | xargs)"
	expect_note alice
	[ -z "${5:-}" ] || "$5"
	desktop_allow
	desk_forget alice
	case $1:$manager in autologin:* | *:slim) manager_restart ;; esac # not repeated, or after a pause of slim's own
	expect_eq "$(systemctl is-active "$manager")" active "the display manager"
	"$3"
	desk_comes alice
	desk_leave alice
	manager_end
	case_ok
	desktop_seen "$manager" "$1" "refused: $4"
}

manager_server_comes() {
	wait_until "$seconds" test -e /run/xserver.authority || fail "no X server"
	screen :0 /run/xserver.authority
}

manager_nobody_types() {
	:
}

manager_greeter_is_shown() {
	xwininfo -root -tree 2>/dev/null | grep -qE '^ +0x[0-9a-f]+ .*[0-9]{3}x[0-9]{3}'
}

manager_greeter_comes() {
	manager_server_comes
	wait_until "$seconds" manager_greeter_is_shown || fail "no greeter"
	sleep "${1:-1}"
}

# The greeters of xdm, wdm, slim and lxdm ask for the name and then for the password.
manager_types_both() {
	manager_greeter_comes
	keys alice
	sleep 1
	keys pw
}

manager_types_password() {
	manager_greeter_comes 3
	keys pw
}
