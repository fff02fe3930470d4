#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: after helper and anchors were killed, sets are known by numbers, which other systems on this kernel take
# What another version of the program has left: its anchors, its records, its way of asking.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

# An upgrade that finds another version's set: its anchor runs a file that is no more, and its record
# has another form.
former_anchor() {
	local anchor record id
	slay $(main_pid)
	anchor=$(anchor_pids) record=$(sets_left) id=$(basename "$record")
	cp $helper_path /run/rig/helper && cp "$rig_tools/former" $helper_path.new && mv $helper_path.new $helper_path
	$helper_path $rundir "$id" &
	former=$!
	disown $former
	is_former() { [ $(($(stat -c %s "$record") % 512)) = 0 ] && [ "$(od -An -tu4 -j12 -N4 "$record" | xargs)" = 10752 ]; }
	wait_until 5 is_former || fail "no anchor of an earlier version"
	cp -p /run/rig/helper $helper_path.new && mv $helper_path.new $helper_path
	slay $anchor
}

case_begin "an anchor and a record of an earlier version are taken over, with their sessions"
session_of one
former_anchor
expect_match "$(run_ctl list >/dev/null; echo "$out")" 'alice' "the list, without a helper"
still_there "namespaces"
expect_match "$(grep 'took over set=' "$(rig_written_log)" | tail -n 1)" 'sessions=1 built-by=earlier' "log"
expect_eq "$(od -An -tu4 -j12 -N4 "$(sets_left)" | xargs)" 11776 "the record, written anew"
expect_ok kill -0 $former
still_there "namespaces, once more"
leave one
expect_all_gone
expect_fails kill -0 $former
case_ok

case_begin "an earlier version's record is lost: the set is had back from what its anchor kept"
session_of one
former_anchor
rm $rundir/sets/*
still_there "namespaces"
expect_match "$(cat "$(rig_written_log)")" "its anchor $former has a copy" "log"
leave one
expect_all_gone
case_ok

case_begin "an anchor of an earlier version that is killed has one of this version for a successor"
session_of one
former_anchor
still_there "namespaces"
slay $former
still_there "namespaces, with another anchor"
leave one
expect_all_gone
case_ok


# One message of a version of the protocol: its header, which is the same for ever.
cat >/run/rig/wire.py <<'END'
import os, socket, struct, sys
path, what, version = sys.argv[1], sys.argv[2], int(sys.argv[3])
def message(kind):
    return struct.pack("=IHHII", 0x4e534957, version, kind, 16, 0)
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
if what == "ask":
    s.connect(path)
    s.settimeout(5)
    s.send(message(1))
    answer = s.recv(65536)
    print("version %d type %d" % struct.unpack("=IHHII", answer[:16])[1:3] if answer else "end")
else:
    s.bind(path)
    s.listen()
    s.settimeout(0.2)
    while not os.path.exists(sys.argv[4]):
        try:
            c, _ = s.accept()
            c.recv(65536)
            c.send(message(67))
            c.close()
        except TimeoutError:
            pass
    os.unlink(path)
END

ask() { # VERSION
	timeout 10 python3 /run/rig/wire.py $rundir/helper.sock ask "$1"
}

stand_in() { # VERSION: a helper that refuses everything in words of its own, until "stand_in_end"
	rig_stop_helper
	rm -f $rundir/helper.sock /run/rig/stand-in.end
	python3 /run/rig/wire.py $rundir/helper.sock answer "$1" /run/rig/stand-in.end &
	stand_in=$!
	wait_until 5 test -S $rundir/helper.sock
}

stand_in_end() {
	touch /run/rig/stand-in.end
	wait $stand_in
}

case_begin "a module of a later version: the helper makes way if its file was replaced, and only then"
session_of one
helper=$(main_pid)
expect_eq "$(ask 0)" "version 1 type 67" "an earlier version"
expect_eq "$(ask 2)" "version 1 type 67" "a later version, with nothing to make way for"
expect_eq "$(main_pid)" "$helper" "the helper"
cp -p $helper_path $helper_path.new && mv $helper_path.new $helper_path
expect_eq "$(ask 0)" "version 1 type 67" "an earlier version, after an upgrade"
expect_eq "$(main_pid)" "$helper" "the helper"
expect_eq "$(ask 2)" "end" "a later version, after an upgrade"
wait_until 5 gone "$helper" || fail "the old helper stays"
still_there "namespaces"
leave one
expect_all_gone
case_ok

case_begin "a module that meets a helper of an earlier version waits until another has taken its place"
stack rig "$rig_service"
as_ssh bob true
stand_in 0
"$rig_tools/pamhost" -s rig -u alice open close >/run/rig/out 2>&1 &
login=$!
sleep 1
expect_ok kill -0 $login
expect_eq "$(cat /run/rig/out)" "" "what it has been told meanwhile"
stand_in_end
wait $login
expect_match "$(cat /run/rig/out)" 'open PAM_SUCCESS' "the login"
expect_all_gone
case_ok

case_begin "none takes its place: refused in time, with what to do"
stack rig "$rig_service timeout=2"
stand_in 0
begun=$(date +%s%N)
seen=$("$rig_tools/pamhost" -s rig -u alice open close 2>&1)
took=$((($(date +%s%N) - begun) / 1000000))
expect_match "$seen" 'open PAM_SYSTEM_ERR' "the login"
expect_match "$(grep refused "$(rig_written_log)" | tail -n 1)" 'earlier version.*restart it' "log"
[ $took -lt 9000 ] || fail "it took $took ms"
stand_in_end
case_ok

case_begin "a helper of a later version: refused at once, as waiting would not help"
stack rig "$rig_service timeout=20"
stand_in 9
SECONDS=0
seen=$("$rig_tools/pamhost" -s rig -u alice open close 2>&1)
[ $SECONDS -lt 10 ] || fail "it took $SECONDS s"
expect_match "$seen" 'open PAM_SYSTEM_ERR' "the login"
expect_match "$(grep refused "$(rig_written_log)" | tail -n 1)" 'later version.*restart the program' "log"
stand_in_end
rm -f $rundir/helper.sock
expect_ok as_ssh bob true
expect_all_gone
case_ok
