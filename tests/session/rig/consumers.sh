# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How does a person come in?  Each prints what CMD prints and returns what CMD returns.

rig_seconds=30
ssh_options=(-F /dev/null -i /run/rig/key -o BatchMode=yes -o StrictHostKeyChecking=no
	-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR)

# Run by a session: its namespaces, in one line.
ns_cmd='echo $(readlink /proc/self/ns/mnt /proc/self/ns/ipc /proc/self/ns/uts)'
host_ns=$(eval "$ns_cmd")

in_time() {
	timeout -k 5 $rig_seconds "$@"
}

as_ssh() { # USER CMD [SSH-OPTION...]
	in_time ssh "${ssh_options[@]}" "${@:3}" "$1@127.0.0.1" "$2" </dev/null
}

# ssh(1) ends a moment before sshd(8) closes its session: until then the kernel has a connection whose client is gone.
sshd_has_closed() {
	wait_until 5 eval '[ -z "$(ss -Htn state close-wait "sport = :22")" ]'
}

as_ssh_tty() { # USER CMD
	in_time ssh -tt "${ssh_options[@]}" "$1@127.0.0.1" "$2" </dev/null | tr -d '\r'
	return "${PIPESTATUS[0]}"
}

as_sftp() { # USER: commands of sftp(1) on stdin
	in_time sftp -q -b - "${ssh_options[@]}" "$1@127.0.0.1"
}

as_su() { # USER CMD
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

as_runuser() {
	in_time runuser -u "$1" -- sh -c "$2" </dev/null
}

as_runuser_l() {
	in_time runuser -l "$1" -c "$2" </dev/null
}

# A command for a consumer that takes none, or that shows nothing of it: leaves out and rc.
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

as_login() { # USER CMD
	write_job "$1" "$2"
	in_time "$rig_tools/ptyrun" -e '$ ' -s "exec $job/run" login -f "$1" >"$job/tty" 2>&1
	[ -f "$job/rc" ] || cat -v "$job/tty" >&2
	job_result
}

# Jobs marked @reboot run at once when cron starts and its mark is not there: no minute to wait.
as_cron() { # USER CMD
	local cron

	write_job "$1" "$2"
	echo "@reboot $1 $job/run" >/etc/cron.d/rig
	rm -f /run/crond.reboot /run/crond.pid
	cron -f &
	cron=$!
	wait_until "${cron_seconds:-10}" test -f "$job/rc"
	wait_until 5 no_children $cron
	kill $cron && wait $cron 2>/dev/null
	rm -f /etc/cron.d/rig
	job_result
}

as_at() { # USER CMD
	local atd

	write_job "$1" "$2"
	atd -f -b 1 -l 100 &
	atd=$!
	su "$1" -s /bin/sh -c "cd / && echo $job/run | at now" 2>/dev/null </dev/null
	wait_until "${cron_seconds:-10}" test -f "$job/rc"
	wait_until 5 no_children $atd
	kill $atd && wait $atd 2>/dev/null
	job_result
}

no_children() {
	! pgrep -P "$1" >/dev/null
}

# The service of tests that pamtester and pamhost come in by.
rig_service='auth required pam_permit.so
account required pam_permit.so
session required pam_permit.so
session required pam_nsisolate.so'

as_pamtester() { # USER OPERATION...
	in_time pamtester rig "$@" </dev/null
}

as_pamhost() { # USER [OPTION...] OPERATION...
	in_time "$rig_tools/pamhost" -s rig -u "$@" </dev/null
}

# every_way: a line 'NAME FUNCTION' for each consumer that runs a command.
every_way() {
	printf '%s\n' ssh ssh_tty su su_l sudo sudo_i runuser runuser_l login cron
}
