#!/bin/bash
# SPDX-License-Identifier: MIT
# Editing without a moment in which a wrong policy is in force: nsisolate edit.
. "$(dirname "$0")/rig.sh"

conf=/etc/security/nsisolate.conf
default_policy
isolate
sums() { sha256sum <$conf; }

case_begin "a good change is put in place, with the mode that the file had"
chmod 640 $conf
EDITOR='sed -i s/lab/other/g' run_ctl edit
expect_eq "$status" 0 "the exit status ($err)"
expect_match "$(cat $conf)" 'other = \{' "the file"
expect_eq "$(stat -c %a $conf)" 640 "its mode"
[ ! -e $conf.draft ] || fail "the draft is there"
expect_match "$(as_su alice 'echo $NSISOLATE_POLICY')" other "the next login"
case_ok

case_begin "nothing written is nothing changed"
before=$(stat -c %i:%Y $conf)
EDITOR=true run_ctl edit
expect_eq "$status" 0 "the exit status"
expect_match "$out" unchanged "what is said"
expect_eq "$(stat -c %i:%Y $conf)" "$before" "the file"
case_ok

case_begin "a wrong change is not put in place, and not lost"
before=$(sums)
EDITOR='sed -i s/scope/skope/' run_ctl edit
expect_eq "$status" 1 "the exit status"
expect_match "$err" "$conf.draft:[0-9]+: error: .*skope" "the error with its line"
expect_match "$err" "the draft with the errors is $conf.draft" "where the draft is"
expect_eq "$(sums)" "$before" "the file"
grep -q skope $conf.draft || fail "the draft lacks the change"
case_ok

case_begin "while a draft is there, nobody else edits"
EDITOR=true run_ctl edit
expect_eq "$status" 1 "the exit status"
expect_match "$err" 'is there: somebody else edits' "what is said"
rm $conf.draft
case_ok

case_begin "an editor that fails changes nothing"
before=$(sums)
EDITOR='sh -c "exit 3"' run_ctl edit
expect_eq "$status" 1 "the exit status"
expect_eq "$(sums)" "$before" "the file"
rm -f $conf.draft
case_ok

case_begin "a new drop-in can be made so"
mkdir -p /etc/security/nsisolate.d
printf '%s\n' '#!/bin/sh' 'echo "rules = ( { user = \"carol\"; action = \"skip\"; } );" >"$1"' >/run/rig/editor
chmod 755 /run/rig/editor
VISUAL=/run/rig/editor run_ctl edit /etc/security/nsisolate.d/50-carol.conf
expect_match "$err$out" 'version|in place' "what is said"
case_ok
