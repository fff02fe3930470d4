#!/bin/bash
# SPDX-License-Identifier: MIT
# Every allocation fails, one at a time: in the module, and in the helper.
. "$(dirname "$0")/../session/rig.sh"
. "$(dirname "$0")/sweep.sh"
sweep_ready
shim=$rig_tools/pam_nomem.so

case_begin "every allocation of the module fails once"
login >/dev/null
all=$(env LD_PRELOAD="$shim" NOMEM_FROM=module NOMEM_AT=1000000 "$rig_tools/pamhost" -s rig -u alice open close 2>&1 | sed -n 's/^allocations //p' | head -n 1)
[ "${all:-0}" -gt 3 ] || fail "no allocations were seen"
for ((at = 1; at <= all; at++)); do
	judge "$(login env LD_PRELOAD="$shim" NOMEM_FROM=module NOMEM_AT=$at)" "no memory for allocation $at of $all"
	sweep_injections=$((sweep_injections + 1))
	next_login_works "behind allocation $at"
done
clean "in the end"
echo "# module: $all allocations, $sweep_survivors logins that worked all the same"
sweep_survivors=0
case_ok

case_begin "every allocation of the helper fails once, and in all of its children"
number=0
for at in $(seq 1 120) $(seq 121 37 3000); do
	number=$((number + 1))
	chosen $number 5 || continue
	slay_helper
	rm -f $rundir/helper.sock
	LD_PRELOAD=$shim NOMEM_AT=$at $helper_path 2>/dev/null &
	sweep_helper=$!
	wait_until 5 helper_is_up_or_dead
	judge "$(login)" "no memory for allocation $at of the helper"
	slay_helper
	wait $sweep_helper 2>/dev/null
	next_login_works "behind allocation $at of the helper"
	clean "allocation $at of the helper"
done
case_ok
