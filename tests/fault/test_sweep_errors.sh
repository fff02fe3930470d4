#!/bin/bash
# SPDX-License-Identifier: MIT
# Every system call of a login fails, one at a time: in the application with the module, and in the
# helper with all that it starts.
. "$(dirname "$0")/../session/rig.sh"
. "$(dirname "$0")/sweep.sh"
sweep_ready

case_begin "every call of the module fails once, with each error"
login >/dev/null
login strace -qq -o /run/rig/trace >/dev/null
first=$(grep -n '/etc/pam.d/rig"' /run/rig/trace | head -n 1 | cut -d: -f1)
sweep_calls=$(($(wc -l </run/rig/trace) - first))
number=0
for ((call = first; call <= first + sweep_calls; call++)); do
	for error in $sweep_errors; do
		number=$((number + 1))
		chosen $number 23 || continue
		what="$error at call $call of the application ($(sed -n "${call}p" /run/rig/trace | cut -c1-60))"
		judge "$(login strace -qq -o /dev/null -e trace=none -e inject=all:error=$error:when=$call)" "$what"
		sweep_injections=$((sweep_injections + 1))
		next_login_works "$what"
	done
done
clean "in the end"
expect_host_untouched
sweep_say "module"
case_ok

case_begin "every call of the helper, its anchors and its other children fails once, with each error"
helper_under -o /run/rig/trace
login >/dev/null
clean "before"
sweep_calls=$(longest /run/rig/trace)
number=0
for ((call = 2; call <= sweep_calls; call++)); do
	for error in $sweep_errors; do
		number=$((number + 1))
		chosen $number 61 || continue
		what="$error at call $call of each process of the helper's"
		helper_under -o /dev/null -e trace=none -e inject=all:error=$error:when=$call
		judge "$(login)" "$what"
		sweep_injections=$((sweep_injections + 1))
		slay_helper
		next_login_works "$what"
		clean "$what"
	done
done
expect_host_untouched
sweep_say "helper"
case_ok
