#!/bin/bash
# SPDX-License-Identifier: MIT
# Logins that join by the page of joins against ends of their set, edits of the policy, and kills of the
# helper, all at once.  LONG=1: 100,000 rounds, of three users at once; ROUNDS of each user and SEED
# make it a part of those.
. "$(dirname "$0")/../session/rig.sh"

default_policy
isolate
stack rig "$rig_service"
rounds=${ROUNDS:-${LONG:+33334}}
users=(alice)
[ -z "$rounds" ] || users=(alice bob carol)
touch /run/rig/disturb

disturb() {
	local n=0
	while [ -e /run/rig/disturb ]; do
		n=$((n + 1))
		case $((n % 4)) in
		0) kill_helper ;;
		1) sed -i "s/^# .*//; \$a # edit $n" /etc/security/nsisolate.conf ;;
		2) pkill -HUP -o -f "^$helper_path" ;;
		3) nsisolate list >/dev/null ;;
		esac
		sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
	done
}

case_begin "nobody gets into a dying set, and nobody is kept out, whatever happens beside"
disturb >/dev/null 2>&1 &
disturber=$!
racers=()
for user in "${users[@]}"; do
	SEED=$((${SEED:-20261122} + ${#racers[@]})) "$rig_tools/racer" rig $user "${rounds:-150}" >/run/rig/out.$user 2>/run/rig/err.$user &
	racers+=($!)
done
for racer in "${racers[@]}"; do
	wait $racer || fail "$(cat /run/rig/out.* /run/rig/err.*)"
done
rm /run/rig/disturb
wait $disturber
echo "# $(cat /run/rig/out.* | xargs), $(grep -c 'joined=yes' "$(rig_settled_log)") joined"
"$rig_tools/pamhost" -s rig -u alice open close >/dev/null # a helper that takes over what there is
expect_all_gone
case_ok
