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
done

case_begin "greetd: weston on Wayland, logged in by greetd"
if command -v greetd >/dev/null; then
	weston_backend=headless
	dpkg --compare-versions "$(dpkg-query -W -f '${Version}' weston)" ge 12 || weston_backend=headless-backend.so
	printf '#!/bin/bash\nweston --backend=%s --socket=lab >~/weston.log 2>&1 &\nrm -f ~/.ask; mkfifo ~/.ask\nexec bash <>~/.ask >~/.told 2>&1\n' $weston_backend >/usr/local/bin/lab-wayland
	chmod 755 /usr/local/bin/lab-wayland
	printf '[terminal]\nvt = "none"\n[default_session]\ncommand = "sleep 1000"\nuser = "bob"\n[initial_session]\ncommand = "/usr/local/bin/lab-wayland"\nuser = "alice"\n' >/etc/greetd/config.toml
	example_policy lab-hostnames
	desk_forget alice
	rm -f /run/greetd.run # its mark that the first session of this boot has been
	systemctl start greetd
	wait_until "$seconds" test -S /run/user/1000/lab || fail "no weston: $(tail -n 2 /home/alice/weston.log)"
	expect_eq "$(desk alice hostname)" vmtest-alice "hostname"
	expect_ne "$(desk alice 'readlink /proc/self/ns/mnt')" "$host_mnt" "mount namespace"
	systemctl stop greetd
	pkill -KILL -u alice
	user_gone alice
	case_ok
else
	case_skip "greetd is not in this release"
fi
