# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# GDM, its greeter in gnome-shell and sessions on X11: by typed password and by autologin.
. "$here/manager.sh"

gdm3_configure() { # [autologin]
	gdm_cursor=
	printf '%s\n' '[daemon]' WaylandEnable=false '[debug]' Enable=true >/etc/gdm3/daemon.conf
	[ $# = 0 ] || sed -i '/^.daemon/a AutomaticLoginEnable=true\nAutomaticLogin=alice' /etc/gdm3/daemon.conf
}

# The machine's terminals are not for tests: GDM's are faked, and its X servers are virtual ones.
gdm_install() {
	desktop_install
	desktop_without_terminals gdm-password gdm-autologin gdm-launch-environment
	desktop_graphical_seat
	expect_ok gcc -shared -fPIC -O1 -o /usr/local/lib/terminals.so "$here/terminals.c"
	mkdir -p /etc/systemd/system/gdm.service.d /var/lib/AccountsService/users
	# GDM logs in by itself once in a boot: it leaves a mark.
	cat >/etc/systemd/system/gdm.service.d/vm.conf <<-'END'
		[Service]
		Environment=LD_PRELOAD=/usr/local/lib/terminals.so LIBGL_ALWAYS_SOFTWARE=1
		ExecStartPre=/bin/rm -f /run/gdm3/ran-once-marker
	END
	systemctl daemon-reload
	[ -e /usr/bin/Xorg.distrib ] || mv /usr/bin/Xorg /usr/bin/Xorg.distrib
	ln -sfn /usr/local/bin/xserver /usr/bin/Xorg
	printf '[User]\nSession=lab\nXSession=lab\n' | tee /var/lib/AccountsService/users/alice \
		>/var/lib/AccountsService/users/bob
}

gdm_account() {
	getent passwd Debian-gdm gdm | head -n 1 | cut -d : -f 1
}

gdm_screen_is_up() {
	local socket user

	user=$(gdm_account)
	for socket in /tmp/.X11-unix/X*; do
		[ "$(stat -c %U "$socket" 2>/dev/null)" = "$user" ] || continue
		screen ":${socket##*X}" "/run/user/$(id -u "$user")/gdm/Xauthority"
		! xset q >/dev/null 2>&1 || return 0
	done
	return 1
}

# The greeter shows the users, alice before bob: what is typed before it does is lost, and Escape leads back to them.
gdm_name() { # USER
	local attempt

	for attempt in 1 2 3 4; do
		xdotool key Escape 2>/dev/null
		sleep 2
		[ "$1" = alice ] || xdotool key Down
		xdotool key Return
		! wait_until 10 manager_has_logged "GdmSessionWorker: authenticating user $1\$" || return 0
	done
	fail "the greeter takes no name, $attempt times"
}

gdm_greeter_comes() {
	wait_until "$seconds" gdm_screen_is_up || fail "no X server of the greeter"
	wait_until "$seconds" gdm_greeter_is_shown || fail "no greeter"
	gdm_greeter_in_front
	sleep 2
}

gdm_greeter_is_shown() {
	xwininfo -root -tree 2>/dev/null | grep -qE '^ +0x[0-9a-f]+ .*[0-9]{3}x[0-9]{3}'
}

# On X11 GDM leaves the greeter that has let somebody in where it is, behind a terminal; that of GDM 48 takes no other name.
gdm_next_greeter() {
	local session

	session=$(gdm_greeter_session)
	[ -n "$session" ] || return
	loginctl terminate-session "$session"
	wait_until "$seconds" gdm_greeter_is_another "$session" || fail "no new greeter"
}

gdm_greeter_is_another() { # THAN SESSION
	[ -n "$(gdm_greeter_session)" ] && [ "$(gdm_greeter_session)" != "$1" ]
}

gdm_greeter_is_used() { # since it was typed into last
	[ -n "$gdm_cursor" ] && journalctl -q --after-cursor "$gdm_cursor" -g "opened user=.* service=gdm-password " | grep -q .
}

gdm_greeter_session() {
	loginctl list-sessions --no-legend | awk -v user="$(gdm_account)" '$3 == user && $4 == "seat0" { print $1; exit }'
}

# A seat without terminals shows the session that came last: back to the greeter, which is on the terminal in front elsewhere.
gdm_greeter_in_front() {
	loginctl activate "$(gdm_greeter_session)"
}

gdm3_types() { # USER PASSWORD
	! gdm_greeter_is_used || gdm_next_greeter
	gdm_cursor=$manager_cursor
	gdm_greeter_comes
	gdm_name "$1"
	wait_until "$seconds" manager_has_logged "pam message of type 1 with payload 'Password" || fail "PAM asks for no password"
	sleep 3
	keys "$2"
}

# What the menu of a desktop asks for, once the greeter that has let alice in is gone.
gdm3_second() {
	local session

	session=$(gdm_greeter_session)
	loginctl terminate-session "$session"
	wait_until "$seconds" gdm_greeter_has_gone "$session" || fail "the greeter does not end"
	wait_until 5 gdm_greeter_is_another "$session" ||
		expect_ok desk alice "busctl call org.gnome.DisplayManager /org/gnome/DisplayManager/LocalDisplayFactory \
			org.gnome.DisplayManager.LocalDisplayFactory CreateTransientDisplay"
	wait_until "$seconds" gdm_greeter_is_another "$session" || fail "no second greeter"
	gdm_cursor=
}

gdm_greeter_has_gone() { # SESSION
	! loginctl show-session "$1" >/dev/null 2>&1
}

# Its greeter shows the module's sentence for some seconds, or until it comes to the front again.
gdm3_refusal_is_seen() { # SECONDS WAY
	local frame

	if [ "$2" = autologin ]; then
		sleep "$1"
		! gdm_screen_is_up || fail "a greeter after a refused autologin"
		return
	fi
	for frame in 0 1 2 3 4 5; do
		shot_try "gdm3-refused-$frame"
		sleep 0.5
	done
	gdm_greeter_in_front
	# Behind another session, as here without terminals, the greeter of gnome-shell 48 draws nothing.
	! dpkg --compare-versions "$(dpkg-query -W -f '${Version}' gdm3)" lt 48 || shot_says gdm3-refused "could not be isolated"
}

gdm_install
manager_cases gdm3
mv /usr/bin/Xorg.distrib /usr/bin/Xorg
