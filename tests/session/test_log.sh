#!/bin/bash
# SPDX-License-Identifier: MIT
# What the administrator reads.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
stack rig "$rig_service"

log_lines() { # WORD
	grep 'nsisolate' "$(rig_settled_log)" | grep -E "$1"
}

case_begin "one line at the open and one at the close, with what was promised"
as_ssh alice true
expect_all_gone
one_close() { [ "$(log_lines 'closed user=' | wc -l)" = 1 ]; }
wait_until 5 one_close # the set is over before the module says so
expect_eq "$(log_lines 'opened user=' | wc -l)" 1 "lines at the open"
expect_eq "$(log_lines 'closed user=' | wc -l)" 1 "lines at the close"
opened=$(log_lines 'opened user=')
for word in user=alice uid=2001 service=sshd 'rule=/etc/security/nsisolate\.conf:[0-9]+' policy=lab \
	'set=[0-9a-f]+' 'ns=mnt,ipc,uts' joined=no 'ms=[0-9]+\.[0-9]+'; do
	expect_match " $opened " " $word " "the line at the open"
done
expect_match "$opened" '^<86>' "facility authpriv, priority info"
case_ok

case_begin "who joins is said to have joined"
stay one ssh alice true
as_su alice true
expect_match "$(log_lines 'opened user=.*service=su ' | tail -1)" ' joined=yes ' "the line"
leave one
expect_all_gone
case_ok

case_begin "what a user can choose cannot forge a line"
as_pamhost alice --rhost $'a\nopened user=root' --tty $'b\x1b[2J c' --ruser 'd e' open close end >/dev/null
expect_eq "$(grep -c '^opened user=root' "$(rig_settled_log)")" 0 "lines that it made"
expect_eq "$(log_lines '' | grep -c $'\x1b')" 0 "escapes"
expect_all_gone
case_ok

case_begin "PAM_SILENT is for the user, not for the log"
before=$(log_lines 'opened user=' | wc -l)
as_pamhost alice --silent open close end >/dev/null
expect_eq "$(log_lines 'opened user=' | wc -l)" $((before + 1)) "lines"
case_ok
