#!/bin/bash
# SPDX-License-Identifier: MIT
# A file system of private directories that one user has filled: the others get in.
. "$(dirname "$0")/rig.sh"

small() { # MOUNT OPTIONS...: a statedir of its own, without a reserve for root
	mkdir -p -m 700 $statedir
	mount -t tmpfs -o "$1,mode=700" small $statedir
}
room() {
	df -k --output=avail $statedir | tail -n 1 | xargs
}
has_reserve() {
	[ "$(ls $statedir/reserve 2>/dev/null | wc -l)" = 128 ]
}
shared_server() { # RETAIN
	policy <<-END
		version = 1;
		policies = { shared = { namespaces = [ "mount", "ipc" ];
		  directories = ( { path = "/tmp"; method = "disk"; retain = "$1"; }, { path = "/var/tmp"; method = "disk"; retain = "30d"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "shared"; } );
	END
}
gets_in() { # WAY USER
	expect_ne "$("as_$1" "$2" "$ns_cmd")" "$(bash -c "$ns_cmd")" "namespaces of $2 by $1"
	expect_ok "as_$1" "$2" 'test -d /tmp && touch -c /tmp/none'
}

shared_server boot
small size=16M
isolate

case_begin "a user fills the file system: the others get in, isolated, again and again"
stay filler ssh alice '(until test -e ~/begin; do sleep 0.1; done; while :; do cat /dev/zero >>/tmp/fill; sleep 0.01; done) >/dev/null 2>&1 & true'
wait_until 10 has_reserve || fail "reserve: $(ls $statedir/reserve | wc -l)"
touch /home/alice/begin
is_full() { [ "$(room)" = 0 ]; }
wait_until 20 is_full || fail "room: $(room)"
gets_in ssh bob
gets_in su carol
gets_in ssh bob
stay two ssh bob true
gets_in su bob
leave two
expect_eq "$(room)" 0 "room"
expect_no_match "$(cat "$(rig_written_log)")" refused "log"
expect_eq "$(cat $statedir/u2002/owner)" bob "the owner's name"
case_ok

case_begin "root and a helper that is started now, too"
expect_ok as_su root true
slay $(main_pid)
gets_in ssh bob
gets_in su carol
case_ok

case_begin "who ends it is the sweeper: the reserve is filled up again"
pkill -KILL -u alice
leave filler
rm -f $statedir/u2001/tmp/fill
run_ctl gc
wait_until 10 has_reserve || fail "reserve: $(ls $statedir/reserve | wc -l)"
wait_until 10 nobody_isolated
rig_stop_helper
umount $statedir
case_ok

case_begin "a user takes the last inode: the same"
shared_server session
small size=64M,nr_inodes=400
expect_ok as_su carol true # so that root's reserve is there
wait_until 10 has_reserve || fail "reserve: $(ls $statedir/reserve | wc -l)"
stay filler ssh alice 'for i in $(seq 2000); do : >/tmp/$i; done 2>/dev/null; touch /tmp/0 2>&1'
expect_eq "$(df --output=iavail $statedir | tail -n 1 | xargs)" 0 "inodes"
gets_in ssh bob
gets_in su carol
leave filler
wait_until 10 nobody_isolated
rig_stop_helper
umount $statedir
expect_all_gone
case_ok
