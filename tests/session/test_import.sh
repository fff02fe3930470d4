#!/bin/bash
# SPDX-License-Identifier: MIT
# import: what earlier modules of a login put into the host's directory comes along into the private one.
. "$(dirname "$0")/rig.sh"

import_policy() { # SCOPE
	policy <<-END
		version = 1;
		policies = {
		  krb = {
		    scope = "$1";
		    namespaces = [ "mount" ];
		    directories = (
		      { path = "/tmp"; method = "tmpfs"; size = "32M"; import = [ "krb5cc_%{uid}*", "%{user}.ticket" ]; }
		    );
		  };
		};
		rules = ( { uid = "2000-2999"; policy = "krb"; } );
	END
}

ticket() { # NAME OWNER CONTENT
	echo "$3" >"/tmp/$1" && chown "$2:$2" "/tmp/$1" && chmod 600 "/tmp/$1"
}

clear_host() {
	find /tmp -mindepth 1 ! -name host-mark -exec rm -rf {} +
}

# The originals go when the login is inside, and it does not wait for that.
host_has() { # NAME...
	[ "$(ls -A /tmp | xargs)" = "$*" ]
}

import_policy user
isolate

case_begin "the first login finds its ticket, as it was, and the host has it no more"
ticket krb5cc_2001_first alice secret
ticket alice.ticket alice more
ticket krb5cc_2002_x bob other
expect_eq "$(as_ssh alice 'cat /tmp/krb5cc_2001_first /tmp/alice.ticket; stat -c %U:%G:%a /tmp/krb5cc_2001_first; ls -A /tmp' | xargs)" \
	"secret more alice:alice:600 alice.ticket krb5cc_2001_first" "alice sees"
wait_until 5 host_has host-mark krb5cc_2002_x || fail "left on the host: $(ls -A /tmp | xargs)"
expect_all_gone
case_ok

case_begin "later logins bring theirs, whatever way they come"
stay one ssh alice true
for way in $(every_way); do
	ticket "krb5cc_2001_$way" alice "by $way"
	expect_eq "$("as_$way" alice "cat /tmp/krb5cc_2001_$way")" "by $way" "the ticket by $way"
	wait_until 5 test ! -e "/tmp/krb5cc_2001_$way" || fail "the ticket by $way is still on the host"
done
case_ok

case_begin "a newer ticket of one name takes the older one's place"
ticket krb5cc_2001_ssh alice newer
expect_eq "$(as_su alice 'cat /tmp/krb5cc_2001_ssh')" newer "the ticket"
leave one
expect_all_gone
case_ok

case_begin "links, other people's files and what is no file stay where they are, and hold nobody up"
clear_host
echo root only >/opt/secret && chmod 600 /opt/secret
ln -s /opt/secret /tmp/krb5cc_2001_link && chown -h alice: /tmp/krb5cc_2001_link
ln -s / /tmp/krb5cc_2001_up && chown -h alice: /tmp/krb5cc_2001_up
mkfifo /tmp/krb5cc_2001_fifo && chown alice: /tmp/krb5cc_2001_fifo
ticket two-names alice two && ln /tmp/two-names /tmp/krb5cc_2001_hard
install -d -o alice /tmp/krb5cc_2001_dir
ticket krb5cc_2001_bobs bob "not hers"
touch /tmp/krb5cc_2001_roots
ticket .krb5cc_2001_hidden alice hidden
ticket krb5cc_2001_good alice good
left=$(ls -A /tmp | grep -v good)
start=$SECONDS
for round in first later; do
	[ $round = first ] || { stay one ssh alice true && ticket krb5cc_2001_good alice good; }
	expect_eq "$(as_su alice 'ls -A /tmp; cat /tmp/*' | xargs)" "krb5cc_2001_good good" "what came along, $round login"
	wait_until 5 test ! -e /tmp/krb5cc_2001_good
	expect_eq "$(ls -A /tmp)" "$left" "what is left on the host, $round login"
	[ $round = first ] || leave one
	expect_all_gone
done
[ $((SECONDS - start)) -lt 60 ] || fail "it took $((SECONDS - start)) s"
expect_eq "$(cat /opt/secret /tmp/krb5cc_2001_bobs | xargs)" "root only not hers" "the others' files"
rm /opt/secret
case_ok

case_begin "a user cannot keep their own login out: too large, no room, a directory of that name"
clear_host
: >"$rig_log"
stay one ssh alice 'mkdir /tmp/krb5cc_2001_dir /tmp/krb5cc_2001_dir/full'
ticket krb5cc_2001_dir alice dir
head -c 20000000 /dev/zero >/tmp/krb5cc_2001_large && chown alice: /tmp/krb5cc_2001_large
expect_eq "$(as_su alice 'ls /tmp')" krb5cc_2001_dir "what there is"
wait_until 5 grep -q 'krb5cc_2001_dir of uid 2001 is not moved' "$rig_log"
expect_match "$(cat "$(rig_settled_log)")" 'krb5cc_2001_large of uid 2001 is not moved into the set: File too large' "log"
expect_match "$(cat "$(rig_settled_log)")" 'krb5cc_2001_dir of uid 2001 is not moved into the set: Is a directory' "log"
rm /tmp/krb5cc_2001_large
as_su alice 'head -c 64M /dev/zero >/tmp/fill' 2>/dev/null
ticket krb5cc_2001_late alice late
expect_eq "$(as_su alice 'ls -A /tmp' | xargs)" "fill krb5cc_2001_dir" "what there is when there is no room"
expect_eq "$(cat /tmp/krb5cc_2001_late)" late "the ticket on the host"
leave one
expect_all_gone
clear_host
case_ok

case_begin "a login that is refused keeps its ticket: the first, whose set cannot be completed"
unmeetable() { # on_error
	import_policy user
	sed -i "s|^    );|      , { path = \"/opt/not-there\"; method = \"tmpfs\"; } ); on_error = \"$1\";|" /etc/security/nsisolate.conf
	rm -rf /opt/not-there
}
ticket krb5cc_2001_kept alice kept
unmeetable deny
expect_fails as_ssh alice true
expect_eq "$(cat /tmp/krb5cc_2001_kept)" kept "the ticket"
unmeetable allow
expect_eq "$(as_ssh alice 'cat /tmp/krb5cc_2001_kept')" kept "the ticket of one who is let in without isolation"
expect_eq "$(cat /tmp/krb5cc_2001_kept)" kept "the ticket afterwards"
expect_all_gone
case_ok

case_begin "a login that is refused keeps its ticket: a later one, for which there is no room"
import_policy user
sed -i 's/scope = /max_sessions = "1"; scope = /' /etc/security/nsisolate.conf
stay one ssh alice 'cat /tmp/krb5cc_2001_kept'
expect_eq "$(cat /run/rig/stay.one)" kept "the ticket that was kept"
ticket krb5cc_2001_late alice late
expect_fails as_ssh alice true
expect_eq "$(cat /tmp/krb5cc_2001_late)" late "the ticket"
leave one
expect_all_gone
clear_host
import_policy user
case_ok

case_begin "files of strangers are not opened, and however many there are, the login comes in"
setpriv --reuid carol --regid carol --clear-groups "$rig_tools/watch_opens" /home/carol/opened /tmp/krb5cc_2001_a /tmp/krb5cc_2001_b &
watcher=$!
wait_until 5 test -e /home/carol/opened
ticket krb5cc_2001_mine alice mine
expect_eq "$(as_ssh alice 'ls -A /tmp')" krb5cc_2001_mine "what came along"
expect_eq "$(stat -c %s /home/carol/opened)" 0 "opens of carol's files"
kill $watcher && wait $watcher 2>/dev/null
mount -t tmpfs -o mode=1777,nr_inodes=0 none /tmp # the files go with it
(cd /tmp && seq -f krb5cc_2001_%.0f 300000 | setpriv --reuid carol --regid carol --clear-groups xargs touch)
start=$SECONDS
expect_ne "$(as_ssh alice 'readlink /proc/self/ns/mnt')" "$(readlink /proc/self/ns/mnt)" "alice's mount namespace"
[ $((SECONDS - start)) -lt 30 ] || fail "it took $((SECONDS - start)) s"
expect_all_gone
umount /tmp
rm -f /home/carol/opened
clear_host
case_ok

case_begin "of very many files of the user's own, 64 come along, and the log is short"
ticket krb5cc_2001_1 alice own
(cd /tmp && seq -f krb5cc_2001_%.0f 2 400 | setpriv --reuid alice --regid alice --clear-groups xargs touch)
lines=$(wc -l <"$(rig_settled_log)")
expect_eq "$(as_ssh alice 'ls -A /tmp | wc -l')" 64 "files that came along"
wait_until 5 grep -q 'not all files of uid 2001 are moved' "$rig_log" || fail "the log does not say so"
expect_ok test $(($(wc -l <"$(rig_settled_log)") - lines)) -lt 20
expect_all_gone
clear_host
case_ok

case_begin "in a group's set, each member brings their own, and a member cannot replace another's"
import_policy group
stay one ssh alice 'mkdir /tmp/krb5cc_2002_a; ln -s /home/alice/caught /tmp/krb5cc_2002_b; echo mine >/tmp/krb5cc_2002_c'
ticket krb5cc_2002_a bob a
ticket krb5cc_2002_b bob b
ticket krb5cc_2002_c bob c
expect_eq "$(as_su bob 'cat /tmp/krb5cc_2002_[bc]; stat -c %U /tmp/krb5cc_2002_[abc]' | xargs)" "b c alice bob bob" "bob's tickets"
[ ! -e /home/alice/caught ] || fail "a symbolic link was followed"
expect_fails as_su alice 'cat /tmp/krb5cc_2002_b'
leave one
expect_all_gone
clear_host
case_ok

case_begin "each of the user's that is left is logged, with why"
import_policy user
clear_host
: >"$rig_log"
install -d -o alice /tmp/krb5cc_2001_dir
ln -s / /tmp/krb5cc_2001_link && chown -h alice: /tmp/krb5cc_2001_link
ticket two-names alice two && ln /tmp/two-names /tmp/krb5cc_2001_hard
touch /tmp/krb5cc_2001_roots
expect_ok as_ssh alice true
wait_until 5 grep -q krb5cc_2001_hard "$rig_log"
expect_match "$(cat "$(rig_settled_log)")" 'krb5cc_2001_dir of uid 2001 is not moved into the set: it is a directory' "directory"
expect_match "$(cat "$(rig_settled_log)")" 'krb5cc_2001_link of uid 2001 is not moved into the set: it is a symbolic link' "link"
expect_match "$(cat "$(rig_settled_log)")" 'krb5cc_2001_hard of uid 2001 is not moved into the set: it has a second name' "second name"
expect_no_match "$(cat "$(rig_settled_log)")" 'krb5cc_2001_roots' "of others"
expect_all_gone
clear_host
case_ok

case_begin "copy: the original stays, and an older one does not replace what the session has renewed"
import_policy user
sed -i 's/import = /copy = /' /etc/security/nsisolate.conf
ticket krb5cc_2001_x alice first
stay one ssh alice 'cat /tmp/krb5cc_2001_x'
expect_match "$(cat /run/rig/stay.one)" first "in the session"
expect_eq "$(cat /tmp/krb5cc_2001_x; stat -c %U:%a /tmp/krb5cc_2001_x)" "first
alice:600" "on the host"
expect_eq "$(as_su alice 'echo renewed >/tmp/krb5cc_2001_x; cat /tmp/krb5cc_2001_x')" renewed "in the session, renewed"
expect_eq "$(as_su alice 'cat /tmp/krb5cc_2001_x')" renewed "at the next login"
sleep 0.01
ticket krb5cc_2001_x alice newer
expect_eq "$(as_su alice 'cat /tmp/krb5cc_2001_x')" newer "a newer one of the host's"
leave one
expect_all_gone
clear_host
case_ok
