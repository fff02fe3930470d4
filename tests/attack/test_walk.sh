#!/bin/bash
# SPDX-License-Identifier: MIT
# A walk of random steps, each followed by a look at the invariants: 300 steps, LONG=1 for 10,000, WALK_SEED for a seed.
# slow: 300 steps, each followed by a look at all invariants
. "$(dirname "$0")/../session/rig.sh"

stack rig "$rig_service"
mkdir -p /mnt && export WALK_TOOLS=$rig_tools

walk() { # STEPS SEED
	case_begin "$1 steps of seed $2"
	python3 /src/tests/attack/walk.py "$1" "$2" >/run/rig/walk 2>&1 || fail "$(cat /run/rig/walk)"
	echo "# $(cat /run/rig/walk)" >&2
	expect_all_gone
	case_ok
}

if [ -n "${WALK_SEED:-}" ]; then
	walk "${WALK_STEPS:-150}" "$WALK_SEED"
elif [ -n "${LONG:-}" ]; then
	for seed in {1..40}; do
		walk 250 "$seed"
	done
else
	walk 150 1
	walk 150 2
fi
