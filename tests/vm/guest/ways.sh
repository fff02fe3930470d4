# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How does a person come in?  Each prints what CMD prints and returns what CMD returns.

lib=/usr/local/lib/vmtest
seconds=${NSI_VM_SECONDS:-60}
ssh_options=(-F /dev/null -i $lib/key -o BatchMode=yes -o StrictHostKeyChecking=no
	-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)

in_time() {
	timeout -k 5 "$seconds" "$@"
}

as_ssh() { # USER CMD
	in_time ssh "${ssh_options[@]}" "$1@127.0.0.1" "$2" </dev/null
}

as_ssh_tty() {
	in_time ssh -tt "${ssh_options[@]}" "$1@127.0.0.1" "$2" </dev/null | tr -d '\r'
	return "${PIPESTATUS[0]}"
}

as_ssh_password() {
	local ask

	ask=$(mktemp)
	printf '#!/bin/sh\necho pw\n' >"$ask"
	chmod 700 "$ask"
	DISPLAY=: SSH_ASKPASS=$ask SSH_ASKPASS_REQUIRE=force in_time setsid -w ssh -F /dev/null \
		-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
		-o PubkeyAuthentication=no -o NumberOfPasswordPrompts=1 "$1@127.0.0.1" "$2" </dev/null
	set -- $?
	rm -f "$ask"
	return "$1"
}

as_sftp() { # USER: commands on stdin
	in_time sftp -q -b - "${ssh_options[@]}" "$1@127.0.0.1"
}

as_su() {
	in_time su "$1" -c "$2" </dev/null
}

as_su_l() {
	in_time su - "$1" -c "$2" </dev/null
}

as_sudo() {
	in_time sudo -u "$1" sh -c "$2" </dev/null
}

as_sudo_i() {
	in_time sudo -i -u "$1" sh -c "$2" </dev/null
}

# Runs in the user's service manager, which has a PAM session of its own (systemd-user).
as_systemd_user() {
	local uid

	uid=$(id -u "$1")
	in_time setpriv --reuid "$1" --regid "$1" --init-groups env -i PATH=/usr/bin:/bin \
		XDG_RUNTIME_DIR="/run/user/$uid" DBUS_SESSION_BUS_ADDRESS="unix:path=/run/user/$uid/bus" \
		systemd-run -q --user --wait --pipe sh -c "$2" </dev/null
}

# A command for what takes none, or shows nothing of it: leaves out and rc.
write_job() { # USER CMD
	job=/home/$1/job
	rm -rf "$job" && install -d -o "$1" -g "$1" "$job"
	printf '#!/bin/bash\n{ %s\n} >%s/out 2>&1\necho $? >%s/rc.new\nmv %s/rc.new %s/rc\n' \
		"$2" "$job" "$job" "$job" "$job" >"$job/run"
	chmod 755 "$job/run"
}

job_result() {
	cat "$job/out" 2>/dev/null
	return "$(cat "$job/rc" 2>/dev/null || echo 99)"
}

# login wants a terminal, and an input that stays open until the shell has read it.
as_login() {
	write_job "$1" "$2"
	rm -f /run/login.in && mkfifo /run/login.in
	TERM=dumb in_time script -qfec "exec login -f $1" /run/login.log </run/login.in >/dev/null 2>&1 &
	exec 7>/run/login.in
	wait_until "$seconds" grep -q '[$#] ' /run/login.log
	echo "exec $job/run" >&7
	wait $!
	exec 7>&-
	job_result
}

# Jobs marked @reboot run at once when cron starts and its mark is not there: no minute to wait.
as_cron() {
	write_job "$1" "$2"
	echo "@reboot $1 $job/run" >/etc/cron.d/vmtest
	rm -f /run/crond.reboot
	systemctl restart cron
	wait_until "$seconds" test -f "$job/rc"
	rm -f /etc/cron.d/vmtest
	job_result
}

as_at() {
	write_job "$1" "$2"
	setpriv --reuid "$1" --regid "$1" --init-groups sh -c "cd / && echo $job/run | at now" 2>/dev/null
	wait_until "$seconds" test -f "$job/rc"
	job_result
}

# hold NAME USER: a session over ssh that stays; ask NAME CMD: what CMD prints in it; drop NAME.
hold() {
	rm -rf "/run/held.$1" && mkdir "/run/held.$1"
	mkfifo "/run/held.$1/in"
	ssh "${ssh_options[@]}" "$2@127.0.0.1" bash -s <"/run/held.$1/in" >"/run/held.$1/out" 2>&1 &
	echo $! >"/run/held.$1/pid"
	exec {held_fd}>"/run/held.$1/in"
	echo "$held_fd" >"/run/held.$1/fd"
	[ "$(ask "$1" 'echo here')" = here ]
}

ask() {
	local mark="$RANDOM$RANDOM" out="/run/held.$1/out" before

	before=$(stat -c %s "$out")
	# shellcheck disable=SC2016
	printf '{ %s; } </dev/null; echo "end""%s" $?\n' "$2" "$mark" >"/run/held.$1/in"
	wait_until "$seconds" grep -q "^end$mark" "$out" || return 99
	tail -c +$((before + 1)) "$out" | sed "/^end$mark/,\$d"
	return "$(sed -n "s/^end$mark //p" "$out")"
}

drop() {
	local fd

	fd=$(cat "/run/held.$1/fd")
	exec {fd}>&-
	wait_until 20 is_gone "$(cat "/run/held.$1/pid")"
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# The limit is one of tries, too, ten a second: they take longer on a busy machine, as what is waited for does.
wait_until() { # SECONDS CMD...
	local tries=$(($1 * 10)) deadline=$((SECONDS + $1 + 1)) last=$((SECONDS + $1 * 3 + 10))

	shift
	until "$@"; do
		tries=$((tries - 1))
		[ $SECONDS -lt $deadline ] || { [ $tries -gt 0 ] && [ $SECONDS -lt $last ]; } || return 1
		sleep 0.1
	done
}
