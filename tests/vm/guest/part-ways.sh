# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Every way in: a person sees a world of their own, and it ends.

for way in ssh ssh_tty ssh_password su su_l sudo sudo_i login cron at; do
	case_begin "alice by $way sees a world of her own"
	seen=$("as_$way" alice "$look") || fail "status $?"
	expect_isolated alice
	case_ok
done

case_begin "alice by sftp"
echo 'put /etc/hostname /tmp/by-sftp' | as_sftp alice >&2 || fail "status $?"
[ ! -e /tmp/by-sftp ] || fail "it wrote into the host's /tmp"
case_ok

case_begin "when all of that is over, nothing is left of it"
everybody_gone
expect_eq "$(find /var/lib/nsisolate -name 's*' -path '*/s*/*' 2>/dev/null)" "" "instances of ended sessions"
case_ok

case_begin "root by ssh, su and sudo is on the host, also from alice's set"
seen=$(as_ssh root "$look") && expect_on_host
seen=$(as_ssh alice "sudo sh -c '$look'") || fail "status $?"
expect_on_host
case_ok

case_begin "two users: neither sees the other's files, nor what both see from outside"
expect_ok hold a alice
expect_ok hold b bob
ask a 'echo secret >/tmp/of-alice; chmod 644 /tmp/of-alice'
expect_eq "$(ask b 'ls /tmp')" "" "bob's /tmp"
expect_ne "$(ask b 'readlink /proc/self/ns/mnt')" "$(ask a 'readlink /proc/self/ns/mnt')" "bob's mount namespace"
[ ! -e /tmp/of-alice ] || fail "it is in the host's /tmp"
drop a
drop b
everybody_gone
case_ok
