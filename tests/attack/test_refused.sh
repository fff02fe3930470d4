#!/bin/bash
# SPDX-License-Identifier: MIT
# Hundreds of logins that are refused: what they write into the log, and what they leave.
. "$(dirname "$0")/../session/rig.sh"

stack rig "$rig_service"
many=200
[ -z "${LONG:-}" ] || many=10000

# Eight at once, MANY in all.
storm() { # USER
	seq $many | xargs -P 8 -I{} "$rig_tools/pamhost" -s rig -u "$1" open end 2>&1 | sort | uniq -c >/run/rig/out
}

# refusals WHAT USER: the lines of the log are as many as the logins, and short.
refusals() {
	local before lines
	case_begin "$many logins are refused, as $1: a line of each, and nothing is left"
	before=$(wc -l <"$(rig_settled_log)")
	storm "$2"
	expect_fails grep -q 'open PAM_SUCCESS' /run/rig/out
	expect_eq "$(awk '/open PAM_/ { n += $1 } END { print n }' /run/rig/out)" $many "refused logins"
	# pamhost and libpam have lines of their own.
	tail -n +$((before + 1)) "$(rig_settled_log)" | grep nsisolate | grep -v 'conversation failed' >/run/rig/lines
	lines=$(grep -c . /run/rig/lines)
	[ "$lines" -le $((many * 3 / 2)) ] || fail "$lines lines for $many logins: $(cut -c1-200 /run/rig/lines | sort | uniq -c | sort -rn | head -n 3)"
	expect_eq "$(awk 'length > 1000' /run/rig/lines | wc -l)" 0 "lines of more than 1000 letters"
	expect_all_gone
	wait_until 5 eval '[ "$(helper_pids | wc -l)" -le 1 ]' || fail "processes: $(helper_pids | xargs)"
	[ "$(du -sk $rundir | cut -f1)" -lt 2000 ] || fail "the run directory has $(du -sk $rundir)"
	case_ok
}

unmeetable_policy
refusals "the policy cannot be met" alice
policy <<<'version = 1; rules = ('
rig_forget_policy
refusals "the policy is broken" alice
default_policy
rig_forget_policy

case_begin "and then everybody gets in"
expect_match "$(as_pamhost alice open run "$ns_cmd" close end | xargs)" 'open PAM_SUCCESS .*mnt.*close PAM_SUCCESS' "alice"
expect_all_gone
case_ok
