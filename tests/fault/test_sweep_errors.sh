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
mapfile -t calls < <(calls_of_module /run/rig/trace)
sweep_calls=${#calls[@]} number=0
: >/run/rig/injected
for call in "${calls[@]}"; do
	for error in $sweep_errors; do
		number=$((number + 1))
		chosen $number 13 || continue
		what="$error at ${call% *} number ${call#* } of the application"
		judge "$(login strace -qq -o /run/rig/injected -e inject=${call% *}:error=$error:when=${call#* })" "$what"
		count_injected
		next_login_works "$what"
	done
done
clean "in the end"
expect_host_untouched
sweep_end "module"
case_ok

case_begin "every call of the helper, its anchors and its other children fails once, with each error"
helper_under -o /run/rig/trace
login >/dev/null
clean "before"
mapfile -t calls < <(calls_of /run/rig/trace)
sweep_calls=${#calls[@]} number=0
for call in "${calls[@]}"; do
	[ "${call% *}" != execve ] || continue
	for error in $sweep_errors; do
		number=$((number + 1))
		chosen $number 211 || continue
		what="$error at ${call% *} number ${call#* } of each process of the helper's"
		helper_under -o /run/rig/injected -e inject=${call% *}:error=$error:when=${call#* }
		judge "$(login)" "$what"
		slay_helper
		count_injected
		next_login_works "$what"
		clean "$what"
	done
done
expect_host_untouched
sweep_end "helper"
case_ok
