#!/bin/bash
# SPDX-License-Identifier: MIT
# user = "map": sessions inside of a user namespace, by every way in.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/usermap.sh"

map_begin

case_begin "a user namespace with the ids of the system and one's own, and no others"
for way in ssh ssh_tty su_l sudo login cron; do
	seen=$("as_$way" alice "$look; $map_cmd")
	expect_isolated alice
	expect_ne "$(seen_of user)" "$host_userns" "user namespace by $way"
	expect_eq "$(seen_of uids)" "0 0 1000;2001 2001 1;65534 65534 1;" "uids by $way"
	expect_eq "$(seen_of gids)" "0 0 1000;2001 2001 1;5000 5000 1;65534 65534 1;" "gids by $way"
	expect_match "$(seen_of ids)" '^2001 2001 (2001 5000|5000 2001)' "ids by $way"
	expect_eq "$(seen_of caps)" 0000000000000000 "capabilities by $way"
	expect_eq "$(seen_of owners)" "alice root nobody" "owners by $way"
	expect_all_gone
done
case_ok

case_begin "sftp"
echo 'put /etc/hostname /home/alice/put' | as_sftp alice >&2 || fail "put"
expect_eq "$(stat -c %U:%G /home/alice/put)" alice:alice "the owner of what was put"
rm -f /home/alice/put
expect_all_gone
case_ok
