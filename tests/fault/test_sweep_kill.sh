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
first=$(grep -n '/etc/pam.d/rig"' /run/rig/trace | head -n 1 | cut -d: -f1)
sweep_calls=$(($(wc -l </run/rig/trace) - first))
for ((call = first; call <= first + sweep_calls; call++)); do
	chosen $((call - first)) 5 || continue
	what="killed at call $call of the application ($(sed -n "${call}p" /run/rig/trace | cut -c1-60))"
	judge "$(login strace -qq -o /dev/null -e trace=none -e inject=all:signal=SIGKILL:when=$call)" "$what"
	sweep_injections=$((sweep_injections + 1))
	next_login_works "$what"
done
clean "in the end"
expect_host_untouched
sweep_say "module"
case_ok

case_begin "the helper, its anchors and its other children are killed at every call"
helper_under -o /run/rig/trace
login >/dev/null
clean "before"
sweep_calls=$(longest /run/rig/trace)
for ((call = 2; call <= sweep_calls; call++)); do
	chosen $call 9 || continue
	what="killed at call $call of each process of the helper's"
	helper_under -o /dev/null -e trace=none -e inject=all:signal=SIGKILL:when=$call
	judge "$(login)" "$what"
	sweep_injections=$((sweep_injections + 1))
	slay_helper
	next_login_works "$what"
	clean "$what"
done
expect_host_untouched
sweep_say "helper"
case_ok

case_begin "a live session is unharmed wherever the helper that takes it over is killed"
stay one ssh alice "$look"
seen_by one
first=$(seen_of ns)
helper_under -o /run/rig/trace
expect_eq "$(as_ssh alice "test -e /tmp/mine && test -e /var/tmp/mine && $ns_cmd")" "$first" "before"
sweep_calls=$(longest /run/rig/trace)
for ((call = 2; call <= sweep_calls; call++)); do
	chosen $call 19 || continue
	helper_under -o /dev/null -e trace=none -e inject=all:signal=SIGKILL:when=$call
	judge "$(login)" "taken over, and killed at call $call"
	sweep_injections=$((sweep_injections + 1))
	slay_helper
	expect_eq "$(login | sed -n 's/^at //p')" "$first" "taken over after a kill at call $call"
done
expect_eq "$(as_ssh alice "test -e /tmp/mine && test -e /var/tmp/mine && $ns_cmd")" "$first" "in the end"
leave one
clean "in the end"
sweep_say "taking over"
case_ok
