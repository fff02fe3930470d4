#!/bin/bash
# SPDX-License-Identifier: MIT
# SIGKILL at every system call of a login: in the application with the module, and in the helper
# with all that it starts.
. "$(dirname "$0")/../session/rig.sh"
. "$(dirname "$0")/sweep.sh"
sweep_ready

case_begin "the application is killed at every call"
login >/dev/null
login strace -qq -o /run/rig/trace >/dev/null
mapfile -t calls < <(calls_of_module /run/rig/trace)
sweep_calls=${#calls[@]} number=0
: >/run/rig/injected
for call in "${calls[@]}"; do
	number=$((number + 1))
	chosen $number 3 || continue
	what="killed at ${call% *} number ${call#* } of the application"
	judge "$(login strace -qq -o /run/rig/injected -e inject=${call% *}:signal=SIGKILL:when=${call#* })" "$what"
	count_injected
	next_login_works "$what"
done
clean "in the end"
expect_host_untouched
sweep_end "module"
case_ok

case_begin "the helper, its anchors and its other children are killed at every call"
helper_under -o /run/rig/trace
login >/dev/null
clean "before"
mapfile -t calls < <(calls_of /run/rig/trace)
sweep_calls=${#calls[@]} number=0
for call in "${calls[@]}"; do
	number=$((number + 1))
	chosen $number 29 || continue
	what="killed at ${call% *} number ${call#* } of each process of the helper's"
	helper_under -o /run/rig/injected -e inject=${call% *}:signal=SIGKILL:when=${call#* }
	judge "$(login)" "$what"
	slay_helper
	count_injected
	next_login_works "$what"
	clean "$what"
done
expect_host_untouched
sweep_end "helper"
case_ok

case_begin "a live session is unharmed wherever the helper that takes it over is killed"
stay one ssh alice "$look"
seen_by one
first=$(seen_of ns)
helper_under -o /run/rig/trace
expect_eq "$(as_ssh alice "test -e /tmp/mine && test -e /var/tmp/mine && $ns_cmd")" "$first" "before"
mapfile -t calls < <(calls_of /run/rig/trace)
sweep_calls=${#calls[@]} number=0
for call in "${calls[@]}"; do
	number=$((number + 1))
	chosen $number 31 || continue
	what="taken over, and killed at ${call% *} number ${call#* }"
	helper_under -o /run/rig/injected -e inject=${call% *}:signal=SIGKILL:when=${call#* }
	judge "$(login)" "$what"
	slay_helper
	count_injected
	expect_eq "$(login | sed -n 's/^at //p')" "$first" "$what: the next login"
done
expect_eq "$(as_ssh alice "test -e /tmp/mine && test -e /var/tmp/mine && $ns_cmd")" "$first" "in the end"
leave one
clean "in the end"
sweep_end "taking over"
case_ok
