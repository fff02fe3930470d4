#!/bin/bash
# SPDX-License-Identifier: MIT
# Every system call of a login fails, one at a time: in the application with the module, and in the
# helper with all that it starts.
. "$(dirname "$0")/../session/rig.sh"
. "$(dirname "$0")/sweep.sh"
sweep_ready

case_begin "every call of the module fails once, with each error"
find_calls_of_module
for call in "${calls[@]}"; do
	for error in $sweep_errors; do
		number=$((number + 1))
		! chosen $number 13 || try_module "$call" error=$error $error
	done
done
clean "in the end"
expect_host_untouched
sweep_end "module"
case_ok

case_begin "every call of the helper, its anchors and its other children fails once, with each error"
find_calls_of_helper
for call in "${calls[@]}"; do
	[ "${call% *}" != execve ] || continue
	for error in $sweep_errors; do
		number=$((number + 1))
		! chosen $number 211 || try_helper "$call" error=$error $error
	done
done
expect_host_untouched
sweep_end "helper"
case_ok
