# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# greetd and weston on Wayland: by a greeter that speaks its protocol, and by [initial_session].
. "$here/manager.sh"

greetd_configure() { # [LINE...]: of [initial_session]
	printf '%s\n' '[terminal]' 'vt = "none"' '[default_session]' 'command = "/usr/local/bin/lab-greeter"' \
		'user = "_greetd"' "$@" >/etc/greetd/config.toml
	rm -f /run/greetd.run # its mark that the first session of this boot has been
}

greetd_install() {
	local backend=headless

	dpkg --compare-versions "$(dpkg-query -W -f '${Version}' weston)" ge 12 || backend=headless-backend.so
	printf '%s\n' '#!/bin/bash' "weston --backend=$backend --socket=lab --xwayland >~/weston.log 2>&1 &" \
		'rm -f ~/.ask; mkfifo ~/.ask' 'exec bash <>~/.ask >~/.told 2>&1' >/usr/local/bin/lab-wayland
	install -m 755 "$here/greetd.py" /usr/local/bin/lab-greeter
	chmod 755 /usr/local/bin/lab-wayland
	rm -f /run/greeter.*
	mkfifo /run/greeter.type
	touch /run/greeter.log
	chown _greetd /run/greeter.*
}

greetd_begin() {
	rm -f /run/greetd.run /run/user/1000/lab
	: >/run/greeter.log
	desk_forget alice
	systemctl reset-failed greetd 2>/dev/null
	systemctl restart greetd
}

greetd_types() { # PASSWORD
	in_time sh -c 'echo "alice $1 /usr/local/bin/lab-wayland" >/run/greeter.type' - "$1" || fail "no greeter takes it"
}

greetd_asked() { # MORE OFTEN THAN
	[ "$(grep -c '^asks' /run/greeter.log)" -gt "$1" ]
}

greetd_asks() { # MORE OFTEN THAN
	wait_until "$seconds" greetd_asked "$1" || fail "no greeter: $(tail -n 3 /run/greeter.log | xargs)"
}

greetd_expect_weston() {
	wait_until "$seconds" test -S /run/user/1000/lab || fail "no weston: $(tail -n 2 /home/alice/weston.log)"
	expect_eq "$(desk alice hostname)" vmtest-alice "hostname"
	expect_ne "$(desk alice 'readlink /proc/self/ns/mnt')" "$host_mnt" "mount namespace"
	wait_until "$seconds" grep -q 'xserver listening on display' /home/alice/weston.log || fail "no Xwayland: $(tail -n 2 /home/alice/weston.log)"
	# shellcheck disable=SC2016
	expect_match "$(desk alice 'DISPLAY=$(sed -n "s/.*xserver listening on display //p" ~/weston.log) timeout 30 xdpyinfo')" \
		"vendor string:" "what an X client gets of Xwayland"
	expect_eq "$(readlink "/proc/$(pgrep -u alice -x Xwayland)/ns/mnt")" "$(desk alice 'readlink /proc/self/ns/mnt')" \
		"mount namespace of Xwayland"
	expect_eq "$(desk alice 'systemd-run -q --user --wait --pipe readlink /proc/self/ns/mnt')" \
		"$(desk alice 'readlink /proc/self/ns/mnt')" "mount namespace of a service of the user's"
}

greetd_end() {
	systemctl stop greetd
	pkill -KILL -u alice
	user_gone alice
}

greetd_password_cases() {
	case_begin "greetd, typed password: a wrong one is refused in the greeter, the right one leads to weston on Wayland"
	example_policy lab-hostnames
	greetd_configure
	greetd_begin
	greetd_asks 0
	greetd_types wrong
	wait_until "$seconds" grep -q 'auth_error' /run/greeter.log || fail "no error: $(xargs </run/greeter.log)"
	greetd_types pw
	greetd_expect_weston
	manager_expect_finding "typed password"
	greetd_end
	case_ok
	desktop_seen greetd "typed password" "in"

	case_begin "greetd, typed password: a refused user is back at the greeter, and no process of theirs is left"
	desktop_refuse
	greetd_begin
	greetd_asks 0
	greetd_types pw
	wait_until "$seconds" is_refused greetd || fail "the log has no refusal"
	greetd_asks 1
	wait_until 20 no_processes alice || fail "left: $(pgrep -u alice -a | xargs)"
	expect_note alice
	desktop_allow
	greetd_types pw
	greetd_expect_weston
	greetd_end
	case_ok
	desktop_seen greetd "typed password" "refused: the greeter appears again"
}

greetd_initial_cases() {
	case_begin "greetd, autologin: weston on Wayland"
	greetd_configure '[initial_session]' 'command = "/usr/local/bin/lab-wayland"' 'user = "alice"'
	greetd_begin
	greetd_expect_weston
	manager_expect_finding autologin
	greetd_end
	case_ok
	desktop_seen greetd autologin "in"

	case_begin "greetd, autologin: a refused one ends greetd, which systemd then starts no more"
	desktop_refuse
	greetd_begin
	wait_until "$seconds" is_refused greetd || fail "the log has no refusal"
	wait_until "$seconds" systemctl -q is-failed greetd || fail "greetd is $(systemctl is-active greetd)"
	wait_until 20 no_processes alice || fail "left: $(pgrep -u alice -a | xargs)"
	expect_note alice
	desktop_allow
	greetd_end
	case_ok
	desktop_seen greetd autologin "refused: greetd ends, and there is no greeter for anybody"
}

if manager greetd /usr/sbin/greetd; then
	greetd_install
	greetd_password_cases
	greetd_initial_cases
	greetd_configure
else
	case_skip "it is not in this release"
fi
