#!/bin/bash
# SPDX-License-Identifier: MIT
# What is left of ended directories: it goes, whoever goes on filling it.
. "$(dirname "$0")/rig.sh"

with() { # ON-LAST-CLOSE SCOPE
	policy <<-END
		version = 1;
		policies = { lab = { scope = "$2"; namespaces = [ "mount", "ipc" ]; on_last_close = "$1"; kill_grace = "0s";
		  directories = ( { path = "/tmp"; method = "disk"; retain = "session"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}
with wait user
isolate

files_of() { # USER
	find "$statedir" -user "$1" -print -quit
}
none_of() { # USER
	[ -z "$(files_of "$1")" ]
}
trash_is_empty() {
	[ -z "$(ls -A $statedir/trash 2>/dev/null)" ]
}

# fillers COUNT: processes of alice, in no set, that have a directory of hers open and fill it.
fillers() {
	local i
	exec 7<"$(echo $statedir/s*/tmp/d)"
	for ((i = 0; i < $1; i++)); do
		setpriv --reuid 2001 --regid 2001 --clear-groups \
			bash -c 'for ((n = 0; ; n++)); do : >/proc/self/fd/7/f$0-$n || sleep 0.01; done' $i 2>/dev/null &
		filling+=($!)
	done
	exec 7<&-
}

# By descriptors of the host's tree, which keep no set: see test_end_disk.sh.
for how in 'wait user' 'kill group' 'force user' 'force group'; do
	read -r close scope <<<"$how"
	for killed in '' ', the helper killed in between'; do
		case_begin "directories that somebody goes on filling delay nobody else's end, and end themselves: $close, scope $scope$killed"
		with ${close/force/wait} $scope
		stay one ssh alice 'mkdir /tmp/d && chmod 777 /tmp/d && mkdir -p /tmp/d/deep/er/still && touch /tmp/d/deep/er/still/file'
		set=$(nsisolate list -n -o set | tr -d ' ')
		filling=()
		fillers 4
		is_filled() { [ "$(find $statedir/s*/tmp/d -name 'f*' | head -n 100 | wc -l)" = 100 ]; }
		wait_until 20 is_filled || fail "nothing is being filled"
		[ $close != force ] || in_time nsisolate close --force "$set"
		leave one
		[ -z "$killed" ] || slay $(main_pid)
		as_ssh bob 'for i in $(seq 200); do echo x >/tmp/of-bob$i; done'
		wait_until 25 none_of bob || fail "bob's files stay: $(files_of bob)"
		wait_until 40 none_of alice || fail "alice's files stay: $(files_of alice)"
		expect_ok kill -0 "${filling[0]}"
		kill "${filling[@]}" && wait "${filling[@]}" 2>/dev/null
		wait_until 10 trash_is_empty || fail "left: $(find $statedir/trash | head)"
		expect_all_gone
		case_ok
	done
done

case_begin "a helper that is stopped while it empties the trash: the next one goes on"
as_ssh alice 'for i in $(seq 30); do mkdir -p /tmp/a$i/b/c; for j in $(seq 30); do : >/tmp/a$i/b/c/$j; done; done'
expect_all_gone
rig_stop_helper
as_ssh bob true
wait_until 25 trash_is_empty || fail "left: $(find $statedir/trash | head)"
expect_all_gone
case_ok
