# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# At the end: has AppArmor refused the helper anything, in all that was done since the system was made?

profile=nsisolate-helper
denials() {
	journalctl -q --no-pager -o cat _TRANSPORT=kernel + _TRANSPORT=audit |
		grep 'apparmor="DENIED"' | grep -E "profile=\"$profile|$profile" || :
}

# Whoever looks must find one: it tries what the profile does not allow.
provoke() {
	aa-exec -p $profile -- /usr/bin/env true 2>/dev/null
	wait_until 20 eval '[ -n "$(denials)" ]'
}

case_begin "AppArmor has refused the helper nothing, from the first boot on"
if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then
	expect_has "$(grep -s "^$profile " /sys/kernel/security/apparmor/profiles)" "(enforce)" "the profile"
	as_su alice true || fail "status $?"
	expect_has "$(cat "/proc/$(systemctl show -P MainPID nsisolate.service)/attr/current")" \
		"$profile (enforce)" "what the helper runs under"
	expect_eq "$(denials)" "" "denials"
	expect_ok provoke
	case_ok
else
	case_skip "this kernel runs without AppArmor"
fi
everybody_gone
