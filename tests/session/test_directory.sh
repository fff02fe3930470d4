#!/bin/bash
# SPDX-License-Identifier: MIT
# Groups of a directory service (sssd, LDAP, winbind), which does not always answer.
. "$(dirname "$0")/rig.sh"

up=/run/rig/directory-is-up
lib=$(dirname "$(ldconfig -p | awk '/libnss_files.so.2|libc.so.6/ { print $NF; exit }')")
install -m 644 "$rig_tools/libnss_directory.so.2" "$lib/" && ldconfig
cp /etc/nsswitch.conf /run/rig/nsswitch.conf

sources() { # LINE: of nsswitch.conf, for groups
	sed -e '/^initgroups:/d' -e "s/^group:.*/group: $1/" /run/rig/nsswitch.conf >/etc/nsswitch.conf
}
directory_policy() { # [RULES]
	local rules=${1:-'{ group = "students"; policy = "lab"; }'}
	policy <<-END
		version = 1;
		policies = { lab = { namespaces = [ "mount", "ipc", "uts" ]; hostname = "lab-%{user}";
		  directories = ( { path = "/tmp"; method = "tmpfs"; } ); }; };
		rules = ( $rules );
	END
}
directory() { # up|down
	case $1 in
	up) touch $up ;;
	down) rm -f $up ;;
	esac
}
is_isolated() {
	[ "$(as_su alice hostname 2>/dev/null)" = lab-alice ]
}
refused() { # USER
	expect_eq "$(as_su "$1" 'echo ran' 2>/dev/null)" "" "$1's program"
	expect_match "$(grep "refused user=$1" "$(rig_settled_log)" | tail -1)" 'directory service did not answer' "log"
}
shows() { # USER OUTCOME
	expect_match "$(nsisolate show "$1")" "outcome +$2" "nsisolate show $1"
}

sources 'files directory'
directory up
if ! getent group students >/dev/null; then
	case_begin "groups of a directory service"
	case_skip "the name service switch of this machine takes no further source"
	cp /run/rig/nsswitch.conf /etc/nsswitch.conf
	exit
fi

for order in 'files directory' 'directory files' 'files [NOTFOUND=continue] directory [SUCCESS=merge] files'; do
	sources "$order"
	directory_policy
	isolate

	case_begin "group: $order: down when the helper begins: whom the rule may be for is refused, and root is not"
	rig_stop_helper
	directory down
	refused alice
	refused bob
	shows alice 'refused: the directory service'
	expect_eq "$(as_su root 'echo ran')" ran "root's program"
	case_ok

	case_begin "group: $order: it is back: members are isolated, and others let in, by the same helper"
	directory up
	wait_until 5 is_isolated || fail "alice is not isolated"
	expect_eq "$(as_su bob hostname)" rig "bob, who is no member"
	shows alice 'isolated by policy lab'
	shows bob 'not isolated: no rule matches'
	case_ok

	case_begin "group: $order: down when a login asks: refused, and not left out"
	directory down
	refused alice
	refused bob
	shows alice 'refused: the directory service'
	expect_fails nsisolate run alice -- true
	case_ok

	case_begin "group: $order: down, and the policy is read anew: the number is kept"
	echo '# touched' >>/etc/security/nsisolate.conf
	refused alice
	expect_match "$(grep 'cannot look up the group' "$(rig_settled_log)" | tail -1)" "students.*number 7001, as before" "log"
	directory up
	wait_until 5 is_isolated || fail "alice is not isolated"
	expect_all_gone
	case_ok
done
sources 'files directory'

case_begin "nsisolate check says which group could not be looked up, and goes on"
directory down
run_ctl check
expect_eq "$status" 0 "status"
expect_match "$err" "warning: .*cannot look up the group 'students'" "what it says"
directory up
case_ok

case_begin "rules that need no directory are not held up by it"
directory down
directory_policy '{ group = "alice"; policy = "lab"; }, { uid = "2002"; policy = "lab"; }, { group = "2003"; action = "skip"; }'
rig_stop_helper
expect_eq "$(as_su alice hostname)" lab-alice "alice, by a group of /etc/group"
expect_eq "$(as_su bob hostname)" lab-bob "bob, by uid"
expect_eq "$(as_su carol hostname)" rig "carol, by a group's number"
directory_policy '{ group = "students"; uid = "9999"; policy = "lab"; }, { uid = "2002"; policy = "lab"; }'
expect_eq "$(as_su bob hostname)" lab-bob "bob, past a rule that is not for him"
expect_all_gone
case_ok

case_begin "who calls su is looked up likewise"
directory_policy '{ from_group = "students"; user = "carol"; action = "skip"; }, { uid = "2003"; policy = "lab"; }'
refused carol
directory up
carol_is_isolated() { [ "$(as_su carol hostname 2>/dev/null)" = lab-carol ]; }
wait_until 5 carol_is_isolated || fail "carol, whom root calls, is not isolated"
expect_all_gone
case_ok

case_begin "on_error = allow lets in whom nobody can tell about"
directory down
directory_policy '{ group = "students"; policy = "lab"; on_error = "allow"; }'
expect_eq "$(as_su alice hostname)" rig "alice"
shows alice 'not isolated, as on_error'
directory up
wait_until 5 is_isolated || fail "alice is not isolated"
expect_all_gone
case_ok

case_begin "a group that comes into being later is found, without another policy"
directory_policy '{ group = "newcomers"; policy = "lab"; }'
expect_eq "$(as_su alice hostname)" rig "before"
groupadd -g 7005 newcomers && usermod -aG newcomers alice
wait_until 5 is_isolated || fail "alice is not isolated"
groupdel newcomers
expect_all_gone
case_ok

case_begin "a source that hangs in the program itself: its login waits and is isolated or refused, others get in meanwhile"
directory_policy '{ uid = "2002"; policy = "lab"; }, { group = "students"; policy = "lab"; }'
stack rig "${rig_service/pam_nsisolate.so/pam_nsisolate.so timeout=2}"
stack rig-others "$rig_service"
touch /run/rig/directory-hangs
as_pamhost alice open run hostname close end >/run/rig/hangs 2>&1 &
hangs=$!
for i in 1 2 3; do
	in_time "$rig_tools/pamhost" -s rig-others -u bob open close end </dev/null >/run/rig/out 2>&1
	expect_match "$(xargs </run/rig/out)" 'open PAM_SUCCESS close PAM_SUCCESS' "bob's login $i"
	expect_match "$(grep 'opened user=bob' "$(rig_settled_log)" | tail -1)" 'lab' "the log of bob's login $i"
	sleep 1
done
expect_ok kill -0 $hangs
rm /run/rig/directory-hangs
wait $hangs
expect_match "$(xargs </run/rig/hangs)" 'open PAM_SUCCESS .*lab-alice|open PAM_(SYSTEM_ERR|PERM_DENIED|SERVICE_ERR)' "alice's login"
expect_no_match "$(cat /run/rig/hangs)" '^rig$' "the host's name"
expect_all_gone
case_ok

cp /run/rig/nsswitch.conf /etc/nsswitch.conf
rm -f "$lib/libnss_directory.so.2"
