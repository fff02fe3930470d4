#!/bin/bash
# SPDX-License-Identifier: MIT
# Where is alice's file?  nsisolate dirs.
. "$(dirname "$0")/rig.sh"

policy <<'END'
version = 1;
policies = {
  lab = {
    namespaces = [ "mount" ];
    directories = (
      { path = "/tmp";     method = "disk"; retain = "boot"; },
      { path = "/var/tmp"; method = "disk"; retain = "30d"; },
      { path = "/srv";     method = "disk"; retain = "session"; },
      { path = "/dev/shm"; method = "tmpfs"; }
    );
  };
};
rules = ( { uid = "2000-2999"; policy = "lab"; } );
END
isolate
rows() { nsisolate dirs -n "$@" | tr -s ' '; }

case_begin "nothing is stored at first"
run_ctl dirs
expect_eq "$status" 0 "the exit status"
expect_eq "$out" "no stored directories" "what is said"
run_ctl dirs nobody-of-that-name
expect_eq "$status" 3 "a user that there is not"
run_ctl dirs alice
expect_eq "$status" 0 "a user without any"
case_ok

case_begin "live ones: owner, path, size, last use, end, policy"
today=$(date +%F) later=$(date -d '+30 days' +%F)
stay one ssh alice 'dd if=/dev/zero of=/var/tmp/big bs=1M count=2 status=none'
today="($today|$(date +%F))" later="($later|$(date -d '+30 days' +%F))" # it may have become midnight
expect_match "$(rows alice)" "alice /tmp [0-9.K]+ 0 $today [0-9:]+ at boot lab live" "/tmp"
expect_match "$(rows alice)" "alice /var/tmp 2.0M 1 $today [0-9:]+ $later [0-9:]+ lab live" "/var/tmp"
expect_match "$(rows alice)" "/srv .* with its set lab live" "/srv, which ends with the set"
expect_no_match "$(rows)" "shm" "a tmpfs"
case_ok

case_begin "a live one is never removed, whole or alone"
run_ctl dirs --remove
expect_eq "$status" 2 "without a user"
run_ctl dirs --remove alice
expect_eq "$status" 1 "the exit status"
expect_match "$err" "/tmp of alice stays: a live set uses it" "what is said"
expect_match "$err" "/srv of s[0-9a-f]+-[0-9]+ ends with its set" "what is said of /srv"
expect_eq "$(as_su alice 'stat -c %s /var/tmp/big')" 2097152 "her file"
case_ok

case_begin "without a helper it is live, by its lock and its record"
kill_helper
expect_match "$(rows alice)" "/var/tmp .* live" "the state"
run_ctl dirs --remove alice /var/tmp
expect_eq "$status" 1 "the exit status"
as_su bob true
leave one
wait_until 10 eval '[[ "$(rows alice)" == *"/var/tmp "*stored* ]]' || fail "it does not become stored: $(rows)"
case_ok

case_begin "stored ones are there for the next login, and JSON has all of it"
expect_eq "$(nsisolate dirs --json alice | jq -r '.directories[] | select(.path == "/var/tmp") | "\(.owner) \(.kind) \(.number) \(.state) \(.policies[0]) \(.files) \(.ends - .last_use) \(.ends_with)"')" \
	"alice user 2001 stored lab 1 2592000 null" "JSON"
expect_match "$(rows bob)" "bob /var/tmp" "bob's"
expect_no_match "$(rows bob)" alice "alice's among bob's"
sed -i 's|"/var/tmp"; method = "disk"|"/var/tmp"; method = "tmpfs"|; s|retain = "30d"; ||' /etc/security/nsisolate.conf
nsisolate check 2>/dev/null || fail "$(nsisolate check 2>&1)"
expect_match "$(rows alice)" "/var/tmp .* - stored" "no policy asks for it any more"
case_ok

case_begin "--remove: to the trash, which is emptied; the other directory stays"
run_ctl dirs --remove alice /var/tmp
expect_eq "$status" 0 "the exit status ($err)"
expect_match "$out" "/var/tmp of alice: moved to the trash" "what is said"
expect_no_match "$(rows alice)" "/var/tmp" "the list"
expect_match "$(rows alice)" "/tmp .* stored" "/tmp"
expect_match "$(rows bob)" "/var/tmp .* stored" "bob's"
run_ctl dirs --remove alice /var/tmp
expect_eq "$status" 3 "once more"
expect_ok nsisolate gc >/dev/null
expect_eq "$(find /var/lib/nsisolate/trash -mindepth 1 | wc -l)" 0 "the trash"
expect_ok nsisolate dirs --remove alice >/dev/null
expect_eq "$(as_su alice 'ls -A /tmp')" '' "her next /tmp"
case_ok

case_begin "directories of an account that is gone are found by number and name"
as_su carol true
uid=$(id -u carol)
wait_until 10 eval '[[ "$(rows carol)" != *live* ]]' || fail "carol's are live"
sed -i '/^carol:/d' /etc/passwd
expect_match "$(rows "u$uid")" "carol /tmp" "by the name of the directory"
expect_match "$(rows "$uid")" "carol /tmp" "by number"
expect_match "$(rows carol)" "carol /tmp" "by the name of before"
expect_ok nsisolate dirs --remove "u$uid" >/dev/null
expect_no_match "$(rows)" carol "the list"
runuser -u bob -- nsisolate dirs 2>/dev/null
expect_eq "$?" 4 "the exit status for an ordinary user"
nsisolate close --all >/dev/null 2>&1
rm -rf /var/lib/nsisolate/[ug]* /var/lib/nsisolate/trash/*
expect_all_gone
case_ok
