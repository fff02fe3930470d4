#!/bin/bash
# SPDX-License-Identifier: MIT
# Logins while the last session of a set is leaving.  Both outcomes are steered: a login that comes
# before the close joins, one that comes after the end gets a new set; in between, the moment moves.
# slow: three policies, each with logins that are moved along the end of a set
. "$(dirname "$0")/../session/rig.sh"

default_policy
isolate
stack rig "$rig_service"
rounds=${LONG:+5000}

for keys in '' 'on_last_close = "kill"; kill_grace = "0s";' 'linger = "1s";'; do
	case_begin "nobody ever gets into a dying set${keys:+, with $keys}"
	default_policy
	sed -i "s/scope = \"user\";/& $keys/" /etc/security/nsisolate.conf
	sets=/run/nsisolate/sets
	[[ $keys != linger* ]] || sets= # each set would take a second to end
	"$rig_tools/racer" rig alice "${rounds:-120}" ${sets:+"$sets"} >/run/rig/out 2>/run/rig/err ||
		fail "$(cat /run/rig/out /run/rig/err)"
	echo "# $(cat /run/rig/out)"
	expect_all_gone
	case_ok
done
