# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What does a person see who has come in, and is it what the default policy promises?

# Looks around, and leaves something of its own everywhere.  One line: sudo -i drops line ends.
look='echo ns $(readlink /proc/self/ns/mnt /proc/self/ns/ipc /proc/self/ns/uts)
echo host $(hostname)
echo files $(ls -A /tmp /dev/shm /var/tmp)
echo modes $(stat -c %a-%u:%g /tmp /dev/shm /var/tmp)
echo queues $(ipcs -q | grep -c ^0x)
echo set $NSISOLATE_SET
echo policy $NSISOLATE_POLICY
echo uid $(id -u)
echo cwd $PWD
touch /tmp/mine /dev/shm/mine /var/tmp/mine && ipcmk -Q >/dev/null && echo left something'
look=${look//$'\n'/; }

# What the host has of its own, for sessions not to see.
leave_host_marks() {
	touch /tmp/host-mark /dev/shm/host-mark /var/tmp/host-mark
	ipcmk -Q >/dev/null
}

host_queues() {
	ipcs -q | grep -c ^0x
}

seen_of() { # KEY, of what is in $seen
	sed -n "s/^$1 //p" <<<"$seen"
}

expect_host_ns() { # NS-LINE WHAT
	expect_eq "$1" "$host_ns" "$2"
}

# Every one of the namespaces another than the host's, or than those of OTHER.
expect_other_ns() { # NS-LINE WHAT [OTHER]
	local i other=${3:-$host_ns}

	for i in 1 2 3; do
		expect_ne "$(cut -d' ' -f$i <<<"$1")" "$(cut -d' ' -f$i <<<"$other")" "$2, namespace $i"
	done
}

# $seen is the view of a first login of USER under the default policy, and the host has none of it.
expect_isolated() { # USER
	expect_other_ns "$(seen_of ns)" "namespaces of $1"
	expect_eq "$(seen_of host)" "rig-$1" "hostname"
	expect_eq "$(seen_of uid)" "$(id -u "$1")" "uid"
	expect_no_match "$(seen_of files)" "host-mark" "files in /tmp, /dev/shm and /var/tmp"
	expect_no_match "$(seen_of files)" "mine" "files of an earlier login"
	expect_eq "$(seen_of modes)" "1777-0:0 1777-0:0 1777-0:0" "modes and owners of them"
	expect_eq "$(seen_of queues)" 0 "message queues"
	expect_match "$(seen_of set)" '^[0-9a-f]+$' "NSISOLATE_SET"
	expect_eq "$(seen_of policy)" lab "NSISOLATE_POLICY"
	expect_eq "$(seen_of left)" something "writing there"
	expect_host_untouched
}

expect_host_untouched() {
	local dir

	for dir in /tmp /dev/shm /var/tmp; do
		expect_eq "$(ls -A $dir)" host-mark "the host's $dir"
	done
	expect_eq "$(host_queues)" 1 "the host's message queues"
	expect_eq "$(hostname)" rig "the host's name"
	rig_mounts | diff /run/rig/mounts.before - >&2 || fail "the host's mount table has changed"
}

# $seen is what somebody sees who is not isolated.
expect_on_host() {
	expect_host_ns "$(seen_of ns)" "namespaces"
	expect_eq "$(seen_of host)" rig "hostname"
	expect_match "$(seen_of files)" host-mark "files of the host"
	expect_eq "$(seen_of set)" "" "NSISOLATE_SET"
	rm -f /tmp/mine /dev/shm/mine /var/tmp/mine
	ipcs -q | awk '/^0x/ { if (n++) print $2 }' | xargs -r -n1 ipcrm -q
}

expect_all_gone() {
	wait_until 10 nothing_left ||
		fail "left: pids $(isolated_pids | xargs) sets $(sets_left | xargs) instances $(instances_left | xargs)"
}

# The whole of it for one consumer: login, look, logout, nothing left.
check_way() { # WAY USER
	case_begin "$2 by $1 sees a world of their own, and it ends with the session"
	seen=$("as_$1" "$2" "$look") || fail "status $?"
	expect_isolated "$2"
	expect_all_gone
	case_ok
}

# A login that must be refused: CMD must not run, and nothing stays.
check_refused() { # WAY USER WHY
	case_begin "$2 by $1 is refused: $3"
	rm -f "/home/$2/ran"
	if "as_$1" "$2" "echo ran >/home/$2/ran" >&2; then
		fail "the login reports success"
	fi
	[ ! -e "/home/$2/ran" ] || fail "the command has run"
	expect_all_gone
	case_ok
}

# stay NAME WAY USER CMD: logs in, runs CMD, stays until "leave NAME", for as long as a script may take.  What CMD
# printed is in /run/rig/stay.NAME.
declare -A stayers=()

stay() {
	local flag=/home/$3/stay.$1 rig_seconds=$((rig_seconds > 300 ? rig_seconds : 300))

	rm -f "$flag" "/run/rig/stay.$1"
	"as_$2" "$3" "$4; touch $flag; echo $stay_mark; while test -e $flag; do sleep 0.1; done" >>"/run/rig/stay.$1" &
	stayers[$1]="$! $flag"
	wait_until 10 test -e "$flag" || fail "$3 did not get in by $2"
	wait_until 10 stay_has_said "$1" || fail "$3 does not say by $2 what it sees"
}

# What a session says comes through sshd and ssh, after it has done it: its last word is awaited, and taken away.
stay_mark=that-is-all
stay_has_said() { # NAME
	[ "$(tail -c $((${#stay_mark} + 1)) "/run/rig/stay.$1" 2>/dev/null)" = $stay_mark ] && truncate -s -$((${#stay_mark} + 1)) "/run/rig/stay.$1"
}

seen_by() { # NAME: as $seen
	seen=$(cat "/run/rig/stay.$1")
}

leave() {
	local status=0
	rm -f "${stayers[$1]#* }"
	wait "${stayers[$1]% *}" || status=$?
	sshd_has_closed
	return $status
}

# What a session leaves behind, as a command for it: a process in a session of its own, which runs when this is over.
lasting='setsid sleep 1000 >/dev/null 2>&1 </dev/null & until grep -qx sleep /proc/$!/comm; do sleep 0.05; done'

# back_in_time LINGER BETWEEN FIRST NEXT: alice logs in for FIRST and, when BETWEEN has been done, for NEXT; what they say is in
# $first and $seen.  When the machine takes the LINGER of the policy, in seconds, from one to the other, that says nothing of who
# is back in time: once more, with one twice as long.
back_in_time() {
	local linger=$1
	while rm -f /home/alice/left /home/alice/back; do
		first=$(as_ssh alice "$3; date +%s%N >~/left")
		eval "$2"
		seen=$(as_ssh alice "date +%s%N >~/back; $4")
		[ -e /home/alice/back ] || return 0 # refused
		[ $(($(cat /home/alice/back) - $(cat /home/alice/left))) -ge $((linger * 1000000000)) ] || return 0
		[ "$linger" -lt 30 ] || break
		wait_until $((linger + 10)) nothing_left
		sed -i "s/linger = \"${linger}s\"/linger = \"$((linger * 2))s\"/" /etc/security/nsisolate.conf
		linger=$((linger * 2))
	done
	fail "this machine needs $linger s for a login"
}
