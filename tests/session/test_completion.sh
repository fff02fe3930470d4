#!/bin/bash
# SPDX-License-Identifier: MIT
# Completion in root's shell: names of users are data, and nothing of them is ever run.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
# shellcheck disable=SC1091
. /src/conf/completion/nsisolate

offers() { # WORD...: fills COMPREPLY for the last of them
	COMP_WORDS=(nsisolate "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_nsisolate 2>/dev/null
}

is_listed() {
	[ -n "$(nsisolate list -n -o pid)" ]
}

evil='$(touch${IFS}/run/owned)`touch${IFS}/run/owned`'
echo "$evil:x:2050:2050::/home/alice:/bin/sh" >>/etc/passwd
echo 'star*:x:2051:2051::/home/alice:/bin/sh' >>/etc/passwd
touch /starfish && cd / || exit

case_begin "a user's name that is a command is offered, quoted, and not run"
for words in "show" "run" "show --from-user"; do
	# shellcheck disable=SC2086
	offers $words '$('
	expect_eq "${#COMPREPLY[@]}" 1 "offers for \"$words \$(\""
	eval "seen=${COMPREPLY[0]:-}"
	expect_eq "$seen" "$evil" "what the shell makes of it, run"
done
offers show star
eval "seen=${COMPREPLY[0]:-}"
expect_eq "${#COMPREPLY[@]} $seen" "1 star*" "a name with a pattern in it"
[ ! -e /run/owned ] || fail "a user's name was run"
case_ok

case_begin "the same for users who have a live set"
in_time nsisolate run "$evil" -- sleep 1000 &
running=$!
wait_until 10 is_listed || fail "no session of that user"
offers close ''
expect_eq "${#COMPREPLY[@]}" 2 "a user and a set"
expect_match "${COMPREPLY[1]:-}" '^[0-9]+$' "the number of the set"
[ ! -e /run/owned ] || fail "a user's name was run"
nsisolate close --force "${COMPREPLY[1]}" >&2
wait $running
expect_all_gone
case_ok

case_begin "what else it offers: verbs, options, columns, services"
offers do
expect_eq "${COMPREPLY[*]}" doctor "verbs"
offers doctor --js
expect_eq "${COMPREPLY[*]}" --json "options"
offers list -o user,po
expect_eq "${COMPREPLY[*]}" user,policy "columns"
offers show --service runu
expect_eq "${COMPREPLY[*]}" "runuser runuser-l" "services"
case_ok
