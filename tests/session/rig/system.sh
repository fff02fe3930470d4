# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How is the rig brought up, and is it at the end as it was at the beginning?

rundir=/run/nsisolate
statedir=/var/lib/nsisolate
rig_log=/run/rig/syslog
rig_tools=/src/${B:-build}/tests/tools
helper_path=/usr/local/libexec/nsisolate/nsisolate-helper
rig_kinds='mnt ipc uts net pid cgroup user time'

# The log, once everything that was sent before is in the file: a test that reads it at once after a
# login would miss the last line now and then.
rig_settled_log() {
	nsisolate list >/dev/null 2>&1 # the helper takes up who joined without it, and logs that
	rig_written_log
}

# The same without asking the helper, which may be stopped.
rig_written_log() {
	"$rig_tools/logsink" /dev/log
	echo "$rig_log"
}

rig_begin() {
	"$rig_tools/logsink" /dev/log "$rig_log" &
	rig_logsink=$!
	wait_until 5 test -S /dev/log
	cp -a /etc/pam.d /run/rig/pam.d
	rig_install || { rig_say "not ok all: installing what was built" && exit 1; }
	# RIG_JOINS=off: no login joins without the helper (docs/joins.md).
	[ "${RIG_JOINS:-}" != off ] || { install -d -m 700 $rundir && touch $rundir/joins.off; }
	rig_sshd_start
	trap rig_end EXIT
	leave_host_marks
	rig_mounts >/run/rig/mounts.before
	rig_master_mounts >/run/rig/master.before
	ls -A /tmp /dev/shm /var/tmp >/run/rig/tmp.before
}

rig_install() {
	local pamdir

	if [ -f /run/rig/standin.so ]; then
		pamdir=$(pkg-config --variable=libdir pam)/security
		install -m 644 /run/rig/standin.so "$pamdir/pam_nsisolate.so"
		return
	fi
	make -s -C /src install B="${B:-build}" >&2
}

# shellcheck disable=SC2120
rig_sshd_start() { # [LINE...]: more lines for its configuration
	cp /run/rig/sshd_config /run/rig/sshd_config.now
	[ $# = 0 ] || printf '%s\n' "$@" >>/run/rig/sshd_config.now
	/usr/sbin/sshd -D -E /run/rig/sshd.log -f /run/rig/sshd_config.now &
	rig_sshd=$!
	wait_until 10 rig_port_open || fail "sshd does not answer"
}

rig_sshd_stop() {
	kill "$rig_sshd" && wait "$rig_sshd" 2>/dev/null
}

rig_port_open() {
	(exec 3<>/dev/tcp/127.0.0.1/22) 2>/dev/null
}

rig_show_logs() {
	echo "--- syslog" && tail -n 30 "$rig_log"
	echo "--- sshd" && tail -n 15 /run/rig/sshd.log
	echo "--- processes" && ps -eo pid,ppid,user,args --no-headers | grep -v ' ps -eo'
	echo "---"
}

# A mount table without the numbers that differ from read to read.
rig_mounts() {
	sort -k5 /proc/self/mountinfo
}

rig_master_mounts() {
	[ ! -f /run/rig/master ] || sort -k5 "/proc/$(cat /run/rig/master)/mountinfo"
}

our_pids() { # processes that run the helper's file or that of anchors
	find /proc/[0-9]*/exe -maxdepth 0 -lname "${helper_path%helper}*" 2>/dev/null | tr -dc '0-9\n'
}

# Those of ours by their names, each with one look that says both: they come and go.
our_pids_named() { # OPTION... REGEX of grep(1)
	grep -Hs "$@" $(our_pids | sed 's,.*,/proc/&/comm,') /dev/null | sed 's,^/proc/\([0-9]*\)/.*,\1,'
}

# The anchor that the helper holds ready for the next set: it belongs to none, and goes with the helper.
spare_pids() {
	our_pids_named -x nsi-spare
}

helper_pids() { # the helper, anchors of sets, loaders, sweepers
	our_pids_named -vx nsi-spare
}

# Processes that live in any namespace but those of the rig itself; by one look, as it is taken often.
isolated_pids() {
	local own=()
	mapfile -t own < <(for kind in $rig_kinds; do echo "$kind $(readlink /proc/self/ns/$kind)"; done)
	find /proc/[0-9]*/ns -maxdepth 1 -type l -printf '%h %f %l\n' 2>/dev/null |
		awk -v own="${own[*]}" '
			BEGIN { n = split(own, word, " "); for (i = 1; i < n; i += 2) base[word[i]] = word[i + 1] }
			$2 in base && $3 != "" && $3 != base[$2] { gsub("[^0-9]", "", $1); print $1 }' |
		grep -vxF -f <(cat /run/rig/master 2>/dev/null; spare_pids) | sort -u
}

# Makes a control group of version 2 of the script's own, $group below $cgroup.  Fails where none can be written.
own_group() {
	cgroup=$(findmnt -n -t cgroup2 -o TARGET | head -n 1)
	group=$cgroup/nsi-rig-$$-$RANDOM
	[ -n "$cgroup" ] || return 1
	find "$cgroup" -maxdepth 1 -name 'nsi-rig-*' -mmin +120 -exec rmdir {} + 2>/dev/null # of a run that was killed; not another rig's
	mkdir "$group" 2>/dev/null && [ -e "$group/cgroup.freeze" ]
}

into() { # GROUP: moves this shell there
	echo "$BASHPID" >"$1/cgroup.procs"
}

nobody_isolated() {
	[ -z "$(isolated_pids)" ]
}

# Sets on record, and private directories on disk.
sets_left() {
	find "$rundir/sets" -mindepth 1 -maxdepth 1 2>/dev/null
}

instances_left() {
	find "$statedir" -mindepth 1 -maxdepth 2 -type d ! -name trash ! -name quarantine ! -path "$statedir/policy*" ! -path "$statedir/reserve*" 2>/dev/null
}

nothing_left() {
	nobody_isolated && [ -z "$(sets_left)$(instances_left)" ]
}

helpers_gone() {
	[ -z "$(our_pids)" ]
}

rig_stop_helper() {
	local pid
	for pid in $(helper_pids); do
		kill -TERM "$pid" 2>/dev/null
	done
	wait_until 5 helpers_gone
}

# No helper, and no good policy of before that the next one could go by.
rig_forget_policy() {
	rig_stop_helper
	rm -rf "$statedir/policy"
}

strangers() { # processes that neither the rig nor this script started
	ps -eo pid,ppid,stat,args --no-headers |
		awk -v me=$$ -v keep="1 $$ $(cat /run/rig/master 2>/dev/null)" '
		BEGIN { split(keep, k, " "); for (i in k) known[k[i]] = 1 }
		!known[$1] && $2 != me && !/ ps -eo / && !/ awk -v / { print }'
}

# A process of ours that makes a system call outside of its list (helper/confine/calls.c).
rig_refused_calls() {
	[ -z "${rig_intrudes:-}" ] || return 0 # the script makes them do so
	sed -n 's/.*\(nsi-[a-z]*: the system call [^ ]*\) .* is refused.*/\1/p' "$(rig_written_log)" | sort -u
}

# Ends everything, as the last case.
rig_verify() {
	case_begin "leaves nothing behind"
	wait_until 15 nothing_left || fail "left: pids $(isolated_pids | xargs) sets $(sets_left | xargs) instances $(instances_left | xargs)"
	rig_mounts | diff /run/rig/mounts.before - >&2 || fail "the mount table has changed"
	rig_master_mounts | diff /run/rig/master.before - >&2 || fail "the mount table it comes from has changed"
	ls -A /tmp /dev/shm /var/tmp | diff /run/rig/tmp.before - >&2 || fail "something was left in the host's /tmp, /dev/shm or /var/tmp"
	rig_stop_helper || fail "the helper does not end on SIGTERM"
	expect_eq "$(rig_refused_calls)" "" "system calls that are not in the list of their process: see docs/adding-a-system-call.md"
	rig_sshd_stop
	kill "$rig_logsink" && wait "$rig_logsink" 2>/dev/null
	wait_until 5 no_strangers || fail "processes left: $(strangers)"
	case_ok
}

rig_end() {
	trap - EXIT
	rig_verify
	[ $rig_faults = 0 ]
	exit
}

no_strangers() {
	[ -z "$(strangers)" ]
}
