# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# GNOME's compositor on Wayland without a screen, in sets whose /tmp is fresh, and its Xwayland.
. "$here/desktop.sh"

shell_log=/home/alice/shell.log

# mutter starts Xwayland when the first client connects, and lets it answer when the rest of GNOME's session is ready, which is
# not there: the same in the host's namespaces. What X clients get of an Xwayland is in part-greetd.
displays() { # the public one, and that of the session's own services
	sed -n 's/.*public X11 display :\([0-9]*\), (using :\([0-9]*\) .*/\1 \2/p' $shell_log
}

namespaces_of() { # PROGRAM of alice's
	readlink "/proc/$(pgrep -u alice -x "$1" | head -n 1)/ns/"{mnt,uts,ipc} | xargs
}

for policy in lab-desktop lab-hostnames lab default; do
	case_begin "gnome-shell on Wayland starts in a set, and Xwayland for the first client, under $policy"
	example_policy $policy
	usermod -a -G lab alice 2>/dev/null
	rm -f $shell_log
	expect_ok hold a alice
	ask a 'export XDG_RUNTIME_DIR=/run/user/1000; setsid -f dbus-run-session -- gnome-shell --headless --wayland --virtual-monitor 800x600 >~/shell.log 2>&1'
	wait_until "$seconds" grep -q 'Using Wayland display name' $shell_log || fail "it says: $(tail -n 3 $shell_log)"
	read -r public private < <(displays)
	ask a "XAUTHORITY=\$(echo /run/user/1000/.mutter-Xwaylandauth.*) DISPLAY=:$public timeout 2 xdpyinfo" >&2
	wait_until "$seconds" pgrep -u alice -x Xwayland >/dev/null || fail "no Xwayland: $(tail -n 3 $shell_log)"
	expect_ok ask a "test -S /tmp/.X11-unix/X$public -a -S /tmp/.X11-unix/X$private"
	expect_eq "$(namespaces_of gnome-shell)" "$(ask a 'readlink /proc/self/ns/mnt /proc/self/ns/uts /proc/self/ns/ipc' | xargs)" \
		"namespaces of gnome-shell"
	expect_eq "$(namespaces_of Xwayland)" "$(namespaces_of gnome-shell)" "namespaces of Xwayland"
	expect_ne "$(ask a 'readlink /proc/self/ns/mnt')" "$host_mnt" "mount namespace"
	[ $policy = default ] || expect_eq "$(ask a hostname)" vmtest-alice "hostname"
	ask a 'pkill -KILL -x gnome-shell; pkill -KILL -x Xwayland; true'
	drop a
	user_gone alice
	case_ok
	desktop_seen gnome-shell Wayland "it and Xwayland, headless"
	desktop_seen gnome-shell policy "$policy"
done
