# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# GDM, its greeter in gnome-shell and sessions on X11: by typed password and by autologin.
. "$here/manager.sh"

gdm_configure() { # [LINE OF daemon...]
	printf '%s\n' '[daemon]' WaylandEnable=false "$@" '[debug]' Enable=true >/etc/gdm3/daemon.conf
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
	grep -q disable-user-list=true /etc/gdm3/greeter.dconf-defaults ||
		printf '[org/gnome/login-screen]\ndisable-user-list=true\n' >>/etc/gdm3/greeter.dconf-defaults
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

gdm_has_logged() { # PATTERN
	journalctl -q --since "$gdm_since" -g "$1" | grep -q .
}

# What is typed before the greeter has its entry is lost, in part or whole: Escape makes it ask for the name again.
gdm_name() { # USER
	local attempt

	for attempt in 1 2 3 4 5 6 7 8 9 10; do
		xdotool key Escape 2>/dev/null
		sleep 2
		keys "$1"
		! wait_until 10 gdm_has_logged "GdmSessionWorker: authenticating user $1\$" || return 0
	done
	fail "the greeter takes no name, $attempt times"
}

gdm_greeter_comes() {
	wait_until "$seconds" gdm_screen_is_up || fail "no X server of the greeter"
	wait_until "$seconds" manager_greeter_is_shown || fail "no greeter"
}

# A seat without terminals shows the session that came last: back to the greeter, which is on the terminal in front elsewhere.
gdm_greeter_in_front() {
	local session

	session=$(loginctl list-sessions --no-legend | awk -v user="$(gdm_account)" '$3 == user && $4 == "seat0" { print $1; exit }')
	loginctl activate "$session"
}

gdm_types() { # [USER [PASSWORD]]
	gdm_greeter_comes
	gdm_since=$(date '+%F %T')
	gdm_name "${1:-alice}"
	wait_until "$seconds" gdm_has_logged "pam message of type 1 with payload 'Password" || fail "PAM asks for no password"
	sleep 1
	keys "${2:-pw}"
	wait_until "$seconds" gdm_has_logged \
		"(opened|refused) user=${1:-alice} .*service=gdm-password|authentication returned 7" || fail "the greeter takes no password"
	! gdm_has_logged "refused user=" || gdm_refusal_is_seen
}

gdm_refusal_is_seen() {
	wait_until "$seconds" gdm_has_logged "GdmSessionWorker: state NONE" || fail "the worker goes on"
	gdm_greeter_in_front
	sleep 2
	shot gdm3-refused
}

gdm_no_greeter() {
	! gdm_screen_is_up || fail "a greeter after a refused autologin"
}

if manager gdm3 /usr/sbin/gdm3; then
	gdm_install
	gdm_configure
	manager_admits "typed password" gdm-password gdm_types
	manager_refuses "typed password" gdm-password gdm_types "the greeter asks for the password again"
	gdm_configure AutomaticLoginEnable=true AutomaticLogin=alice
	manager_admits autologin gdm-autologin manager_nobody_types
	manager_refuses autologin gdm-autologin manager_nobody_types "no greeter comes" gdm_no_greeter
	gdm_configure
	mv /usr/bin/Xorg.distrib /usr/bin/Xorg
else
	case_skip "it is not in this release"
fi
