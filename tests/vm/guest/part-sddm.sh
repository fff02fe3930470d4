# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# SDDM with the theme that it has built in: by typed password and by autologin.
. "$here/manager.sh"
desktop_install
desktop_without_terminals sddm sddm-autologin sddm-greeter
desktop_graphical_seat

sddm_configure() { # [autologin]
	{
		printf '[X11]\nServerPath=/usr/local/bin/xserver\n[General]\nDisplayServer=x11\n'
		[ $# = 0 ] || printf '[Autologin]\nUser=alice\nSession=lab\n'
	} >/etc/sddm.conf
	sddm_last alice
}

# With a last user, the password is what the greeter asks for.
sddm_last() { # USER
	printf '[Last]\nUser=%s\nSession=/usr/share/xsessions/lab.desktop\n' "$1" >/var/lib/sddm/state.conf
	chown sddm: /var/lib/sddm/state.conf
}

sddm_types() { # USER PASSWORD
	manager_greeter_comes 3
	keys "$2"
}

sddm_second() {
	sddm_last bob
	expect_ok desk alice 'busctl call org.freedesktop.DisplayManager "$XDG_SEAT_PATH" org.freedesktop.DisplayManager.Seat SwitchToGreeter'
	wait_until "$seconds" test -e /run/xserver.1 || fail "no second display"
}

manager_cases sddm
