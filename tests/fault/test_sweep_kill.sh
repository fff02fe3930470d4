#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: after helper and anchors were killed, sets are known by numbers, which other systems on this kernel take
# SIGKILL at every system call of a login: in the application with the module, and in the helper
# with all that it starts.
# slow: a login for each system call of application and helper, which is its last
. "$(dirname "$0")/../session/rig.sh"
. "$(dirname "$0")/sweep.sh"
sweep_ready

case_begin "the application is killed at every call"
find_calls_of_module
for call in "${calls[@]}"; do
	number=$((number + 1))
	! chosen $number 2 || try_module "$call" signal=SIGKILL killed
done
clean "in the end"
expect_host_untouched
sweep_end "module"
case_ok

case_begin "the helper, its anchors and its other children are killed at every call"
find_calls_of_helper
for call in "${calls[@]}"; do
	number=$((number + 1))
	! chosen $number 29 || try_helper "$call" signal=SIGKILL killed
done
expect_host_untouched
sweep_end "helper"
case_ok

rig_seconds=600 # its session stays for the whole sweep
case_begin "a login that joins by the page is killed at every call, and the set goes on without it"
stay one ssh alice "$look"
seen_by one
first=$(seen_of ns)
by_page() {
	login strace -qq -o /run/rig/trace >/dev/null
	! sed '/setns(/q' /run/rig/trace | grep -q helper.sock
}
wait_until 10 by_page || fail "no login joins by the page"
mapfile -t calls < <(calls_of_module /run/rig/trace)
sweep_begin "${calls[@]}"
for call in "${calls[@]}"; do
	number=$((number + 1))
	chosen $number 1 || continue
	what="by the page, and killed at ${call% *} number ${call#* }"
	judge "$(login strace -qq -o /run/rig/injected -e inject=${call% *}:signal=SIGKILL:when=${call#* })" "$what"
	count_injected
	expect_eq "$(next_login | sed -n 's/^at //p')" "$first" "$what: the next login"
done
has_one_session() { [ "$(nsisolate list --json | jq '[.sets[].sessions[]] | length')" = 1 ]; }
wait_until 5 has_one_session || fail "sessions: $(nsisolate list)"
leave one
clean "in the end"
sweep_end "by the page"
case_ok

case_begin "a live session is unharmed wherever the helper that takes it over is killed"
stay one ssh alice "$look"
seen_by one
first=$(seen_of ns)
helper_under -o /run/rig/trace
expect_eq "$(as_ssh alice "test -e /tmp/mine && test -e /var/tmp/mine && $ns_cmd")" "$first" "before"
login >/dev/null
login >/dev/null # by the page
sleep 1.2        # and collected
mapfile -t calls < <(calls_of /run/rig/trace)
sweep_begin "${calls[@]}"
for call in "${calls[@]}"; do
	number=$((number + 1))
	chosen $number 31 || continue
	what="taken over, and killed at ${call% *} number ${call#* }"
	helper_under -o /run/rig/injected -e inject=${call% *}:signal=SIGKILL:when=${call#* }
	judge "$(login)" "$what"
	judge "$(login)" "$what, by the page" # if it lives still
	slay_helper
	count_injected
	expect_eq "$(next_login | sed -n 's/^at //p')" "$first" "$what: the next login"
done
expect_eq "$(as_ssh alice "test -e /tmp/mine && test -e /var/tmp/mine && $ns_cmd")" "$first" "in the end"
leave one
clean "in the end"
sweep_end "taking over"
case_ok
