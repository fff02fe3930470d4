# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# lightdm before a virtual screen, and its greeter's questions.

lightdm_log=/var/log/lightdm/lightdm.log

lightdm_begin() {
	desktop_install
	desktop_without_terminals lightdm lightdm-greeter
	mkdir -p /etc/lightdm/lightdm.conf.d
	cat >/etc/lightdm/lightdm.conf.d/vm.conf <<-END
		[LightDM]
		logind-check-graphical=false
		[Seat:*]
		xserver-command=/usr/local/bin/xserver
		greeter-hide-users=true
		user-session=lab
	END
	echo /usr/sbin/lightdm >/etc/X11/default-display-manager
	lightdm_restart
}

lightdm_restart() {
	rm -f $lightdm_log
	systemctl restart lightdm
	lightdm_prompts=0
}

lightdm_asks() {
	[ "$(grep -c 'Prompt greeter with' $lightdm_log 2>/dev/null)" -gt "$lightdm_prompts" ]
}

lightdm_focus() {
	[ "$(xdotool getwindowfocus 2>/dev/null || echo 1)" -gt 1 ]
}

# Waits until the greeter asks for something.
lightdm_question() {
	wait_until "$seconds" lightdm_asks || fail "the greeter does not ask: $(tail -n 3 $lightdm_log)"
	lightdm_prompts=$(grep -c 'Prompt greeter with' $lightdm_log)
	wait_until "$seconds" lightdm_focus || fail "the greeter has no focus"
}

lightdm_login() { # USER PASSWORD [DISPLAY]
	screen "${3:-:0}" "/var/run/lightdm/root/${3:-:0}"
	desk_forget "$1"
	lightdm_question
	lightdm_user "$1"
	lightdm_question
	lightdm_answer "$2"
}

lightdm_has_logged() { # PATTERN MORE THAN THIS MANY
	[ "$(grep -c "$1" $lightdm_log)" -gt "$2" ]
}

lightdm_user() { # USER
	lightdm_answer "$1" "Greeter start authentication for $1"
}

# The entry may not be there yet when the greeter is asked, so what it has not sent is typed anew.
lightdm_answer() { # TEXT [LINE OF THE LOG THAT COMES OF IT]
	local line=${2:-Continue authentication} before attempt

	before=$(grep -c "$line" $lightdm_log)
	for attempt in 1 2 3 4 5 6; do
		xdotool key ctrl+a
		keys "$1"
		! wait_until 5 lightdm_has_logged "$line" "$before" || return 0
	done
	fail "the greeter takes no answer, $attempt times"
}
