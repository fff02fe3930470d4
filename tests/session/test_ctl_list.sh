#!/bin/bash
# SPDX-License-Identifier: MIT
# nsisolate list and matrix: what lives, as the kernel sees it.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

inode() { # KIND PID
	readlink "/proc/$2/ns/$1" | tr -dc 0-9
}

case_begin "with no sets, there is nothing to list"
run_ctl list
expect_eq "$status $out" "0 no live sets" "the list"
run_ctl list --json
expect_eq "$(jq -c .sets <<<"$out")" "[]" "the sets"
expect_eq "$(json "$out" version)" 1 "version"
run_ctl list -o set,user --noheadings
expect_eq "$status $out" "0 " "the columns"
case_ok

case_begin "list shows sets, sessions, processes and namespaces as lsns does"
stay one ssh alice "dd if=/dev/zero of=/tmp/big bs=64k count=16 2>/dev/null; dd if=/dev/zero of=/var/tmp/big bs=64k count=8 2>/dev/null; $look"
stay two su bob "$look"
stay three su alice true
seen_by one
set=$(seen_of set)
pid=$(pgrep -u alice -o -f stay.three) # not what it has just forked
run_ctl list
expect_eq "$status" 0 "status"
expect_match "$out" "$set +alice +2001 +lab +user +live +[0-9]+ +$(inode mnt "$pid") +$(inode ipc "$pid") +$(inode uts "$pid")" "alice's set"
expect_match "$out" "bob +2002 +lab +user +live" "bob's set"
expect_match "$out" "$set +alice +[0-9]+ +sshd +ssh +20" "the session by ssh"
expect_match "$out" "$set +alice +[0-9]+ +su +(-|pts/[0-9]+) +20" "the session by su"
expect_match "$out" "$set +/tmp +tmpfs +1.0M" "use of /tmp"
expect_match "$out" "$set +/var/tmp +disk +51[0-9]K" "use of /var/tmp"
expect_match "$(lsns -n -t mnt -o NS)" "$(inode mnt "$pid")" "lsns"
case_ok

case_begin "list --json says the same"
run_ctl list --json
mine=$(jq -c ".sets[] | select(.set == $set)" <<<"$out")
expect_eq "$(jq '.sets | length' <<<"$out")" 2 "sets"
expect_eq "$(jq -r '[.user,.uid,.policy,.scope,.state,.hostname] | join(" ")' <<<"$mine")" "alice 2001 lab user live rig-alice" "alice's set"
expect_eq "$(jq -c .kinds <<<"$mine")" '["mount","ipc","uts"]' "kinds"
expect_eq "$(jq .namespaces.mnt <<<"$mine")" "$(inode mnt "$pid")" "mount namespace"
expect_eq "$(jq .namespaces.net <<<"$mine")" "$(inode net self)" "net namespace, the host's"
expect_eq "$(jq -r '[.sessions[].service] | sort | join(" ")' <<<"$mine")" "sshd su" "services"
expect_eq "$(jq '.processes > 3' <<<"$mine")" true "processes"
expect_eq "$(jq '.directories[] | select(.path == "/tmp") | .used' <<<"$mine")" 1048576 "use of /tmp"
case_ok

case_begin "-o names columns: of sets, of sessions, of directories"
run_ctl list -o set,user,sessions,allused --noheadings
expect_match "$out" "$set alice +2 +1.5M" "a row a set"
expect_eq "$(wc -l <<<"$out")" 2 "rows"
run_ctl list -o SET,USER,PID,SERVICE
expect_match "$out" "^SET USER +PID SERVICE" "headings"
expect_eq "$(wc -l <<<"$out")" 4 "rows: a heading and three sessions"
run_ctl list -o set,directory,method,used,size,rule -n
expect_eq "$(wc -l <<<"$out")" 6 "rows"
run_ctl list -o pid,directory
expect_eq "$status" 2 "status of columns that do not go together"
case_ok

case_begin "matrix: the host first, a row a set, a column a kind"
run_ctl matrix
expect_match "$(sed -n 1p <<<"$out")" "SET USER +POLICY +MNT +IPC +UTS +NET +PID +CGROUP +TIME +USERNS" "headings"
expect_match "$(sed -n 2p <<<"$out")" "^host .* $(inode mnt self) +$(inode ipc self) +$(inode uts self) +$(inode net self) " "the host"
expect_match "$out" "$set +alice +lab +$(inode mnt "$pid") +$(inode ipc "$pid") +$(inode uts "$pid") +host +host +host +host +host" "alice's set"
expect_eq "$(wc -l <<<"$out")" 4 "rows"
case_ok

case_begin "an ordinary user sees their own set, from inside"
out=$(as_su alice "/usr/local/sbin/nsisolate list")
expect_match "$out" "$set +alice +2001 +lab +- +live +[0-9]+ +$(inode mnt "$pid")" "her set"
expect_match "$out" "$set +/tmp +tmpfs +1.0M" "her /tmp"
expect_match "$out" "$set +/var/tmp +disk +51[0-9]K" "her /var/tmp"
expect_no_match "$out" "/etc/|bob" "and nothing else"
out=$(as_su alice "/usr/local/sbin/nsisolate list --json")
expect_eq "$(json "$out" sets.0.set)" "$set" "in JSON"
as_su alice "/usr/local/sbin/nsisolate matrix" 2>/dev/null
expect_eq $? 4 "status of matrix"
case_ok

case_begin "an ordinary user sees it from outside, too, and others see nothing"
out=$(setpriv --reuid alice --regid alice --clear-groups nsisolate list)
expect_match "$out" "$set +alice +2001 +lab" "from outside"
out=$(setpriv --reuid carol --regid carol --clear-groups nsisolate list)
expect_eq "$out" "no live sets" "carol"
case_ok

case_begin "list works with the helper down, and sees an anchor go"
kill_helper
run_ctl list
expect_match "$out" "$set +alice +2001 +lab +user +live" "without a helper"
expect_match "$out" "$set +alice +[0-9]+ +sshd" "its sessions"
expect_eq "$(helper_is_down && echo down)" down "the helper still"
run_ctl list -o set,anchor -n
kill -KILL "$(awk -v s="$set" '$1 == s { print $2 }' <<<"$out")"
wait_until 5 set_is "$set" orphaned || fail "the list does not see that the anchor is gone"
case_ok

case_begin "a set that only processes hold is draining"
expect_ok as_su bob true # starts a helper
leave one
leave three
stay one su alice "$lasting"
set=$(nsisolate list -n -o set alice | tr -d ' ')
leave one
wait_until 5 set_is "$set" draining
run_ctl list -o user,state,sessions -n
expect_match "$out" "alice +draining +0" "the state"
pkill -u alice sleep
leave two
expect_all_gone
case_ok

case_begin "list says how each directory is kept"
policy <<END
version = 1;
policies = { kept = { namespaces = [ "mount" ]; directories = (
	{ path = "/tmp"; method = "disk"; retain = "session"; }, { path = "/dev/shm"; method = "tmpfs"; },
	{ path = "/var/tmp"; method = "tmpfs"; }, { path = "/srv"; method = "overlay"; } ); }; };
rules = ( { user = "alice"; policy = "kept"; } );
END
stay one su alice "$look"
run_ctl list --noheadings -o directory,method
expect_eq "$(tr -s ' ' <<<"$out" | sort | tr '\n' ';')" "/dev/shm tmpfs;/srv overlay;/tmp disk;/var/tmp tmpfs;" "methods"
run_ctl list --json
expect_eq "$(jq -r '.sets[0].directories[] | select(.path == "/srv").method' <<<"$out")" overlay "JSON"
expect_eq "$(as_su alice "/usr/local/sbin/nsisolate list --noheadings -o directory,method" | tr -s ' ' | sort | tr '\n' ';')" \
	"/dev/shm tmpfs;/srv overlay;/tmp disk;/var/tmp tmpfs;" "for the user"
leave one
expect_all_gone
default_policy
case_ok

case_begin "the completion of bash knows verbs, options, and who is live"
stay one su alice "$look"
seen_by one
complete_words() { # WORD...: what may stand in place of the last one
	in_time bash -c '. /usr/local/share/bash-completion/completions/nsisolate
		compopt() { :; }
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
		_nsisolate && echo "${COMPREPLY[@]}"' - "$@"
}
expect_eq "$(complete_words nsisolate c)" "check copy close convert" "verbs"
expect_eq "$(complete_words nsisolate list --no)" "--noheadings" "options"
expect_eq "$(complete_words nsisolate list -o set,use)" "set,user set,userns set,used" "columns"
expect_eq "$(complete_words nsisolate enter '')" "alice $(seen_of set)" "live sets"
expect_eq "$(complete_words nsisolate --rundir /nowhere close '')" "" "live sets of another rundir"
leave one
expect_all_gone
case_ok
