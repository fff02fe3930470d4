# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What did the command say?

# run_ctl ARG...: as $out, $err and $status.
run_ctl() {
	out=$(in_time nsisolate "$@" 2>/run/rig/err)
	status=$?
	err=$(cat /run/rig/err)
}

json() { # TEXT PATH: "sets.0.user"
	jq -r --arg path "$2" 'getpath($path | split(".") | map(tonumber? // .))' <<<"$1"
}

# The helper alone, not the anchors: what an upgrade or a crash does to it.
kill_helper() {
	local pid
	for pid in $(helper_pids); do
		grep -qa 'nsisolate-helper' "/proc/$pid/cmdline" && kill -KILL "$pid"
	done
	wait_until 5 helper_is_down
}

helper_is_down() {
	! grep -lqa 'nsisolate-helper' /proc/[0-9]*/cmdline 2>/dev/null
}

# set_is SET STATE
set_is() {
	nsisolate list -n -o set,state | grep -qE "^ *$1 +$2"
}
