# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Behind part-selinux and a reboot.

case_begin "behind a reboot the rundir has its type, and alice by ssh a world of her own"
expect_eq "$(/usr/sbin/getenforce)" Enforcing "mode"
touch /tmp/host-mark
seen=$(as_ssh alice "$look") || fail "status $?"
expect_isolated alice
expect_eq "$(stat -c %C /run/nsisolate /run/nsisolate/helper.sock | cut -d: -f 3 | sort -u)" nsisolate_runtime_t "types"
expect_eq "$(ausearch --input-logs -m avc -ts boot 2>/dev/null | grep -E 'comm="nsi|nsisolate_runtime_t')" "" "denials"
case_ok
