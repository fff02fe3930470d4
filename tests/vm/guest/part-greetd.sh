# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# greetd, by a greeter that speaks its protocol and by [initial_session]: sessions on an X server of their own, and weston on Wayland.
. "$here/manager.sh"
desktop_install

greetd_configure() { # [autologin]
	printf '%s\n' '[terminal]' 'vt = "none"' '[default_session]' 'command = "/usr/local/bin/lab-greeter"' 'user = "_greetd"' \
		>/etc/greetd/config.toml
	[ $# = 0 ] || printf '%s\n' '[initial_session]' 'command = "/usr/local/bin/lab-screen"' 'user = "alice"' >>/etc/greetd/config.toml
	greetd_command=/usr/local/bin/lab-screen
}

greetd_install() {
	local backend=headless

	dpkg --compare-versions "$(dpkg-query -W -f '${Version}' weston)" ge 12 || backend=headless-backend.so
	printf '%s\n' '#!/bin/bash' "weston --backend=$backend --socket=lab --xwayland >~/weston.log 2>&1 &" \
		'rm -f ~/.ask; mkfifo ~/.ask' 'exec bash <>~/.ask >~/.told 2>&1' >/usr/local/bin/lab-wayland
	printf '%s\n' '#!/bin/bash' 'xserver :7 &' 'export DISPLAY=:7' \
		'for _ in {1..100}; do ! xset q >/dev/null 2>&1 || break; sleep 0.1; done' 'lab-session' 'kill %1' >/usr/local/bin/lab-screen
	install -m 755 "$here/greetd.py" /usr/local/bin/lab-greeter
	chmod 755 /usr/local/bin/lab-wayland /usr/local/bin/lab-screen
	rm -f /run/greeter.*
	mkfifo /run/greeter.type
	touch /run/greeter.log
	chown _greetd /run/greeter.*
	# It has its first session once in a boot: it leaves a mark.
	mkdir -p /etc/systemd/system/greetd.service.d
	printf '[Service]\nExecStartPre=/bin/rm -f /run/greetd.run\n' >/etc/systemd/system/greetd.service.d/vm.conf
	systemctl daemon-reload
}

greetd_types() { # USER PASSWORD
	in_time sh -c 'echo "$*" >/run/greeter.type' - "$1" "$2" "$greetd_command" || fail "no greeter takes it"
}

greetd_shows() { # NAME: its greeter has no screen, so what greetd has told it
	wait_until "$seconds" grep -q auth_error /run/greeter.log || fail "the greeter was told: $(xargs </run/greeter.log)"
	cp /run/greeter.log "$shots/$1.txt"
}

greetd_refusal_is_seen() { # SECONDS WAY
	sleep "$1"
	[ "$2" != autologin ] || wait_until "$seconds" systemctl -q is-failed greetd || fail "greetd is $(systemctl is-active greetd)"
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

greetd_wayland() {
	case_begin "greetd, typed password: weston on Wayland, and its Xwayland"
	example_policy lab-hostnames
	greetd_command=/usr/local/bin/lab-wayland
	manager_begin
	rm -f /run/user/1000/lab
	manager_login alice pw
	greetd_expect_weston
	manager_end
	case_ok
	desktop_seen greetd "Wayland" "weston and Xwayland, headless"
}

greetd_install
manager_cases greetd
greetd_wayland
