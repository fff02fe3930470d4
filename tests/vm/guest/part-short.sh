# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The shortest way from the packages to people who are isolated, on the release's own kernel.

touch /tmp/host-mark
case_begin "from the packages to an isolated lab, by the commands of docs/debian.md"
echo "kernel $(uname -r)" >&2
expect_ok run_as_written "$(doc_commands | head -n 1)"
run_the_rest
case_ok
patience

for way in su cron; do
	case_begin "alice by $way sees a world of her own"
	seen=$("as_$way" alice "$look") || fail "status $?"
	expect_isolated alice
	case_ok
done

case_begin "systemd --user and the login share one /tmp"
expect_ok hold a alice
ask a 'touch /tmp/from-login'
seen=$(as_systemd_user alice "$look") || fail "status $?"
expect_eq "$(seen_of mnt)" "$(ask a 'readlink /proc/self/ns/mnt')" "mount namespace"
expect_has "$(seen_of tmp)" from-login "its /tmp"
case_ok

case_begin "root by su is on the host"
seen=$(as_su root "$look") || fail "status $?"
expect_on_host
drop a
everybody_gone
case_ok
