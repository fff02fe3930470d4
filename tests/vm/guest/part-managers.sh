# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The other display managers: xdm and wdm by typed password, the rest by autologin.
. "$here/desktop.sh"
desktop_install
desktop_without_terminals sddm sddm-autologin sddm-greeter lxdm slim wdm xdm

manager_begin() { # UNIT PROGRAM
	manager=$1
	echo "$2" >/etc/X11/default-display-manager
	rm -f /run/xserver.authority
	desk_forget alice
	systemctl reset-failed "$manager" 2>/dev/null
	systemctl start "$manager"
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

# manager_cases SERVICE UNIT PROGRAM LOGIN: in, with name and X; refused, and out.
manager_cases() {
	local service=$1 unit=$2 program=$3

	case_name="$unit"
	command -v "$program" >/dev/null || { case_skip "it is not in this release" && return; }
	case_begin "$unit: X, systemd --user, /tmp and name are the user's"
	example_policy lab-hostnames
	manager_begin "$unit" "$program"
	"$4"
	desk_comes alice
	expect_desk_isolated alice
	shot_by_user alice "$unit-alice"
	desk_leave alice
	manager_end
	case_ok

	case_begin "$unit: a refused user gets no desktop, on the host either, and no process is left"
	desktop_refuse
	manager_begin "$unit" "$program"
	"$4"
	wait_until "$seconds" is_refused "$service" || fail "nothing says so"
	sleep 5
	! desk_is_there alice || fail "a desktop in $(readlink "/proc/$(pgrep -u alice -x openbox)/ns/mnt"), the host has $host_mnt"
	wait_until 20 no_processes alice || fail "left: $(pgrep -u alice -a | xargs)"
	desktop_allow
	desk_forget alice
	[ "$4" = typed_login ] || manager_restart # an autologin is not repeated
	expect_eq "$(systemctl is-active "$unit")" active "the display manager"
	"$4"
	desk_comes alice
	desk_leave alice
	manager_end
	case_ok
}

nobody_types() {
	wait_until "$seconds" test -e /run/xserver.authority
	screen :0 /run/xserver.authority
}

# The greeters of xdm and wdm take every key as soon as their window is there.
typed_login() {
	nobody_types
	wait_until "$seconds" greeter_is_shown || fail "no greeter"
	sleep 1
	keys alice
	sleep 1
	keys pw
}

greeter_is_shown() {
	xwininfo -root -tree 2>/dev/null | grep -qE '^ +0x[0-9a-f]+ .*[0-9]{3}x[0-9]{3}'
}

sed -i 's,^:0.*,:0 local /usr/local/bin/xserver :0,' /etc/X11/xdm/Xservers /etc/X11/wdm/Xservers 2>/dev/null
manager_cases xdm xdm /usr/bin/xdm typed_login
manager_cases wdm wdm /usr/bin/wdm typed_login

if [ -d /etc/lxdm ]; then
	printf '[base]\nautologin=alice\nsession=/usr/local/bin/lab-session\n[server]\narg=/usr/local/bin/xserver\n' >/etc/lxdm/lxdm.conf
	ln -sfn lxdm.conf /etc/lxdm/default.conf
fi
manager_cases lxdm lxdm /usr/sbin/lxdm nobody_types

sed -i 's,^ *default_xserver .*,default_xserver /usr/local/bin/xserver,' /etc/slim.conf 2>/dev/null
manager_cases slim slim /usr/bin/slim typed_login

if command -v sddm >/dev/null; then
	desktop_graphical_seat
	printf '[Autologin]\nUser=alice\nSession=lab\n[X11]\nServerPath=/usr/local/bin/xserver\n' >/etc/sddm.conf
fi
manager_cases sddm-autologin sddm /usr/bin/sddm nobody_types
