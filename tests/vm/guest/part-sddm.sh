# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# SDDM with the theme that it has built in: by typed password and by autologin.
. "$here/manager.sh"
desktop_install
desktop_without_terminals sddm sddm-autologin sddm-greeter

sddm_configure() { # [LINE OF AUTOLOGIN...]
	{
		printf '[X11]\nServerPath=/usr/local/bin/xserver\n[General]\nDisplayServer=x11\n'
		[ $# = 0 ] || printf '%s\n' '[Autologin]' "$@"
	} >/etc/sddm.conf
	# With a last user, the password is what the greeter asks for.
	printf '[Last]\nUser=alice\nSession=/usr/share/xsessions/lab.desktop\n' >/var/lib/sddm/state.conf
	chown sddm: /var/lib/sddm/state.conf
}

if manager sddm /usr/bin/sddm; then
	desktop_graphical_seat
	sddm_configure
	manager_admits "typed password" sddm manager_types_password
	sddm_configure
	manager_refuses "typed password" sddm manager_types_password "the greeter appears again"
	sddm_configure User=alice Session=lab
	manager_admits autologin sddm-autologin manager_nobody_types
	manager_refuses autologin sddm-autologin manager_nobody_types "the greeter appears"
	rm /etc/sddm.conf
else
	case_skip "it is not in this release"
fi
