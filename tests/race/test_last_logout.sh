#!/bin/bash
# SPDX-License-Identifier: MIT
# Logins while the last session of a set is leaving, with random delays.
. "$(dirname "$0")/../session/rig.sh"

default_policy
isolate
stack rig "$rig_service"
rounds=${LONG:+5000}

for keys in '' 'on_last_close = "kill"; kill_grace = "0s";' 'linger = "1s";'; do
	case_begin "nobody ever gets into a dying set${keys:+, with $keys}"
	default_policy
	sed -i "s/scope = \"user\";/& $keys/" /etc/security/nsisolate.conf
	"$rig_tools/racer" rig alice "${rounds:-120}" >/run/rig/out || fail "$(cat /run/rig/out)"
	echo "# $(cat /run/rig/out)"
	case $keys in
	linger*) ;;
	*) expect_no_match "$(cat /run/rig/out)" ' 0 (joined|got)' "both outcomes were met" ;;
	esac
	expect_all_gone
	case_ok
done
