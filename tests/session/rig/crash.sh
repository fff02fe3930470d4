# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How are helper and anchors killed, and is a session that stays unharmed?

main_pid() { # the helper itself, of all that run its file; a login that starts one does so by a process that ends in between
	local i found=
	for i in {1..40}; do
		found=$(main_pids)
		[ "$(wc -w <<<"$found")" != 1 ] && [ -n "$(our_pids_named -x nsisolate-helpe)" ] || break
		sleep 0.05
	done
	[ -z "$found" ] || echo "$found"
}

main_pids() {
	local pid pids
	pids=" $(helper_pids | xargs) "
	for pid in $pids; do
		[[ $pids != *" $(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null) "* ]] || continue # a child of it
		[ "$(readlink "/proc/$pid/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ] || echo "$pid"
	done
}

anchor_pids() { # of sets: by the name that each has from its first moment on, or the one of its program
	our_pids_named -E '^(nsi-set-|nsisolate-ancho)'
}

has_anchor() {
	[ -n "$(anchor_pids)" ]
}

gone() {
	! kill -0 "$1" 2>/dev/null
}

slay() { # PID...: with nothing to say about it
	local pid
	for pid; do
		kill -KILL "$pid"
		wait_until 5 gone "$pid"
	done
}

session_of() { # NAME: what the staying session sees now, by a file of its own
	stay "$1" ssh alice "$look"
	seen_by "$1"
	first=$(seen_of ns)
}

still_there() { # the session's files and the set
	expect_eq "$(as_ssh alice "test -e /tmp/mine && test -e /var/tmp/mine && $ns_cmd")" "$first" "$1"
}
