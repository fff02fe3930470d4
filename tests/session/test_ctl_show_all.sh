#!/bin/bash
# SPDX-License-Identifier: MIT
# Who is covered at all?  nsisolate show --all.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
sed -i 's/^rules = (/& { user = "bob"; service = "cron"; action = "skip"; }, { user = "root"; policy = "lab"; },/' /etc/security/nsisolate.conf
rows() { nsisolate show --all | tr -s ' ' | grep "^$1 "; }

case_begin "every account of the machine, root and system accounts too"
run_ctl show --all
expect_eq "$status" 0 "the exit status ($err)"
expect_match "$(head -n 1 <<<"$out")" 'USER +UID +SERVICES +RESULT +POLICY +RULE' "the headings"
expect_eq "$(awk 'NR > 1 { print $1 }' <<<"$out" | sort -u | wc -l)" "$(cut -d: -f1 /etc/passwd | sort -u | wc -l)" "accounts"
case_ok

case_begin "by service: isolated, skipped, no rule, no module"
expect_match "$(rows alice)" 'alice 2001 [a-z0-9,-]*sshd[a-z0-9,-]* isolated lab /etc/security/nsisolate.conf:[0-9]+' "alice"
expect_match "$(rows bob)" 'bob 2002 cron skip - /etc/security/nsisolate.conf:[0-9]+' "bob by cron"
expect_match "$(rows bob)" 'bob 2002 [a-z0-9,-]*sshd[a-z0-9,-]* isolated lab' "bob by sshd"
expect_match "$(rows daemon)" 'none - -' "daemon"
expect_match "$(rows root)" 'root lab' "root"
rm -f /etc/pam.d/doas; printf 'session required pam_permit.so\n' >/etc/pam.d/doas
expect_match "$(rows alice)" 'alice 2001 [a-z0-9,-]*doas[a-z0-9,-]* no module - -' "a stack without the module"
rm /etc/pam.d/doas
case_ok

case_begin "what it says is what a login gets"
expect_eq "$(as_su bob 'echo "$NSISOLATE_POLICY"')" lab "bob by su"
[ -z "$(as_cron bob 'echo "$NSISOLATE_POLICY"')" ] || fail "bob by cron"
case_ok

case_begin "JSON"
out=$(nsisolate show --all --json)
expect_eq "$(jq -r '.accounts[] | select(.user == "bob").logins[] | select(.services == ["cron"]).result' <<<"$out")" skip "bob by cron"
expect_eq "$(jq -r '.accounts[] | select(.user == "alice").logins[] | select(.services | index("sshd")).policy' <<<"$out")" lab "alice by sshd"
case_ok

case_begin "with a user, or without, but not both"
run_ctl show
expect_eq "$status" 2 "neither"
run_ctl show --all alice
expect_eq "$status" 2 "both"
run_ctl show --all --service sshd
expect_eq "$status" 2 "with a service"
case_ok
