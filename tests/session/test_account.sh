#!/bin/bash
# SPDX-License-Identifier: MIT
# A uid that is given to somebody else, and an account with two names: whose is the live set?
. "$(dirname "$0")/rig.sh"

policy <<-END
	version = 1;
	policies = { lab = { namespaces = [ "mount", "ipc" ];
	  directories = ( { path = "/tmp"; method = "disk"; retain = "forever"; }, { path = "/var/tmp"; method = "tmpfs"; } ); }; };
	rules = ( { uid = "2000-2999"; policy = "lab"; } );
END
isolate
secrets='ls -A /tmp /var/tmp | xargs'

case_begin "userdel, useradd with the same uid, while a process of the first is left: another set, another directory"
first=$(as_ssh alice "echo secret >/tmp/secret; echo secret >/var/tmp/secret; chmod 666 /tmp/secret /var/tmp/secret; setsid sleep 1000 >/dev/null 2>&1 & $ns_cmd")
wait_until 10 pgrep -u 2001 -x sleep >/dev/null
left=$(pgrep -u 2001 -x sleep)
expect_match "$left" '^[0-9]+$' "the process of alice"
userdel -f alice 2>/dev/null
expect_ok useradd -u 2001 -U -m -s /bin/bash dave
expect_ne "$(as_su dave "$ns_cmd")" "$first" "where dave comes"
expect_eq "$(as_su dave "$secrets")" "/tmp: /var/tmp:" "what dave finds"
expect_eq "$(cat /proc/$left/root/tmp/secret /proc/$left/root/var/tmp/secret | xargs)" "secret secret" "what the process of alice has"
case_ok

case_begin "the same with the helper killed in between"
slay $(main_pid)
expect_ne "$(as_su dave "$ns_cmd")" "$first" "where dave comes"
expect_eq "$(as_su dave "$secrets")" "/tmp: /var/tmp:" "what dave finds"
case_ok

case_begin "the second owner has one set, as everybody"
stay one su dave 'echo mine >/tmp/mine'
expect_eq "$(as_su dave 'cat /tmp/mine')" mine "what the next login finds"
leave one
kill -KILL $left
wait_until 15 nobody_isolated || fail "left: $(isolated_pids)"
case_ok

again() { # the first owner anew
	userdel -f dave 2>/dev/null
	useradd -u 2001 -U -m -s /bin/bash alice 2>/dev/null
	wait_until 15 nobody_isolated
}
for close in kill force; do
	for killed in '' ', the helper killed in between'; do
		case_begin "a process of the first owner, and $close$killed: it is ended, and the second owner has a set and directories anew"
		again
		[ $close != kill ] || sed -i 's/policies = { lab = {/& on_last_close = "kill"; kill_grace = "0s";/' /etc/security/nsisolate.conf
		stay five su alice 'echo secret >/tmp/secret; setsid sleep 1000 >/dev/null 2>&1 & true'
		set=$(nsisolate list -n -o set | tr -d ' ')
		userdel -f alice 2>/dev/null
		expect_ok useradd -u 2001 -U -m -s /bin/bash dave
		[ -z "$killed" ] || slay $(main_pid)
		expect_eq "$(as_su dave "$secrets")" "/tmp: /var/tmp:" "what dave finds"
		[ $close != force ] || in_time nsisolate close --force "$set"
		leave five
		no_sleep() { ! pgrep -u 2001 -x sleep >/dev/null; }
		wait_until 10 no_sleep || fail "the process of the first owner lives on"
		expect_eq "$(as_su dave "$secrets")" "/tmp: /var/tmp:" "what dave finds"
		sed -i 's/ on_last_close = "kill"; kill_grace = "0s";//' /etc/security/nsisolate.conf
		case_ok
	done
done
again
rm -rf $statedir/u* $statedir/quarantine

case_begin "two names of one account share the set, whichever comes first"
expect_ok useradd -o -u 2002 -g "$(id -g bob)" -M -d /home/bob -s /bin/bash bobby
ln -s bob /home/bobby
stay two su bob 'echo of-bob >/tmp/of-bob'
expect_eq "$(as_su bobby 'cat /tmp/of-bob')" of-bob "what bobby finds"
leave two
wait_until 15 nobody_isolated
stay three su bobby 'echo of-bobby >/var/tmp/of-bobby'
expect_eq "$(as_su bob 'cat /tmp/of-bob /var/tmp/of-bobby' | xargs)" "of-bob of-bobby" "what bob finds"
leave three
wait_until 15 nobody_isolated
case_ok

case_begin "a name that is no longer one of the account gives its set to nobody"
stay four su bobby 'echo secret >/var/tmp/secret'
userdel -f bobby 2>/dev/null
expect_eq "$(as_su bob 'ls -A /var/tmp')" "" "what bob finds"
leave four
rm -rf $statedir/u* $statedir/quarantine
expect_all_gone
case_ok
