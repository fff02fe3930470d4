#!/bin/bash
# SPDX-License-Identifier: MIT
# Accounts whose names and numbers are odd: their sets are as anybody's, and nothing is made elsewhere.
. "$(dirname "$0")/../session/rig.sh"

default_policy
sed -i 's/uid = "2000-2999"/uid = "2000-4294967294"/' /etc/security/nsisolate.conf
stack rig "$rig_service"
long=$(printf 'a%.0s' {1..300})

# try_name UID NAME WHAT [refused]
try_name() {
	case_begin "$3"
	printf '%s:x:%s:2001::/:/bin/sh\n' "$2" "$1" >>/etc/passwd
	ls -A / "$statedir" >/run/rig/names.before
	in_time "$rig_tools/pamhost" -s rig -u "$2" open run "$ns_cmd; echo mine >/var/tmp/mine; id -u" close end </dev/null >/run/rig/out 2>&1
	if [ "${4:-}" = refused ]; then
		expect_match "$(cat /run/rig/out)" 'open PAM_(USER_UNKNOWN|PERM_DENIED|SYSTEM_ERR)' "open"
		expect_eq "$(grep -c '^mnt' /run/rig/out)" 0 "commands that ran"
	else
		expect_match "$(cat /run/rig/out)" 'open PAM_SUCCESS' "open"
		expect_other_ns "$(grep '^mnt' /run/rig/out)" "namespaces"
		grep -qx "$1" /run/rig/out || fail "the session is not of uid $1"
	fi
	expect_all_gone
	expect_eq "$(ls -A / "$statedir")" "$(cat /run/rig/names.before)" "what is in / and in the state directory"
	sed -i '$d' /etc/passwd
	case_ok
}

as_pamhost alice open close end >&2 # the state directory is there
expect_all_gone
try_name 2101 '../../etc' "a name that climbs"
try_name 2102 '.' "a name that is a directory"
try_name 2103 'a b' "a name with a blank"
try_name 2104 '-rf' "a name that is an option, which libpam does not take" refused
try_name 2105 '$(id)' "a name that is a command"
try_name 2106 'LAB\alice' "a name of a domain"
try_name 2107 'alice@lab.example' "a name with a realm"
try_name 2108 'host$' "a name of a machine"
try_name 2109 "$long" "a name of 300 letters"
try_name 65534 'nobody2' "uid 65534"
try_name 2147483648 'beyond' "uid 2^31"
try_name 4294967294 'last' "the last uid"
case_begin "a name with a backslash, as winbind gives them, is the same in every table"
printf '%s\n' 'CORP\dave:x:2050:2050::/home:/bin/bash' 'two words:x:2051:2051::/home:/bin/bash' >>/etc/passwd
expect_ok nsisolate disable 'two words' >/dev/null
nsisolate run 'CORP\dave' -- sleep 100 &
runner=$!
wait_until 10 eval 'nsisolate list "CORP\\dave" -n -o user 2>/dev/null | grep -q .'
for table in "list -n -o user" "matrix -n" list-enabled; do
	run_ctl $table
	expect_no_match "$out" 'x5cx' "$table: escaped twice"
done
expect_match "$(nsisolate list -n -o user)" '^CORP\\x5cdave$' "list"
for value in 'CORP\dave' 'CORP\x5cdave'; do
	expect_eq "$(nsisolate list -n -o policy --filter user="$value")" lab "list of the user $value"
done
expect_match "$(nsisolate list-enabled)" 'two\\x20words  *disabled' "list-enabled"
expect_match "$(nsisolate show 'CORP\dave')" 'CORP\\dave \(uid 2050, gid 2050\)' "show"
expect_match "$(nsisolate show alice --tty "$(printf 'a\033b')")" 'a\\x1bb' "show, of a terminal's command"
expect_ok nsisolate disable --undo 'two words' >/dev/null
nsisolate close --force 'CORP\dave'
wait $runner
sed -i '/:205[01]:/d' /etc/passwd
expect_all_gone
case_ok

case_begin "a user of 65,000 groups, and a rule for one of them: isolated or refused, in time"
awk 'BEGIN { for (i = 0; i < 65000; i++) printf "g%d:x:%d:carol\n", i, 100000 + i }' >>/etc/group
sed -i 's/rules = (/& { group = "g64999"; policy = "lab"; },/' /etc/security/nsisolate.conf
begun=$SECONDS
as_pamhost carol open run "$ns_cmd" close end >/run/rig/out 2>&1
[ $((SECONDS - begun)) -lt 25 ] || fail "it took $((SECONDS - begun)) s"
if grep -q 'open PAM_SUCCESS' /run/rig/out; then
	expect_other_ns "$(grep '^mnt' /run/rig/out)" "namespaces"
else
	expect_match "$(cat /run/rig/out)" 'open PAM_(PERM_DENIED|SYSTEM_ERR)' "open"
	expect_match "$(grep -a refused "$(rig_settled_log)" | tail -n 1)" 'groups' "the log"
fi
expect_all_gone
case_ok
