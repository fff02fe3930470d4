# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Compositors of Wayland without a screen, in sets whose /tmp is fresh.
. "$here/desktop.sh"

for policy in lab-hostnames lab-desktop default; do
	case_begin "gnome-shell on Wayland starts, with Xwayland, under $policy"
	example_policy $policy
	expect_ok hold a alice
	ask a 'export XDG_RUNTIME_DIR=/run/user/1000; setsid -f dbus-run-session -- gnome-shell --headless --wayland --virtual-monitor 800x600 >~/shell.log 2>&1'
	wait_until "$seconds" grep -q 'Using public X11 display' /home/alice/shell.log ||
		fail "it says: $(tail -n 3 /home/alice/shell.log)"
	expect_ok ask a 'ls /tmp/.X11-unix/X*'
	expect_ok ask a 'pgrep -u alice -x gnome-shell'
	ask a 'pkill -KILL -x gnome-shell; pkill -KILL -x Xwayland; true'
	drop a
	user_gone alice
	case_ok
	desktop_seen gnome-shell "from a shell, without a screen" "Wayland and Xwayland start, with the policy $policy"
done
