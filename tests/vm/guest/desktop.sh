# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What stands in for a screen, and who sits before it?  Xvfb in place of the X server of a display
# manager, xdotool for the hands, a session whose shell can be asked.

shots=/root/shots
mkdir -p $shots

desktop_install() {
	cat >/usr/local/bin/xserver <<-'END'
		#!/bin/bash
		# Xvfb with those of an X server's arguments that it knows; the next free display if none is named.
		keep=() number=
		while [ $# -gt 0 ]; do
			case $1 in
			:*) number=${1#:} ;;
			-auth) keep+=("$1" "$2") && authority=$2 && shift ;;
			-displayfd) keep+=("$1" "$2") && shift ;;
			-seat | -background | -config | -logfile | -verbose | -maxclients | -dpi) shift ;;
			esac
			shift
		done
		if [ -z "$number" ]; then
			number=0
			while grep -q "/tmp/\.X11-unix/X$number\$" /proc/net/unix; do number=$((number + 1)); done
		fi
		[ -z "${authority:-}" ] || ln -sfn "$authority" "/run/xserver.$number"
		exec Xvfb ":$number" "${keep[@]}" -noreset -screen 0 800x660x24 -nolisten tcp
	END
	cat >/usr/local/bin/lab-terminal <<-'END'
		#!/bin/bash
		printf '$ hostname\n'; hostname
		printf '\n$ nsisolate status\n'; nsisolate status 2>&1 | fold -s -w 76
		printf '\n$ ls -A /tmp\n'; ls -A /tmp
		printf '\033[i' # xterm prints its screen: what it shows, by its own account
		PS1='\n\u@\h:\w\$ ' exec bash --norc
	END
	cat >/usr/local/bin/lab-session <<-'END'
		#!/bin/bash
		openbox &
		for _ in {1..100}; do # a window that comes in the middle of its start is lost
			! xprop -root _NET_SUPPORTING_WM_CHECK 2>/dev/null | grep -q 0x || break
			sleep 0.1
		done
		xsetroot -solid "${LAB_COLOUR:-steelblue}"
		xterm -title "$(whoami) on $(hostname)" -geometry 76x18+15+30 -fn 9x15 \
			-xrm 'XTerm*printerCommand: cat >~/.shown' -xrm 'XTerm*printAttributes: 0' -e lab-terminal &
		rm -f ~/.ask && mkfifo ~/.ask
		exec bash <>~/.ask >~/.told 2>&1
	END
	chmod 755 /usr/local/bin/xserver /usr/local/bin/lab-terminal /usr/local/bin/lab-session
	mkdir -p /usr/share/xsessions
	printf '[Desktop Entry]\nName=lab\nExec=/usr/local/bin/lab-session\nType=Application\nDesktopNames=lab\n' \
		>/usr/share/xsessions/lab.desktop
	for user in alice bob; do # for those that ask Xsession(5) alone
		printf 'exec /usr/local/bin/lab-session\n' >/home/$user/.xsession
	done
}

# A container's seat has no virtual terminals: logind makes sessions for number 0 alone.
desktop_without_terminals() { # SERVICE...
	local service

	echo XDG_VTNR=0 >/etc/security/desktop.env
	for service; do
		[ ! -f "/etc/pam.d/$service" ] || grep -q desktop.env "/etc/pam.d/$service" ||
			sed -i '1i session required pam_env.so envfile=/etc/security/desktop.env' "/etc/pam.d/$service"
	done
}

# A seat is graphical for logind if udev's database says so of one of its devices; it has no udevd.
desktop_graphical_seat() {
	mkdir -p /run/udev/tags/master-of-seat /run/udev/tags/seat /run/udev/data
	touch /run/udev/control /run/udev/tags/master-of-seat/c1:3 /run/udev/tags/seat/c1:3
	printf 'I:1\nG:seat\nG:master-of-seat\nQ:seat\nQ:master-of-seat\nV:1\n' >/run/udev/data/c1:3
	systemctl restart systemd-logind
}

# desk USER CMD: what CMD prints in the user's session at the screen.
desk() {
	local mark="$RANDOM$RANDOM" told="/home/$1/.told" before

	wait_until "$seconds" test -p "/home/$1/.ask" || return 98
	before=$(stat -c %s "$told")
	# shellcheck disable=SC2016
	in_time dd status=none of="/home/$1/.ask" conv=notrunc,nocreat \
		< <(printf '{ %s\n } </dev/null; echo "end""%s" $?\n' "$2" "$mark") || return 97
	wait_until "$seconds" grep -q "^end$mark" "$told" || return 99
	tail -c +$((before + 1)) "$told" | sed "/^end$mark/,\$d"
	return "$(sed -n "s/^end$mark //p" "$told")"
}

# beside_desk USER CMD: what CMD prints as USER in the session at the screen, in the host's namespaces.
beside_desk() {
	local group

	group=$(sed -n 's/^0:://p' "/proc/$(pgrep -u "$1" -x openbox | head -n 1)/cgroup")
	in_time sh -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' - "/sys/fs/cgroup$group" \
		setpriv --reuid "$1" --regid "$1" --init-groups sh -c "$2" </dev/null
}

desk_is_there() { # USER
	[ -p "/home/$1/.ask" ] && pgrep -u "$1" -x openbox >/dev/null
}

desk_comes() { # USER
	wait_until "$seconds" desk_is_there "$1" || fail "no desktop for $1: $(tail -n 5 "/home/$1/.xsession-errors" 2>&1 | xargs)"
}

desk_leave() { # USER: out by the session's own end
	in_time dd status=none of="/home/$1/.ask" conv=notrunc,nocreat <<<exit
	wait_until "$seconds" desk_is_gone "$1" || fail "the session of $1 does not end"
	desk_forget "$1"
}

# A login while logind stops what the last one has left gets no session of logind. No assertion: the next login is one.
desk_settles() { # USER
	user_gone "$1"
	wait_until 30 desk_has_settled "$1" || echo "the slice of $1 does not stop" >&2
	systemctl reset-failed "user@$(id -u "$1").service" 2>/dev/null
}

# Some helpers of a display manager stay in it, as root, until systemd loses patience.
desk_has_settled() { # USER
	local slice

	slice=user-$(id -u "$1").slice
	systemctl -q is-active "$slice" || systemctl list-jobs --no-legend | grep -q "$slice" || return 0
	systemctl kill --signal=KILL "$slice" 2>/dev/null
	return 1
}

desk_forget() { # USER: what a session that was killed has left
	rm -f "/home/$1/.ask" "/home/$1/.told" "/home/$1/.shown"
}

desk_is_gone() {
	! pgrep -u "$1" -x openbox >/dev/null
}

# The screen at hand: screen DISPLAY AUTHORITY.
screen() {
	export DISPLAY=$1 XAUTHORITY=$2
}

keys() { # TEXT: typed, and Return
	xdotool type --delay 30 "$1" && xdotool key Return
}

# The locker's screen takes what the session itself types.
desk_keys() { # USER TEXT
	expect_ok desk "$1" "xdotool type --delay 30 '$2' && xdotool key Return"
}

desk_is_locked() { # USER
	pgrep -u "$1" -x i3lock >/dev/null
}

desk_has_failed() { # USER CURSOR: what a locker's question of PAM has logged
	journalctl -q --after-cursor "$2" -g "i3lock:auth.*authentication failure.* user=$1" | grep -q .
}

# After a wrong password i3lock takes nothing for a while.
desk_unlocks() { # USER
	! desk_is_locked "$1" || { desk_keys "$1" pw && sleep 1 && ! desk_is_locked "$1"; }
}

desk_locks() { # USER NAME OF THE SCREENSHOT
	local cursor

	cursor=$(log_cursor)
	expect_ok desk "$1" 'i3lock -c 336633'
	wait_until 10 desk_is_locked "$1" || fail "it does not lock"
	desk_keys "$1" wrong
	wait_until "$seconds" desk_has_failed "$1" "$cursor" || fail "the log has no wrong password"
	desk_is_locked "$1" || fail "a wrong password unlocks it"
	shot_by_user "$1" "$2-locked"
	wait_until 30 desk_unlocks "$1" || fail "it does not unlock"
}

# Where the log ends now: journalctl --after-cursor.
log_cursor() {
	journalctl -q -n 0 --show-cursor | sed -n 's/^-- cursor: //p'
}

# Two users who are at the machine at once.
desk_expect_apart() { # USER USER
	expect_desk_isolated "$1"
	expect_desk_isolated "$2"
	expect_ne "$(desk "$1" 'readlink /proc/self/ns/mnt')" "$(desk "$2" 'readlink /proc/self/ns/mnt')" "mount namespaces"
	expect_ok desk "$1" "touch /tmp/of-$1"
	expect_eq "$(desk "$2" "ls /tmp/of-$1 2>&1 | grep -c cannot")" 1 "a file of $1's, for $2"
}

shot_try() { # NAME: a screen in one colour takes less than a thousand bytes
	xwd -silent -root 2>/dev/null | xwdtopnm -quiet 2>/dev/null | pnmtopng -quiet -compression 9 >"$shots/$1.png"
	[ "$(stat -c %s "$shots/$1.png")" -gt 2000 ]
}

shot() { # NAME
	wait_until "$seconds" shot_try "$1" || fail "nothing to be seen on the screenshot $1"
}

# The words are to be read on it, or on one of NAME-*.png: tests/desktops/rig.sh.
shot_says() { # NAME WORDS
	echo "$2" >"$shots/$1.says"
}

# What the terminal at the screen shows, by its own account, has this line.
is_shown() { # USER LINE
	cat "/home/$1/.shown" 2>/dev/null | tr -d '\r' | sed 's/ *$//' | grep -qxF "$2"
}

keep_shown() { # USER NAME: beside the screenshot
	cat "/home/$1/.shown" 2>/dev/null | tr -d '\r\f' >"$shots/$2.txt"
}

# From within the session: the X server's cookie may be out of reach from elsewhere.
shot_by_user() { # USER NAME
	keep_shown "$1" "$2"
	wait_until "$seconds" shot_try_by_user "$1" "$2" ||
		fail "nothing to be seen on the screenshot $2: $(pgrep -u "$1" -a xterm; tail -n 3 "/home/$1/.xsession-errors")"
}

shot_try_by_user() {
	local file=/home/$1/screen.xwd

	rm -f "$file"
	desk "$1" 'xwd -silent -root >~/screen.xwd' &&
		xwdtopnm -quiet "$file" 2>/dev/null | pnmtopng -quiet -compression 9 >"$shots/$2.png"
	[ "$(stat -c %s "$shots/$2.png")" -gt 2000 ]
}

example_policy() { # NAME: one of the examples, or "default"
	if [ "$1" = default ]; then
		cp /root/default.conf /etc/security/nsisolate.conf
	else
		cp "/usr/share/doc/nsisolate/examples/$1.conf" /etc/security/nsisolate.conf
	fi
	systemctl reload-or-restart nsisolate.service
}

# Refuses alice from now on: what reads the policy may be late on a busy machine.
desktop_refuse() {
	refusing_policy
	wait_until "$seconds" su_is_refused || fail "the policy does not refuse"
	desktop_since=$(date '+%F %T')
}

su_is_refused() {
	! as_su alice true 2>/dev/null
}

desktop_allow() {
	former_policy
	systemctl reset-failed 'user@*.service' # refused more often than systemd starts one
	wait_until "$seconds" as_su alice true || fail "the policy refuses"
	desk_settles alice
}

is_refused() { # SERVICE
	journalctl -q --since "$desktop_since" -g "refused user=alice .*service=$1" | grep -q .
}

# A refused user of a greeter that has closed by then finds the reason in a file that desktops have.
expect_note() { # USER
	expect_match "$(tail -n 1 "/home/$1/.xsession-errors" 2>&1)" \
		'pam_nsisolate: Your session could not be isolated and was refused; the system log says why\.$' \
		"the last line of .xsession-errors"
	expect_eq "$(stat -c %U "/home/$1/.xsession-errors")" "$1" "whose it is"
}

# desktop_seen PROGRAM WAY WHAT: a line of the table in docs/desktops.md, if the case that has just ended has passed.
desktop_seen() {
	local version

	[ $case_faults = 0 ] || return 0
	version=$(dpkg-query -W -f '${Version}' "$1" | sed 's/^[0-9]*://; s/[-+~].*//')
	printf '%s\t%s\t%s\t%s\n' "$1" "$version" "$2" "$3" >>$shots/seen.tsv
}

# The session of USER at the screen: its own name, namespaces, /tmp and X server, also of its services.
expect_desk_isolated() { # USER
	local inside

	inside=$(desk "$1" 'readlink /proc/self/ns/mnt')
	expect_ne "$inside" "$host_mnt" "mount namespace of the desktop"
	# Debian 12's lxdm gets no session of logind without virtual terminals, nor a slim that is in its last one: no user manager.
	! desk "$1" 'test -n "$XDG_SESSION_ID"' ||
		expect_eq "$(desk "$1" 'systemd-run -q --user --wait --pipe readlink /proc/self/ns/mnt')" "$inside" \
			"mount namespace of a service of the user's"
	expect_has_not "$(desk "$1" 'ls -A /tmp')" host-mark "its /tmp"
	expect_eq "$(desk "$1" 'hostname')" "${2:-vmtest-$1}" "hostname"
	wait_until "$seconds" is_shown "$1" "${2:-vmtest-$1}" ||
		fail "the terminal of $1 does not show its name: $(head -n 3 "/home/$1/.shown" 2>&1 | xargs)"
	expect_ok desk "$1" 'xdpyinfo >/dev/null && xset q >/dev/null'
	expect_eq "$(desk "$1" 'stat -c %u:%a /tmp/.X11-unix /tmp/.ICE-unix' | xargs)" "0:1777 0:1777" "socket directories"
}
