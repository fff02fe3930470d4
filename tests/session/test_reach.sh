#!/bin/bash
# SPDX-License-Identifier: MIT
# What each process of ours may do: found by making it try, and compared with docs/security.md.
. "$(dirname "$0")/rig.sh"

# shellcheck disable=SC2034 # of the rig: here, calls are made that are refused
rig_intrudes=yes
reach=$rig_tools/reach
if ! "$reach" --landlock >/run/rig/version; then
	case_begin "what each process may do"
	case_skip "the tool is only written for x86-64"
	exit 0
fi
mkdir /run/rig/outside
places=("$statedir" "$statedir/trash" /run/rig/outside)
printf '#!/bin/sh\ncat /proc/self/status >/run/rig/hook\nsleep 0.2\n' >/usr/local/sbin/hook && chmod 755 /usr/local/sbin/hook

lab() { # MORE OF THE POLICY
	policy <<-END
		version = 1;
		policies = { lab = {
		  namespaces = [ "mount", "ipc", "uts", "net" ]; on_last_close = "kill"; kill_grace = "1s"; $1
		  on_end = { run = "/usr/local/sbin/hook"; };
		  network = { mode = "bridge"; bridge = "nsi0"; create = true; pool = "10.77.0.0/24"; nat = true; };
		  directories = ( { path = "/tmp"; method = "disk"; retain = "session"; import = [ "krb5cc_%{uid}*" ]; } );
		}; };
		rules = ( { uid = "1000-59999"; policy = "lab"; } );
	END
}
# All that the helper starts in the life of a set and of a policy.
life() {
	lab 'linger = "1s";'
	install -m 600 -o bob /dev/null /tmp/krb5cc_2002_x
	as_ssh bob 'setsid sleep 300 >/dev/null 2>&1 </dev/null & echo in'
	expect_all_gone
	wait_until 10 all_seen || fail "not seen: $(not_seen)"
}
wanted="importer keeper launcher loader nft resolver scanner sweeper visitor"
not_seen() {
	for name in $wanted; do
		grep -q "^nsi-$name" /run/rig/seen || echo "$name"
	done
}
has_spare() {
	[ -n "$(spare_pids)" ]
}
all_seen() {
	[ -z "$(not_seen)" ]
}
traced() { # NAME CMD: with every child making calls; one called NAME is left alive
	"$reach" --children "$1" "$(main_pid)" "${places[@]}" >/run/rig/seen &
	local tracer=$!
	wait_until 5 grep -q ready /run/rig/seen || fail "no tracer"
	"$2"
	kill -TERM $tracer && wait $tracer
}
# Hexadecimal capabilities as names.
capabilities() { # HEX
	local names=(chown dac_override - fowner - kill setgid setuid - - - - net_admin - - - - - sys_chroot sys_ptrace
		- sys_admin - - - sys_time - - - - - setfcap) i said=
	for i in "${!names[@]}"; do
		[ $((0x$1 >> i & 1)) = 0 ] || said="$said ${names[i]}"
	done
	echo ${said:-none}
}
word() { # OUTCOME
	case $1 in
	yes | ends | '') echo "${1:--}" ;;
	*) echo no ;;
	esac
}
row() { # NAME, then what the tool prints
	local name=$1 permitted=$3 effective=$4 i line
	shift 6
	line="| $name | $(capabilities "$permitted") | $(capabilities "$effective")"
	for ((i = 1; i <= 7; i++)); do
		line="$line | $(word "${!i:-}")"
	done
	echo "$line |"
}
rows() { # NAME FILE
	while read -r -a words; do
		row "$1" "${words[@]}"
	done <"$2"
}

lab ''
isolate
as_ssh alice true
expect_all_gone
sleep 1.2 # until the lists are compiled

case_begin "each process that the helper starts tries what it should not do"
traced nsi-nft life
for name in $wanted; do
	grep -h "^nsi-$name" /run/rig/seen | sort -u >/run/rig/one
	expect_eq "$(wc -l </run/rig/one)" 1 "different answers of $name"
	[ $name = nft ] || expect_match "$(cat "$(rig_settled_log)")" "nsi-$name: the system call execve .*is refused.* ends it" "log"
	rows "$name" /run/rig/one >>/run/rig/table
done
case_ok

case_begin "a hook has no capability, and the helper's list of calls"
expect_eq "$(awk '/^(CapInh|CapPrm|CapEff|CapBnd|CapAmb):/ { n += $2 } END { print n }' /run/rig/hook)" 0 "capabilities"
expect_eq "$(awk '/^(NoNewPrivs|Seccomp|Seccomp_filters):/ { print $2 }' /run/rig/hook | xargs)" "1 2 1" "no_new_privs and filters"
case_ok

refused() {
	expect_fails as_ssh carol true
}
case_begin "a login whose process is ended for a call is refused"
traced - refused
expect_match "$(cat "$(rig_settled_log)")" "nsi-nft: the system call execve .*is refused.* ends it" "log"
expect_all_gone
case_ok

case_begin "processes that stay try it, too"
policy <<END
version = 1;
policies = { plain = { namespaces = [ "mount", "ipc", "uts" ]; }; };
rules = ( { uid = "1000-59999"; policy = "plain"; } );
END
stay one ssh alice true
wait_until 5 has_spare || fail "no spare anchor"
"$reach" "$(main_pid)" "${places[@]}" >/run/rig/one
rows helper /run/rig/one >>/run/rig/table
"$reach" "$(spare_pids)" "${places[@]}" >/run/rig/one
rows "spare anchor" /run/rig/one >>/run/rig/table
anchor=$(anchor_pids)
expect_eq "$(awk '/^(CapPrm|CapEff|CapBnd|NoNewPrivs|Seccomp):/ { print $2 }' "/proc/$anchor/status" | xargs)" \
	"0000000000000000 0000000000000000 0000000000000000 1 2" "an anchor's state"
expect_eq "$("$reach" --call getuid "$anchor")" ends "an anchor that makes a call"
still_in() { as_ssh alice true; }
wait_until 10 still_in || fail "nobody gets in behind it"
expect_eq "$("$reach" --call bpf "$(main_pid)")" EPERM "bpf(2) in the helper"
leave one
expect_all_gone
case_ok

case_begin "the table of docs/security.md is what was found"
sort /run/rig/table >/run/rig/found && cat /run/rig/found >&2
if [ "$(cat /run/rig/version)" -lt 3 ]; then
	case_skip "Landlock here is of version $(cat /run/rig/version), and the table is of a later one"
else
	sed -n '/^<!-- made by tests\/session\/test_reach.sh/,/^$/p' /src/docs/security.md | grep '^| [a-z]' |
		grep -v '^| process ' | sort | diff - /run/rig/found >&2 || fail "docs/security.md says something else"
	case_ok
fi
