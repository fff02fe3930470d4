#!/bin/bash
# SPDX-License-Identifier: MIT
# One process that opens sessions of several users: a file server, a hub for notebooks, a web terminal.
. "$(dirname "$0")/rig.sh"

default_policy
isolate_services runuser
stack rig "$rig_service"
see='run hostname'

hub() { # OPERATION...: what was printed, in one line
	in_time "$rig_tools/pamhost" --silent -s rig -u alice "$@" </dev/null 2>&1 | xargs
}
where() { # the names of the hosts that its programs saw
	grep -Eo '(rig|shared)[-a-z]*' <<<"$said" | xargs
}

case_begin "a second user is refused beside the first, whose programs stay where they were"
said=$(hub as alice open $see as bob open as alice $see close as carol $see)
expect_match "$said" 'as PAM_SUCCESS open PAM_PERM_DENIED as PAM_SUCCESS' "bob"
expect_eq "$(where)" "rig-alice rig-alice rig" "where the programs ran"
expect_match "$(tail -n 20 "$(rig_settled_log)")" 'refused user=bob .*has a session of uid 2001 open in set' "log"
expect_all_gone
case_ok

case_begin "on_error = allow does not let them in either"
stack rig "$rig_service on_error=allow"
said=$(hub as alice open as bob open)
expect_match "$said" 'open PAM_PERM_DENIED$' "the hub"
expect_all_gone
stack rig "$rig_service"
case_ok

case_begin "one after the other is served: the process comes back to the host in between"
said=$(hub as alice open $see close as bob open $see close as carol open $see close as alice open $see close as carol $see)
expect_eq "$(where)" "rig-alice rig-bob rig-carol rig-alice rig" "where the programs ran"
expect_no_match "$said" 'DENIED|ERR' "the hub"
expect_all_gone
case_ok

case_begin "who matches no rule is not let into another user's set"
sed -i 's/uid = "2000-2999"/uid = "2001"/' /etc/security/nsisolate.conf
said=$(hub as alice open as bob open)
expect_match "$said" 'open PAM_PERM_DENIED$' "bob, beside alice"
said=$(hub as bob open $see as alice open $see close as bob $see)
expect_eq "$(where)" "rig rig-alice rig" "bob first, on the host"
expect_all_gone
default_policy
case_ok

case_begin "users who share a set share it in one process, too"
sed -i -e 's/scope = "user"/scope = "group"/' -e 's/hostname = .*/hostname = "shared";/' /etc/security/nsisolate.conf
said=$(hub as alice open $see as bob open $see as alice close as bob $see close as carol $see)
expect_eq "$(where)" "shared shared shared rig" "where the programs ran"
expect_all_gone
default_policy
case_ok

for order in 'first last' 'last first'; do
	case_begin "two sessions of one user, closed in the order ${order}: in the set until the last one, then on the host"
	first=${order% *} last=${order#* }
	said=$(hub as alice.first open as alice.last open $see as alice.$first close $see as alice.$last close $see)
	expect_eq "$(where)" "rig-alice rig-alice rig" "where the programs ran"
	expect_all_gone
	case_ok
done

case_begin "a close leads out as soon as the session beside it has been closed, twenty times in a row"
round="as alice.first open as alice.last open as alice.first close as alice.last close as carol $see"
# shellcheck disable=SC2046 # words
said=$(hub $(for _ in {1..20}; do echo "$round"; done))
expect_eq "$(where | tr ' ' '\n' | sort -u)" "rig" "where the programs ran"
expect_all_gone
case_ok

case_begin "the same with another helper before the last close"
flag=/run/rig/half-way
hub as alice.first open as alice.last open as alice.first close \
	here "touch $flag.here; while test ! -e $flag.go; do sleep 0.05; done" \
	as alice.last $see close $see >$flag.said &
wait_until 10 test -e $flag.here || fail "the hub does not get there"
slay $(main_pid)
as_runuser bob true # another one starts
touch $flag.go
wait $!
said=$(cat $flag.said)
expect_eq "$(where)" "rig-alice rig" "where the programs ran"
rm -f $flag.*
expect_all_gone
case_ok

case_begin "a session of scope session does not take the process out of another one's set"
sed -i 's/scope = "user"/scope = "session"/' /etc/security/nsisolate.conf
said=$(hub as alice.first open as alice.last open as alice.first $see close as bob $see)
expect_match "$said" 'open PAM_SUCCESS as PAM_SUCCESS open PAM_PERM_DENIED' "the second"
expect_eq "$(where)" "rig-alice rig" "where the programs ran"
expect_all_gone
default_policy
case_ok

case_begin "root is never refused, and stays where it is"
said=$(hub as alice open as root open run hostname as alice $see close as carol $see)
expect_no_match "$said" 'DENIED|ERR' "the hub"
expect_eq "$(where)" "rig-alice rig-alice rig" "where the programs ran"
expect_all_gone
case_ok

# A session opened from within a set, by a process that outlives the sessions of that set.
case_begin "a close whose origin is over leads to the host"
flag=/run/rig/origin
cat >/run/rig/inner.sh <<END
exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- # pamhost waits for who has a pipe of its child's
exec $rig_tools/pamhost -s rig -u bob open here 'touch $flag.open; while test ! -e $flag.over; do sleep 0.05; done' \\
	close here 'hostname >$flag.seen'
END
hub open here "setsid sh /run/rig/inner.sh >/dev/null 2>&1 </dev/null &" \
	here "while test ! -e $flag.open; do sleep 0.05; done" close >/dev/null
touch $flag.over
wait_until 10 test -s $flag.seen || fail "it does not come to its end"
expect_eq "$(cat $flag.seen)" rig "where the process is after its close"
rm -f $flag.* /run/rig/inner.sh
expect_all_gone
case_ok
