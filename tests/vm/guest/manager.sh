# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Display managers, one after the other: what they are, and the cases that each has to pass.
. "$here/desktop.sh"

# One line for each. A new one: a line here, and a part with UNIT_configure [autologin]. What differs from the others is a function
# of that part: UNIT_types USER PASSWORD; UNIT_second, which brings a greeter for a second user while the first stays;
# UNIT_shows SCREENSHOT, which keeps what is seen after a wrong password; UNIT_refusal_is_seen SECONDS WAY, which waits and looks.
#
# unit | program | PAM service | of an autologin | what it says of a wrong password | seen: refused | seen: refused autologin | two users at once: how, or why not
manager_table='
xdm     | /usr/bin/xdm      | xdm          | -                 | -                       | the greeter again | -                          | a display each; no switch of its own
wdm     | /usr/bin/wdm      | wdm          | -                 | -                       | the greeter again | -                          | a display each; no switch of its own
lightdm | /usr/sbin/lightdm | -            | lightdm-autologin | -                       | -                 | the greeter                | as part-lightdm says
lxdm    | /usr/sbin/lxdm    | lxdm         | lxdm              | -                       | the greeter again | the greeter                | lxdm -c USER_SWITCH
slim    | /usr/bin/slim     | slim         | slim              | -                       | the greeter again | tries again                | no: it has one display
nodm    | /usr/sbin/nodm    | -            | nodm              | -                       | -                 | tries again                | no: it has one user
sddm    | /usr/bin/sddm     | sddm         | sddm-autologin    | -                       | the greeter again | the greeter                | SwitchToGreeter
greetd  | /usr/sbin/greetd  | greetd       | greetd            | -                       | the greeter again | greetd ends, for everybody | no: it has one terminal
gdm3    | /usr/sbin/gdm3    | gdm-password | gdm-autologin     | password authentication | the greeter again | a black screen             | CreateTransientDisplay
'

# manager_cases UNIT: all that its line says.
manager_cases() {
	case_name=$1
	manager=$1
	IFS='|' read -r manager_program manager_service manager_auto manager_says manager_refused manager_auto_refused manager_two < <(
		sed -n "s/^$1 *| *//p" <<<"$manager_table" | sed 's/ *| */|/g'
	)
	command -v "$manager_program" >/dev/null || { case_skip "it is not in this release" && return; }
	if [ "$manager_service" != - ]; then
		"${manager}_configure"
		manager_password_cases
		"${manager}_configure"
		manager_refuses "typed password" "$manager_service" manager_login "$manager_refused"
	fi
	if [ "$manager_auto" != - ]; then
		"${manager}_configure" autologin
		manager_admits autologin "$manager_auto" manager_nobody_types
		[ "$manager_service" != - ] || manager_locks
		manager_end
		manager_refuses autologin "$manager_auto" manager_nobody_types "$manager_auto_refused"
		"${manager}_configure"
	fi
	case $manager_two in no:*) desktop_seen "$manager" "two users" "$manager_two" ;; esac
}

# manager_own NAME DEFAULT: the function of that name of its part, or the default.
manager_own() {
	declare -F "${manager}_$1" || echo "$2"
}

manager_begin() {
	echo "$manager_program" >/etc/X11/default-display-manager
	rm -f /run/xserver.*
	manager_number=
	manager_settles
	desk_forget alice
	desk_forget bob
	systemctl stop "$manager"
	rm -f /tmp/.X11-unix/X* /tmp/.X*-lock # of servers that were killed
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
	pkill -u bob
	manager_settles
}

# A manager of the user's services that is left has the set of another policy.
manager_settles() {
	desk_settles alice
	desk_settles bob
}

# manager_admits WAY SERVICE LOGIN: alice comes in, with name and X; doctor warns of an autologin, and of no other. She stays.
manager_admits() {
	case_begin "$manager, $1: X, systemd --user, /tmp and name are the user's"
	example_policy "${manager_policy:-lab-hostnames}"
	manager_begin
	"$3" alice pw
	desk_comes alice
	expect_desk_isolated alice
	expect_has "$(journal -g "opened user=alice .*service=$2 ")" "service=$2 " "the log"
	manager_expect_finding "$1"
	shot_by_user alice "$manager-${1// /-}-alice"
	case_ok
	desktop_seen "$manager" "$1" in
	desktop_seen "$manager" policy "${manager_policy:-lab-hostnames}"
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

# What one evening at the machine has: each case goes on where the one before has ended.
manager_password_cases() {
	manager_admits "typed password" "$manager_service" manager_login
	manager_locks
	manager_logs_out
	manager_asks_again
	case $manager_two in no:*) ;; *) manager_two_users ;; esac
	manager_end
}

manager_locks() {
	case_begin "$manager: i3lock locks, a wrong password does not unlock it, and the right one does"
	desk_locks alice "$manager"
	case_ok
	desktop_seen "$manager" "lock, unlock" "i3lock"
}

manager_logs_out() {
	case_begin "$manager: logout, and a second login"
	desk_leave alice
	manager_login alice pw
	desk_comes alice
	expect_desk_isolated alice
	case_ok
	desktop_seen "$manager" "logout, login" "in again"
}

manager_asks_again() {
	case_begin "$manager: a wrong password leads to no desktop and back to the greeter, and the right one in"
	desk_leave alice
	manager_login alice wrong
	manager_has_logged "authentication failure.* user=alice" || fail "it was not refused by PAM"
	! desk_is_there alice || fail "a desktop"
	! manager_has_logged "opened user=alice" || fail "a session was opened"
	sleep 3 # PAM's delay, in which most take no input
	"$(manager_own shows shot)" "$manager-wrong-password"
	[ "$manager_says" = - ] || shot_says "$manager-wrong-password" "$manager_says"
	manager_login alice pw
	desk_comes alice
	case_ok
	desktop_seen "$manager" "wrong password" "$([ "$manager_says" = - ] || echo "says so, ")asks again"
}

manager_two_users() {
	case_begin "$manager: two users at once, each with a name, a /tmp and a screen of their own ($manager_two)"
	"$(manager_own second :)"
	manager_login bob pw
	desk_comes bob
	desk_expect_apart alice bob
	shot_by_user alice "$manager-two-alice"
	shot_by_user bob "$manager-two-bob"
	desk_leave bob
	expect_ok desk alice true
	desk_leave alice
	case_ok
	desktop_seen "$manager" "two users" "$manager_two"
}

# manager_refuses WAY SERVICE LOGIN SEEN: alice stays out, on the host as well, and afterwards comes in.
manager_refuses() {
	case_begin "$manager, $1: a refused user gets no desktop, on the host either, and no process is left"
	example_policy "${manager_policy:-lab-hostnames}"
	desktop_refuse
	manager_begin
	"$3" alice pw
	wait_until "$seconds" is_refused "$2" || fail "the log has no refusal"
	"$(manager_own refusal_is_seen manager_waits)" 5 "$1"
	! desk_is_there alice || fail "a desktop in $(readlink "/proc/$(pgrep -u alice -x openbox)/ns/mnt"), the host has $host_mnt"
	wait_until 20 no_processes alice || fail "left: $(pgrep -u alice -a | xargs)"
	expect_note alice
	desktop_allow
	desk_forget alice
	case $1:$manager in autologin:* | *:slim) manager_restart ;; esac # not repeated, or after a pause of slim's own
	expect_eq "$(systemctl is-active "$manager")" active "the display manager"
	"$3" alice pw
	desk_comes alice
	desk_leave alice
	manager_end
	case_ok
	desktop_seen "$manager" "$(manager_refused_way "$1")" "$4"
}

manager_waits() { # SECONDS WAY
	sleep "$1"
}

manager_refused_way() { # WAY
	if [ "$1" = autologin ]; then echo "refused autologin"; else echo refused; fi
}

# The X server that came last, or that of display $manager_number.
manager_server_is_up() {
	local last

	# shellcheck disable=SC2012
	last=$(ls -t /run/xserver.* 2>/dev/null | head -n 1)
	[ -n "$last" ] || return 1
	last=${manager_number:-${last##*.}}
	screen ":$last" "/run/xserver.$last"
	xset q >/dev/null 2>&1
}

manager_nobody_types() {
	:
}

manager_greeter_is_shown() {
	manager_server_is_up && xwininfo -root -tree 2>/dev/null | grep -qE '^ +0x[0-9a-f]+ .*[0-9]{3}x[0-9]{3}'
}

manager_greeter_comes() { # [SECONDS MORE]
	wait_until "$seconds" manager_greeter_is_shown || fail "no greeter"
	sleep "${1:-1}"
}

manager_has_logged() { # PATTERN, since manager_login began
	journalctl -q --after-cursor "$manager_cursor" -g "$1" | grep -q .
}

manager_has_decided() { # USER
	manager_has_logged "(opened|refused) user=$1 .*service=$manager_service( |:)|authentication failure.* user=$1"
}

# What is typed before the greeter listens is lost: then anew.
manager_login() { # USER PASSWORD
	local attempt types

	types=$(manager_own types manager_types)
	for attempt in 1 2 3 4; do
		manager_cursor=$(log_cursor)
		"$types" "$1" "$2"
		! wait_until 30 manager_has_decided "$1" || return 0
	done
	fail "the greeter takes no name and password, $attempt times"
}

# Most greeters ask for the name and then for the password.
manager_types() { # USER PASSWORD
	manager_greeter_comes
	keys "$1"
	sleep 1
	keys "$2"
}
