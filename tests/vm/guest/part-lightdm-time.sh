# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# From the right password to the session's first process and to its desktop: with and without the
# module's lines, in turn, so that a busy machine is as busy for both.  A login is timed again if others had more of the
# processors than an idle machine gives them: medians of twenty cannot even out what falls on a few of them.  ROUNDS: 20.
. "$here/desktop.sh"
. "$here/lightdm.sh"

rounds=${ROUNDS:-20}
out=/root/shots/lightdm-time.txt

cat >/etc/X11/Xsession.d/00vmtest <<'END'
date +%s%N >"$HOME/.first"
END

lines_off() {
	sed -i 's/^session.*pam_nsisolate/#&/' /etc/pam.d/common-session /etc/pam.d/common-session-noninteractive
}

lines_on() {
	sed -i 's/^#\(session.*pam_nsisolate\)/\1/' /etc/pam.d/common-session /etc/pam.d/common-session-noninteractive
}

# Milliseconds that processes outside of this container have had of the processors since the machine was booted.
others_had() {
	awk '/^cpu / { all = ($2 + $3 + $4 + $7 + $8 + $9) * 10 } /^usage_usec/ { own = $2 / 1000 } END { printf "%d\n", all - own }' \
		/proc/stat /sys/fs/cgroup/cpu.stat
}

time_login() { # WAY
	for _ in 1 2 3; do
		time_one_login "$1"
		[ $others -gt 100 ] || break
		echo "busy ${line#* }" >>$out
	done
	echo "$line" >>$out
}

# One login; $line is then "WAY FIRST SECOND" in tenths of a millisecond, $others what others had meanwhile.
time_one_login() { # WAY
	local since

	rm -f /home/alice/.first /home/alice/.second
	lightdm_question
	lightdm_user alice
	lightdm_question
	sleep 1 # until the entry is there: a login is timed once
	xdotool type --delay 30 pw
	others=$(others_had)
	since=$(date +%s%N)
	xdotool key Return
	wait_until "$seconds" test -s /home/alice/.second || fail "no session"
	others=$(($(others_had) - others))
	desk_comes alice
	line="$1 $((($(cat /home/alice/.first) - since) / 100000)) $((($(cat /home/alice/.second) - since) / 100000))"
	desk_leave alice
	user_gone alice
	lightdm_restart
}

median() { # WAY COLUMN
	awk -v way="$1" -v col="$2" '$1 == way { print $col }' $out | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

case_begin "lightdm: $rounds logins with the module, $rounds without it, in turn"
lightdm_begin
sed -i '2i date +%s%N >~/.second' /usr/local/bin/lab-session
example_policy lab-desktop
: >$out
screen :0 /var/run/lightdm/root/:0
for ((round = 0; round < rounds; round++)); do # each is the first of the two in every second round
	[ $((round % 2)) = 1 ] || { lines_on && time_login with; }
	lines_off && time_login without
	[ $((round % 2)) = 0 ] || { lines_on && time_login with; }
done
lines_on
for column in 2 3; do
	with=$(median with $column) without=$(median without $column)
	echo "median $column with $((with / 10)).$((with % 10)) ms without $((without / 10)).$((without % 10)) ms" | tee -a $out >&2
	[ "$with" -le $((without + without / 50 + 100)) ] ||
		fail "column $column: $with is more than 10 ms and 2 % above $without tenths of a millisecond"
done
rm /etc/X11/Xsession.d/00vmtest
case_ok
systemctl stop lightdm
