#!/bin/bash
# SPDX-License-Identifier: MIT
# What people do on the host while a set lives: files that are replaced, directories that are moved, disks
# that are mounted late.  The session's view stays what its policy says, and so does that of the next login.
# slow: eighty sessions with sets of their own
. "$(dirname "$0")/rig.sh"

isolate

# A session that looks anew whenever it is asked to: "ask CMD" prints what CMD says in it.
begin_session() {
	rm -f /home/alice/{ask,answer}
	touch /home/alice/asking
	stay live ssh alice '( while [ -e ~/asking ]; do if [ -e ~/ask ]; then sh ~/ask >~/answer.new 2>&1; rm -f ~/ask; mv ~/answer.new ~/answer; fi; sleep 0.05; done ) & true'
}
ask() { # CMD
	rm -f /home/alice/answer
	echo "$1" >/home/alice/ask.new && mv /home/alice/ask.new /home/alice/ask
	wait_until 5 test -e /home/alice/answer || fail "the session does not answer"
	cat /home/alice/answer
}
says() { # CMD WANT
	[ "$(ask "$1")" = "$2" ]
}
expect_soon() { # CMD WANT WHAT: in the live session within a second, and in one that joins
	local from then now
	from=$(date +%s%N)
	wait_until 4 says "$1" "$2" || fail "$3: not $2 but $(ask "$1")"
	then=$(date +%s%N)
	ask true # which a busy machine takes longer for, too
	now=$(date +%s%N)
	[ $(((then - from) / 1000000)) -lt $((2200 + (now - then) * 4 / 1000000)) ] || fail "$3: it took too long, $(((then - from) / 1000000)) ms"
	expect_eq "$(as_su alice "$1")" "$2" "$3, in one that joins"
}
end_session() {
	rm -f /home/alice/asking
	leave live
	expect_all_gone
}
view_policy() {
	policy <<-END
		version = 1;
		policies = { view = { $* }; };
		rules = ( { uid = "2000-2999"; policy = "view"; } );
	END
}
mkdir -p /srv/moved /srv/tree /srv/data /srv/other
echo secret | tee /etc/answers /srv/moved/file >/srv/tree/file
echo "for sessions" >/srv/motd
echo "for the host" >/etc/motd

view_policy 'namespaces = [ "mount", "uts" ]; hostname = "%{host}-%{user}";
	hide = [ "/etc/answers", "/srv/moved" ]; readonly = [ "/srv/tree" ];
	bind = ( { source = "/srv/motd"; target = "/etc/motd"; } );'

case_begin "a hidden file that is replaced, removed and written anew, or made a link, stays hidden"
begin_session
seen='cat /etc/answers 2>/dev/null; echo end'
sed -i 's/secret/other secret/' /etc/answers
expect_soon "$seen" end "replaced by sed -i"
expect_match "$(cat "$(rig_settled_log)")" 'set [0-9]+ \(uid 2001\): /etc/answers is hidden again: what was there has been replaced on the host' "the log"
rm /etc/answers
sleep 0.3
echo "a new secret" >/etc/answers
expect_soon "$seen" end "removed and written anew"
echo "elsewhere" >/srv/other/answers && chmod 644 /srv/other/answers
ln -s /srv/other/answers /etc/answers.new && mv /etc/answers.new /etc/answers
expect_soon "$seen" end "replaced by a link"
rm /etc/answers && echo secret >/etc/answers
case_ok

case_begin "a hidden file that is replaced again and again, while it is being hidden, stays hidden"
# shellcheck disable=SC2016
perl -e 'for (my $end = time + 3; time < $end;) {
	open(my $f, ">", "/etc/answers.new") or die $!; print $f "secret\n"; close($f);
	rename("/etc/answers.new", "/etc/answers") or die $!; }' || fail "nothing was replaced"
expect_soon "$seen" end "replaced all the time"
expect_eq "$(grep -c 'answers is not hidden any more' "$(rig_settled_log)")" 0 "times that it was given up"
case_ok

case_begin "a hidden directory that is moved, and made anew, is hidden again"
mv /srv/moved /srv/moved.old
mkdir /srv/moved && echo "new secret" >/srv/moved/file
expect_soon 'ls -A /srv/moved; echo end' end "moved and made anew"
expect_eq "$(ask 'ls -A /srv/moved.old')" "" "the old one"
rm -rf /srv/moved
mkdir /srv/moved && echo "newer secret" >/srv/moved/file
expect_soon 'ls -A /srv/moved; echo end' end "removed and made anew"
case_ok

case_begin "a read-only tree stays so, and what is bound follows its source"
mv /srv/tree /srv/tree.old && mkdir -m 1777 /srv/tree
expect_soon '(echo x >/srv/tree/x) 2>/dev/null && echo written || echo refused' refused "read-only"
sed -i '$a # edited' /etc/motd
expect_soon 'head -n 1 /etc/motd' "for sessions" "the target was replaced"
echo "newer for sessions" >/srv/motd.new && mv /srv/motd.new /srv/motd
expect_soon 'cat /etc/motd' "newer for sessions" "the source was replaced"
case_ok

case_begin "the set's files of /etc stay, with what is new in the host's"
echo "192.0.2.7 newserver" >>/etc/hosts
sed -i 's/newserver/betterserver/' /etc/hosts
name=$(ask hostname)
expect_soon 'grep -c "$(hostname)" /etc/hosts; cat /etc/hostname; grep -c betterserver /etc/hosts' "1
$name
1" "hosts and hostname"
echo elsewhere >/etc/hostname.new && mv /etc/hostname.new /etc/hostname
expect_soon 'cat /etc/hostname' "$name" "hostname"
case_ok

case_begin "what changes while there is no helper is put right before the next login is let in"
kill_helper
sed -i '$a more secrets' /etc/answers
expect_eq "$(as_su alice "$seen")" end "one that joins by a new helper"
expect_soon "$seen" end "the session"
end_session
case_ok

case_begin "the same with a helper that is killed as soon as the set is there"
begin_session
kill_helper
sed -i '$a the last secrets' /etc/answers
expect_eq "$(as_su alice "$seen")" end "one that joins by a new helper"
expect_soon "$seen" end "the session"
expect_no_match "$(cat "$(rig_settled_log)")" 'is not watched' "log"
end_session
case_ok

case_begin "a login that comes at the same moment waits for the look"
begin_session
for i in 1 2 3 4 5; do
	sed -i "\$a secret $i" /etc/answers
	expect_eq "$(as_su alice 'cat /etc/answers | wc -l')" 0 "at once, $i"
done
end_session
case_ok

mkdir -p /srv/x/tmp /srv/x/hid /srv/y/tmp
chmod 1777 /srv/x/tmp /srv/y/tmp
view_policy 'namespaces = [ "mount" ]; hide = [ "/srv/x/hid" ];
	directories = ( { path = "/srv/x/tmp"; method = "tmpfs"; }, { path = "/srv/y/tmp"; method = "disk"; retain = "session"; }, { path = "/tmp"; method = "tmpfs"; } );'
late() { # DIR: a file system that comes late, with the directories of the policy in it
	mount -t tmpfs -o mode=755 late "$1" && mkdir -p "$1/tmp" "$1/hid" && chmod 1777 "$1/tmp" && echo secret >"$1/hid/file"
}

case_begin "a mount of the host's above a private directory does not take it away"
begin_session
ask 'echo mine >/srv/x/tmp/mine; echo mine >/srv/y/tmp/mine' >/dev/null
late /srv/x
late /srv/y
expect_soon 'cat /srv/x/tmp/mine /srv/y/tmp/mine; ls -A /srv/x/hid' "mine
mine" "private"
ask 'echo more >/srv/x/tmp/more; echo more >/srv/y/tmp/more' >/dev/null
expect_eq "$(ls -A /srv/x/tmp /srv/y/tmp | xargs)" "/srv/x/tmp: /srv/y/tmp:" "the host's"
expect_match "$(cat "$(rig_settled_log)")" '/srv/x/tmp is private again: a mount of the host.s had covered it' "the log"
run_ctl list --json
expect_match "$(json "$out" sets.0.view.note)" '/srv/[xy]/[a-z]* is (private|hidden) again' "list names it"
expect_eq "$(json "$out" sets.0.view.lost)" false "list says it is put right"
umount /srv/x /srv/y
expect_soon 'cat /srv/x/tmp/mine /srv/y/tmp/mine' "mine
mine" "after umount"
case_ok

end_session

case_begin "above a mount that has no safe place for it, the session sees its own as before"
begin_session
ask 'echo mine >/srv/x/tmp/mine; echo mine >/srv/y/tmp/mine' >/dev/null
mount -t tmpfs -o mode=1777 late /srv/x && mkdir -m 1777 /srv/x/tmp
mount -t tmpfs -o mode=755 late /srv/y
expect_soon 'cat /srv/x/tmp/mine /srv/y/tmp/mine' "mine
mine" "private"
expect_match "$(cat "$(rig_settled_log)")" "/srv/[xy]/tmp is private again: the host's mount that had covered it is taken away here" "the log"
umount /srv/x /srv/y
expect_soon 'cat /srv/x/tmp/mine /srv/y/tmp/mine' "mine
mine" "after umount"
case_ok

case_begin "a private directory whose place is moved or made anew on the host stays private"
mv /srv/x/tmp /srv/x/tmp.old && mkdir -m 1777 /srv/x/tmp
expect_soon 'cat /srv/x/tmp/mine' mine "moved"
mv /srv/y/tmp /srv/y/tmp.old && mkdir -m 1777 /srv/y/tmp
expect_soon 'cat /srv/y/tmp/mine' mine "moved, on disk"
rm -rf /srv/x/tmp; mkdir -m 1777 /srv/x/tmp
sleep 0.5
ask 'echo again >/srv/x/tmp/again' >/dev/null
expect_soon 'cat /srv/x/tmp/again' again "removed and made anew"
expect_fails test -e /srv/x/tmp/again
end_session
case_ok

case_begin "an overlay over a directory and one over the home: moved or made anew on the host, it hides changes from the host again"
mkdir -p /srv/over && echo host >/srv/over/file
install -d -o alice -g alice /home/alice/kept
echo host >/home/alice/kept/file && chown alice: /home/alice/kept/file
view_policy 'namespaces = [ "mount" ]; home = "overlay";
	directories = ( { path = "/srv/over"; method = "overlay"; options = [ "rw" ]; } );'
touch /srv/other/stay # "stay" writes to the home
as_su alice 'while test -e /srv/other/stay; do sleep 0.1; done' &
live=$!
overlaid='stat -f -c %T /srv/over ~ | xargs; cat /srv/over/file ~/kept/file | xargs'
expect_eq "$(as_su alice "$overlaid")" "overlayfs overlayfs
host host" "at first"
as_su alice 'echo set >~/kept/file; mkdir ~/kept/new'
as_root_in_set() {
	run_ctl enter alice --root -- sh -c "$1"
	echo "$out"
}
as_root_in_set 'echo set >/srv/over/file'
mv /srv/over /srv/over.old && mkdir /srv/over && echo anew >/srv/over/file
expect_eq "$(as_su alice "$overlaid" | tail -n 1)" "set set" "a directory that was moved keeps the changes"
rm -rf /srv/over /srv/over.old && mkdir /srv/over && echo anew >/srv/over/file
expect_eq "$(as_su alice "$overlaid")" "overlayfs overlayfs
anew set" "a directory that was removed"
as_root_in_set 'echo set >/srv/over/file'
expect_eq "$(cat /srv/over/file)" anew "the host's after a change in the new one"
mv /home/alice /home/alice.old && cp -a /home/alice.old /home/alice
expect_eq "$(as_su alice "$overlaid" | head -n 1)" "overlayfs overlayfs" "a home that was moved"
as_su alice 'echo again >~/kept/file; mkdir ~/kept/new; touch -d 2020-01-01 ~/kept/new'
expect_eq "$(as_su alice 'cat ~/kept/file; stat -c %U:%Y ~/kept/file ~/kept/new | tail -n 1')" "again
alice:1577836800" "changes in the new overlay of the home"
expect_eq "$(cat /home/alice/kept/file)" host "the host's home"
expect_match "$(cat "$(rig_settled_log)")" '/srv/over is private again: but without its changes, as its mount is gone' "the log"
expect_match "$(cat "$(rig_settled_log)")" '/home/alice is an overlay again' "the log of the home"
rm /srv/other/stay && wait $live
expect_all_gone
rm -rf /home/alice.old /home/alice/kept /srv/over
case_ok

case_begin "what the host mounts again where the policy unmounts is taken away again"
mkdir -p /srv/below && mount -t tmpfs below /srv/below && touch /srv/below/here
view_policy 'namespaces = [ "mount" ]; unmount = [ "/srv/below" ];'
begin_session
umount /srv/below && mount -t tmpfs below /srv/below && touch /srv/below/here
expect_soon 'ls -A /srv/below; echo end' end "unmounted"
end_session
umount /srv/below
case_ok

case_begin "a view that cannot be put right lets nobody join, says why, and lets them in when it can"
view_policy 'namespaces = [ "mount" ]; bind = ( { source = "/srv/motd"; target = "/etc/motd"; } );'
begin_session
rm /etc/motd && mkdir /etc/motd
expect_fails as_su alice true
expect_match "$(cat "$(rig_settled_log)")" 'refused user=alice.*set [0-9]+ is not what its policy says: /etc/motd is not bound any more: cannot bind to /etc/motd: one is a directory' "the log"
run_ctl list --json
expect_eq "$(json "$out" sets.0.view.lost)" true "list says it is lost"
run_ctl doctor
expect_match "$out" 'set [0-9]+ of alice: /etc/motd is not bound any more' "doctor"
rmdir /etc/motd && echo host >/etc/motd
expect_eq "$(as_su alice 'cat /etc/motd')" "newer for sessions" "mended"
end_session
case_ok

case_begin "a host that mounts all the time holds up no login"
view_policy 'namespaces = [ "mount" ]; directories = ( { path = "/tmp"; method = "tmpfs"; } ); hide = [ "/etc/answers" ];'
begin_session
(while [ ! -e /run/rig/enough ]; do mount -t tmpfs storm /srv/other && umount /srv/other; done) &
for i in 1 2 3 4 5 6 7 8; do
	expect_eq "$(as_su alice 'cat /etc/answers; echo in')" in "login $i"
done
touch /run/rig/enough && wait $!
end_session
case_ok

stack rig "$rig_service"
case_begin "more sets than one look takes are all put right within a second or two"
view_policy 'scope = "session"; namespaces = [ "mount" ]; hide = [ "/etc/answers" ];'
mkfifo /run/rig/over
exec 8<>/run/rig/over # whose end is the end of those who read it
for i in $(seq 80); do
	(exec 8<&- && as_pamhost alice open here 'cat /run/rig/over' close >/dev/null 2>&1) &
	crowd[i]=$!
done
many_sets() { [ "$(sets_left | wc -w)" -ge 80 ]; }
wait_until 20 many_sets || fail "there are only $(sets_left | wc -w) sets"
sleep 1
all_hidden() { # in each, seen through its anchor
	local pid
	for pid in $anchors; do [ ! -s "/proc/$pid/root/etc/answers" ] || return 1; done
}
anchors=$(nsisolate list -n -o anchor)
expect_eq "$(wc -w <<<"$anchors")" 80 "anchors"
sed -i '$a more' /etc/answers
wait_until 3 all_hidden || fail "not all are hidden again"
exec 8<&-
wait "${crowd[@]}"
rm /run/rig/over
expect_all_gone
case_ok

case_begin "doctor finds a host whose mounts do not propagate, and automounts that a policy cuts off"
view_policy 'namespaces = [ "mount" ]; propagation = "private";'
run_ctl doctor
expect_no_match "$out" 'do not propagate|automounts' "a usual host"
mkfifo /run/rig/auto
exec {auto}<>/run/rig/auto
if mount -t autofs -o "fd=$auto,pgrp=$(ps -o pgid= $$ | tr -d ' '),minproto=5,maxproto=5,indirect" auto /srv/other 2>/dev/null; then
	run_ctl doctor
	expect_match "$out" "policy 'view' cuts / off from the host's mounts, and this host has automounts" "automounts"
	umount /srv/other
fi
exec {auto}>&-
expect_match "$(unshare -m --propagation private nsisolate doctor 2>&1)" 'mounts of / do not propagate on this host' "private"
case_ok

case_begin "the same with a PID namespace, with a user namespace, and in another root"
for more in 'namespaces = [ "mount", "pid" ];' 'namespaces = [ "mount" ]; user = "map";'; do
	view_policy "$more"' hide = [ "/etc/answers" ]; unmount = [ "/srv/below" ]; bind = ( { source = "/srv/motd"; target = "/etc/motd"; } );'
	begin_session
	sed -i '$a more' /etc/answers /etc/motd
	echo "newest" >/srv/motd.new && mv /srv/motd.new /srv/motd
	mount -t tmpfs below /srv/below && touch /srv/below/here
	expect_soon 'cat /etc/answers /etc/motd; ls -A /srv/below' newest "$more"
	umount /srv/below
	end_session
done
case_ok

case_begin "the session's resolv.conf follows the host's servers; /etc/netns/NAME stays"
rm -f /etc/resolv.conf && echo 'nameserver 192.0.2.1' >/etc/resolv.conf
ip netns add lab && mkdir -p /etc/netns/lab && echo "of lab" >/etc/netns/lab/motd
policy <<-'END'
	version = 1;
	policies = {
	  own = { namespaces = [ "mount", "net" ]; network = { mode = "bridge"; bridge = "nsiv0"; pool = "10.98.0.0/24"; create = true; }; };
	  lab = { namespaces = [ "mount", "net" ]; network = { mode = "netns"; name = "lab"; }; }; };
	rules = ( { user = "bob"; policy = "lab"; }, { uid = "2000-2999"; policy = "own"; } );
END
begin_session
stay lab su bob 'while [ -e ~/stay.lab ]; do cat /etc/motd >~/seen.new; mv ~/seen.new ~/seen; sleep 0.05; done'
expect_eq "$(ask 'grep -c 192.0.2.1 /etc/resolv.conf')" 1 "at first"
echo 'nameserver 192.0.2.77' >/etc/resolv.conf.new && mv /etc/resolv.conf.new /etc/resolv.conf
expect_soon 'grep -c 192.0.2.77 /etc/resolv.conf; grep -c alone /etc/resolv.conf' "1
1" "after the host's has changed"
sed -i '$a of the host' /etc/motd
expect_eq "$(as_su bob 'cat /etc/motd')" "of lab" "the file of the namespace"
leave lab
end_session
ip netns del lab && rm -r /etc/netns/lab && umount /run/netns
ip link del nsiv0 2>/dev/null || true # it goes with the last set
case_ok
