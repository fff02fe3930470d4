#!/bin/bash
# SPDX-License-Identifier: MIT
# The process that holds a set open: what it runs, what it has, and what it answers.
. "$(dirname "$0")/rig.sh"

program=${helper_path%helper}anchor
lab() { # KEYS OF THE POLICY
	policy <<-END
		version = 1;
		policies = { lab = { $1 directories = ( { path = "/tmp"; method = "disk"; retain = "session"; } ); }; };
		rules = ( { uid = "1000-59999"; policy = "lab"; } );
	END
}
runs() { # FILE PID
	[ "$(readlink "/proc/$2/exe")" = "$1" ]
}
field() { # NAME PID
	awk -v name="$1:" '$1 == name { print $2 }' "/proc/$2/status"
}

lab 'namespaces = [ "mount", "ipc", "uts" ];'
isolate

case_begin "an anchor whose set is built runs a small program, without a privilege"
stay one ssh alice "$ns_cmd"
anchor=$(anchor_pids) first=$(cat /run/rig/stay.one)
set_id=$(basename "$(sets_left)")
expect_match "$anchor" '^[0-9]+$' "anchors"
wait_until 5 runs "$program" "$anchor" || fail "it runs $(readlink "/proc/$anchor/exe")"
wait_until 5 grep -qx "nsi-set-$set_id" "/proc/$anchor/comm" || fail "its name is $(cat "/proc/$anchor/comm")"
expect_eq "$(tr '\0' '|' <"/proc/$anchor/cmdline")" "nsisolate: set $set_id of uid 2001|" "its title"
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	expect_eq "$(field $set "$anchor")" 0000000000000000 "$set"
done
expect_eq "$(field NoNewPrivs "$anchor")" 1 "no_new_privs"
[ "$(field VmRSS "$anchor")" -le 64 ] || fail "resident: $(field VmRSS "$anchor") KiB"
case_ok

case_begin "it, the session and a spare anchor are scheduled as any other process"
schedule() { # PID...: policy, flags, nice value, priority and slice of each, as sched_getattr(2) has them
	python3 - "$@" <<-'END'
		import ctypes, platform, struct, sys
		call = {"x86_64": 315, "aarch64": 275, "i686": 352, "riscv64": 275}[platform.machine()]
		for pid in sys.argv[1:]:
		    attr = ctypes.create_string_buffer(48)
		    if ctypes.CDLL(None).syscall(call, int(pid), attr, 48, 0) != 0:
		        sys.exit("sched_getattr failed")
		    size, policy, flags, nice, priority, slice = struct.unpack("=IIQiIQ", attr.raw[:32])
		    print(policy, nice, priority, slice)
	END
}
has_spare() {
	[ -n "$(spare_pids)" ]
}
usual=$(schedule $$)
session=$(pgrep -o -u alice -x sshd)
expect_match "$session" '^[0-9]+$' "the session's process"
expect_eq "$(schedule "$anchor")" "$usual" "the anchor"
expect_eq "$(schedule "$session")" "$usual" "the session"
wait_until 5 has_spare || fail "no spare anchor"
expect_eq "$(schedule "$(spare_pids)" | cut -d ' ' -f 1-3)" "$(cut -d ' ' -f 1-3 <<<"$usual")" "policy and priority of the spare"
case_ok

case_begin "it keeps the copy of the record, and nothing else of the helper"
held=$(readlink "/proc/$anchor/fd/"* | sort | uniq -c | awk '{ print $2, $1 }' | xargs)
expect_eq "$held" "/dev/null 3 /memfd:nsisolate:$rundir 1" "descriptors"
case_ok

case_begin "no signal but SIGTERM and SIGKILL ends it, nor an anchor that waits for its set"
for pid in $anchor $(spare_pids); do
	for signal in HUP INT QUIT PIPE ALRM USR1 USR2 CHLD; do
		[ "$pid" != "$anchor" ] && [ $signal != PIPE ] || kill -$signal "$pid"
	done
done
sleep 0.2
expect_eq "$(anchor_pids)" "$anchor" "the anchor"
expect_ne "$(spare_pids)" "" "the one that waits"
kill -TERM "$anchor"
wait_until 5 gone "$anchor" || fail "SIGTERM does not end it"
case_ok

case_begin "the next anchor of the same set runs the program, too"
wait_until 5 has_anchor || fail "no new anchor"
anchor=$(anchor_pids)
wait_until 5 runs "$program" "$anchor" || fail "it runs $(readlink "/proc/$anchor/exe")"
expect_eq "$(as_ssh alice "$ns_cmd")" "$first" "where the next login comes"
case_ok

case_begin "a helper that has lost the record finds the set by what the program holds"
slay $(main_pid)
rm $rundir/sets/*
expect_eq "$(as_ssh alice "$ns_cmd")" "$first" "where the next login comes"
expect_match "$(cat "$(rig_written_log)")" "its anchor $anchor has a copy" "log"
leave one
expect_all_gone
case_ok

case_begin "what IPC objects are left is logged by the program"
stay two ssh bob 'ipcmk -Q >/dev/null; ipcmk -M 4096 >/dev/null; ipcmk -M 4096'
wait_until 5 runs "$program" "$(anchor_pids)" || fail "no program"
leave two
expect_all_gone
expect_match "$(cat "$(rig_written_log)")" 'uid=2002 leaves IPC objects, which end with it: queues=1 semaphores=0 segments=2' "log"
case_ok

case_begin "in a PID namespace it is init, and reaps"
lab 'namespaces = [ "mount", "pid" ];'
touch /home/alice/ended && chown alice: /home/alice/ended
stay three ssh alice 'for i in 1 2 3 4 5; do (setsid sh -c "sleep 0.3; echo >>~/ended" &); done; until [ "$(grep -c ^ ~/ended)" = 5 ]; do sleep 0.1; done
	for i in $(seq 50); do n=$(ps -eo stat= | grep -c Z); [ $n != 0 ] || break; sleep 0.1; done; echo zombies $n of $(cat /proc/1/comm)'
anchor=$(anchor_pids)
wait_until 5 runs "$program" "$anchor" || fail "it runs $(readlink "/proc/$anchor/exe")"
seen_by three
expect_match "$(seen_of zombies)" '^0 of nsi-set-' "processes that have ended and that PID 1 has not reaped"
leave three
expect_all_gone
case_ok

case_begin "without the program, an anchor stays what it was"
lab 'namespaces = [ "mount", "ipc" ];'
mv "$program" "$program.away"
rig_stop_helper
stay four ssh alice true
sleep 0.5
expect_eq "$(readlink "/proc/$(anchor_pids)/exe")" "$helper_path" "what it runs"
leave four
expect_all_gone
mv "$program.away" "$program"
rig_stop_helper
case_ok

case_begin "in a user namespace it executes nothing: it would be that namespace's"
lab 'namespaces = [ "mount" ]; user = "map";'
stay five ssh alice true
sleep 0.5
expect_eq "$(readlink "/proc/$(anchor_pids)/exe")" "$helper_path" "what it runs"
leave five
expect_all_gone
case_ok
