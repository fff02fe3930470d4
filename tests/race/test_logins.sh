#!/bin/bash
# SPDX-License-Identifier: MIT
# A login at the moment when something else happens: 200 rounds each, LONG=1 for 20,000; RACE_SEED for another seed.
# slow: fourteen races of 200 rounds each, none of which waits
. "$(dirname "$0")/../session/rig.sh"

stack rig "$rig_service"
export WALK_TOOLS=$rig_tools
rounds=${RACE_ROUNDS:-${LONG:+20000}}

for race in ${RACES:-reload broken helper-killed helper-told anchor-killed close-forced gc refresh mount-above mount-beside \
	file-replaced other-user same-user application-killed}; do
	case_begin "a login against: $race"
	python3 /src/tests/race/races.py "$race" "${rounds:-200}" "${RACE_SEED:-1}" >/run/rig/race 2>&1 || fail "$(cat /run/rig/race)"
	echo "# $(cat /run/rig/race)" >&2
	expect_all_gone
	case_ok
done
