#!/bin/bash
# SPDX-License-Identifier: MIT
# scope = "group": alice and bob are of one crew, carol is not.
. "$(dirname "$0")/rig.sh"

groupadd -g 3000 crew && usermod -a -G crew alice && usermod -a -G crew bob

crew_policy() { # [RETAIN]
	policy <<-END
		version = 1;
		policies = {
		  team = {
		    scope = "group";
		    namespaces = [ "mount", "ipc", "uts" ];
		    directories = (
		      { path = "/tmp";     method = "disk"; retain = "${1:-session}"; },
		      { path = "/dev/shm"; method = "tmpfs"; },
		      { path = "/var/tmp"; method = "tmpfs"; }
		    );
		    hostname = "crew";
		  };
		};
		rules = (
		  { group = "crew"; policy = "team"; },
		  { uid = "2000-2999"; policy = "team"; }
		);
	END
}

crew_policy
isolate

case_begin "two members share one set, each as who they are"
stay one ssh alice "$look; echo of alice >/tmp/hers; ipcmk -Q >/dev/null"
seen_by one
first=$(seen_of ns) set=$(seen_of set)
expect_other_ns "$first" "alice's"
expect_eq "$(seen_of host)" crew "hostname"
for way in $(every_way); do
	seen=$("as_$way" bob "${look%; touch *}; id -un; cat /tmp/hers")
	expect_eq "$(seen_of ns)" "$first" "bob's by $way"
	expect_eq "$(seen_of set)" "$set" "set by $way"
	expect_eq "$(seen_of uid)" 2002 "uid by $way"
	expect_match "$seen" "of alice" "alice's file by $way"
	expect_eq "$(seen_of queues)" 2 "message queues by $way"
done
case_ok

case_begin "what is in the shared directory belongs to who has put it there"
expect_eq "$(as_ssh bob 'touch /tmp/his; stat -c %U /tmp/hers /tmp/his | xargs')" "alice bob" "owners"
expect_eq "$(as_ssh bob 'stat -c %u:%g:%a /tmp /dev/shm /var/tmp | xargs')" "0:0:1777 0:0:1777 0:0:1777" "the directories"
expect_fails as_ssh bob 'rm -f /tmp/hers'
expect_fails as_ssh bob 'echo more >>/tmp/hers'
expect_eq "$(as_su alice 'cat /tmp/hers')" "of alice" "alice's file"
case_ok

case_begin "who is matched by another rule is in another set of the same policy"
seen=$(as_ssh carol "$look")
expect_other_ns "$(seen_of ns)" "carol's, against the crew's" "$first"
expect_ne "$(seen_of set)" "$set" "set"
expect_no_match "$(seen_of files)" 'hers|his|mine|host-mark' "files"
case_ok

case_begin "it lives until the last of all members has left"
stay two su bob true
leave one
expect_eq "$(as_ssh alice "test -e /tmp/hers && $ns_cmd")" "$first" "when the first has left"
leave two
expect_all_gone
case_ok

case_begin "on disk it is the group's, below one number, and the next member finds it"
crew_policy boot
as_ssh alice 'echo kept >/tmp/kept'
wait_until 10 nobody_isolated || fail "processes are left"
expect_match "$(ls -I trash -I policy -I reserve $statedir)" '^g[0-9]+$' "instances"
expect_eq "$(stat -c %u:%g:%a $statedir/g* | sort -u)" "0:0:700" "who can get at it from outside"
expect_eq "$(as_ssh bob 'cat /tmp/kept; stat -c %U /tmp/kept' | xargs)" "kept alice" "bob finds"
expect_fails as_ssh carol 'test -e /tmp/kept'
wait_until 10 nobody_isolated
case_ok

case_begin "the same when the file has been read again and the rule has moved"
stay one ssh alice "$ns_cmd"
sed -i '1i # a line more' /etc/security/nsisolate.conf
sed -i 's/^rules = (/rules = ( { user = "nobody"; action = "skip"; },/' /etc/security/nsisolate.conf
expect_eq "$(as_ssh bob "$ns_cmd")" "$(cat /run/rig/stay.one)" "bob's"
leave one
wait_until 10 nobody_isolated
find $statedir -mindepth 1 -maxdepth 1 -name 'g*' -exec rm -rf {} +
case_ok
