# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Booted systems with display managers: their packages, and the screenshots that they leave.

# A virtual X server, what is seen on it, and who types; both kinds of doors of .ci/run.
desktop_base="xvfb xauth xterm openbox xdotool x11-utils x11-xserver-utils x11-apps xfonts-base netpbm i3lock
	gnome-keyring libpam-gnome-keyring dbus-x11 polkitd upower
	lightdm lightdm-gtk-greeter xrdp xorgxrdp xserver-xorg-core freerdp3-x11 freerdp2-x11"
# The other display managers, for "make check-desktops".
desktop_all="sddm xdm wdm lxdm slim nodm greetd weston xwayland gdm3 gnome-session-bin gnome-shell python3"

desktop_begin() { # SUITE [all]
	export NSI_VM_MAKER=mkdesktop NSI_VM_PACKAGES
	NSI_VM_PACKAGES=$(echo $desktop_base ${2:+$desktop_all})
	vm_begin container "$1"
	desktop_shots=${B:-build}/tests/desktops/$1
	mkdir -p "$desktop_shots"
}

# Runs parts in it, and fetches the screenshots that they have made.
desktop_run() { # PART...
	local status=0

	vm_run "$@" || status=$?
	"$vm" ssh "$vm_dir" root 'cd /root/shots 2>/dev/null && tar -cf - .' | tar -C "$desktop_shots" -xf - 2>/dev/null || :
	return $status
}
