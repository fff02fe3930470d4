#!/bin/bash
# SPDX-License-Identifier: MIT
# The rest of the view: what is bound, hidden, read-only or gone is so for the session, stays so
# against its user, and the host has nothing of it.
. "$(dirname "$0")/rig.sh"

isolate
mkdir -p /srv/data/deep /srv/view /srv/secret /srv/lib /srv/below /srv/loose /etc/rig
echo data >/srv/data/file
echo secret | tee /srv/secret/file >/etc/rig/secret
echo kept >/srv/lib/file
chmod 666 /srv/lib/file && chmod 1777 /srv/lib /srv/view
echo host >/etc/rig/issue
echo other >/etc/rig/other-issue
mount -t tmpfs below /srv/below && touch /srv/below/here
install -d -o alice -m 755 /srv/loose


rig_mounts >/run/rig/mounts.now
view_policy() { # LINE...: of the policy
	policy <<-END
		version = 1;
		policies = {
		  view = { namespaces = [ "mount" ]; $*
		  };
		};
		rules = ( { uid = "2000-2999"; policy = "view"; } );
	END
}

# What does not change whatever alice does: run as her, prints what is wrong.
attacks='umount /srv/view 2>/dev/null && echo unmounted
umount -l /srv/secret 2>/dev/null && echo unmounted
mount -o remount,bind,rw /srv/lib 2>/dev/null && echo remounted
unshare -Urm sh -c "umount /srv/view /srv/secret /etc/rig/secret; umount -l /srv/secret; umount -R /srv; mount -o remount,bind,rw /srv/lib
	mount -o remount,rw /srv/secret; cat /srv/secret/file /etc/rig/secret; echo changed >/srv/lib/file; ls /srv/below/here" 2>/dev/null
ls /proc/1/root/srv/secret/file /proc/1/cwd 2>/dev/null
cd /srv/view/deep && cat ../../secret/file ../../../srv/secret/file 2>/dev/null
unshare -Ur chroot / cat /srv/secret/file 2>/dev/null
nsenter -t 1 -m cat /srv/secret/file 2>/dev/null
cat /srv/lib/file'

view_policy '
	bind = ( { source = "/srv/data"; target = "/srv/view"; options = [ "ro" ]; },
	         { source = "/etc/rig/other-issue"; target = "/etc/rig/issue"; } );
	hide = [ "/srv/secret", "/etc/rig/secret" ];
	readonly = [ "/srv/lib" ];
	unmount = [ "/srv/below" ];'
case_begin "bind, hide, readonly and unmount are what a session sees"
for way in ssh su sudo login cron; do
	seen=$("as_$way" alice 'echo bound $(cat /srv/view/file)
		echo file $(cat /etc/rig/issue)
		echo hidden $(ls -A /srv/secret | wc -l) $(wc -c </etc/rig/secret)
		echo write $(touch /srv/view/x /srv/lib/x /srv/secret/x 2>&1 | grep -c Read-only)
		echo lib $(cat /srv/lib/file)
		echo below $(ls -A /srv/below | wc -l)')
	expect_eq "$(seen_of bound)" data "bound directory by $way"
	expect_eq "$(seen_of file)" other "bound file by $way"
	expect_eq "$(seen_of hidden)" "0 0" "hidden by $way"
	expect_eq "$(seen_of write)" 3 "read-only by $way"
	expect_eq "$(seen_of lib)" kept "what is read-only by $way"
	expect_eq "$(seen_of below)" 0 "unmounted by $way"
done
expect_all_gone
case_ok

case_begin "and it stays so, whatever the user tries"
expect_eq "$(as_ssh alice "$attacks")" kept "what the attacks came to"
expect_eq "$(cat /srv/lib/file)" kept "the host's file"
expect_all_gone
case_ok

case_begin "the host sees nothing of it"
stay one su alice 'true'
expect_eq "$(ls /srv/view /srv/below | xargs)" "/srv/below: here /srv/view:" "the host's directories"
expect_eq "$(cat /srv/secret/file /etc/rig/issue | xargs)" "secret host" "the host's files"
rig_mounts | diff /run/rig/mounts.now - >&2 || fail "the host's mount table has changed"
leave one
expect_all_gone
case_ok

view_policy 'bind = ( { source = "/srv/loose"; target = "/etc/rig"; } );'
check_refused su alice "a user's directory would stand among the settings of the system"
expect_match "$(tail -n 5 "$(rig_settled_log)")" 'others than root can write' "log"

view_policy 'hide = [ "/srv/not-there" ];'
check_refused sudo alice "what is to be hidden is not there"

ln -s /srv/secret /srv/link
view_policy 'hide = [ "/srv/link" ];'
check_refused su alice "what is to be hidden is a symbolic link"

mkdir -p /srv/loose/in && chown alice /srv/loose/in
view_policy 'bind = ( { source = "/srv/data"; target = "/srv/loose/in"; } );'
check_refused su alice "the target could be moved by a user"

view_policy 'readonly = [ "/" ];'
case_begin 'readonly = "/": the root file system, and not what is mounted elsewhere'
seen=$(as_ssh_tty alice 'echo root $(touch /srv/view/x 2>&1 | grep -c Read-only); echo tmp $(touch /tmp/alice-was-here && echo written); echo tty $(tty)')
expect_eq "$(seen_of root)" 1 "the root file system"
expect_eq "$(seen_of tmp)" written "/tmp"
expect_match "$(seen_of tty)" /dev/pts "terminal"
rm -f /tmp/alice-was-here
expect_all_gone
case_ok

for kind in slave private shared unbindable; do
	view_policy "propagation = \"$kind\";"
	case_begin "propagation = \"$kind\": what the host mounts later, and what the session mounts"
	stay one su alice "grep ' / / ' /proc/self/mountinfo | grep -oE '(shared|master|unbindable):?' | xargs echo tags"
	mount -t tmpfs later /srv/data/deep && touch /srv/data/deep/later
	pid=$(pgrep -u alice -o -f stay.one)
	seen=$(nsenter -t "$pid" -m ls /srv/data/deep)
	nsenter -t "$pid" -m mount -t tmpfs inner /srv/loose
	expect_eq "$(grep -c ' /srv/loose ' /proc/self/mountinfo)" 0 "mounts of the session's on the host"
	umount /srv/data/deep
	case $kind in
	slave) expect_eq "$seen" later "a later mount" && expect_eq "$(cat /run/rig/stay.one)" "tags master:" "tags" ;;
	private) expect_eq "$seen" "" "a later mount" && expect_eq "$(cat /run/rig/stay.one)" "tags" "tags" ;;
	shared) expect_match "$(cat /run/rig/stay.one)" "shared:" "tags" ;;
	unbindable) expect_match "$(cat /run/rig/stay.one)" "unbindable" "tags" ;;
	esac
	leave one
	expect_all_gone
	case_ok
done

view_policy 'propagation = ( { path = "/srv/data"; type = "private"; } );'
case_begin "propagation of one path"
expect_match "$(as_su alice 'grep " /srv/data " /proc/self/mountinfo')" '^[^-]* /srv/data [a-z,]* - ' "no tag"
expect_all_gone
case_ok

view_policy 'proc = { hidepid = "invisible"; subset = "pid"; };'
case_begin "proc: other people's processes and the rest of it are out of sight"
for way in ssh su sudo login cron; do
	seen=$("as_$way" alice 'echo others $(ls -ld /proc/[0-9]* | grep -vc " alice ")
		echo self $(readlink /proc/self >/dev/null && echo there)
		echo rest $(ls /proc | grep -vc "^[0-9]")')
	expect_eq "$(seen_of others)" 0 "others' processes by $way"
	expect_eq "$(seen_of self)" there "/proc/self by $way"
	expect_match "$(seen_of rest)" '^[0-4]$' "other files by $way"
done
expect_eq "$(as_su alice 'unshare -Urm umount /proc 2>/dev/null; unshare -Urm sh -c "umount -l /proc 2>/dev/null; ls /proc | grep -c meminfo"')" 0 "after umount"
expect_all_gone
case_ok

echo mine >/home/alice/thesis && chown alice: /home/alice/thesis
view_policy 'home = "overlay";
	directories = ( { path = "/srv/lib"; method = "overlay"; size = "16M"; } );'
case_begin "overlay: written to and gone with the session, and never on the host"
for way in ssh su sudo; do
	seen=$("as_$way" alice 'echo thesis $(cat ~/thesis)
		echo changed >>~/thesis; rm -f ~/.bashrc; touch ~/new
		echo now $(tail -n1 ~/thesis) $(ls -A ~ | grep -c "bashrc\|^new$")
		echo owner $(stat -c %U-%a ~)
		echo lib $(echo changed >/srv/lib/file; cat /srv/lib/file)
		echo full $(head -c 20M /dev/zero 2>/dev/null | tee /srv/lib/big 2>&1 >/dev/null | grep -c "No space")')
	expect_eq "$(seen_of thesis)" mine "the file by $way"
	expect_eq "$(seen_of now)" "changed 1" "what was done by $way"
	expect_eq "$(seen_of owner)" "alice-$(stat -c %a /home/alice)" "the home by $way"
	expect_eq "$(seen_of lib)" changed "a directory by $way"
	expect_eq "$(seen_of full)" 1 "its size by $way"
	expect_all_gone
done
expect_eq "$(cat /home/alice/thesis /srv/lib/file | xargs)" "mine kept" "the host's files"
[ ! -e /home/alice/new ] && [ -e /home/alice/.bashrc ] || fail "the host's home has changed"
expect_eq "$(as_su alice 'unshare -Urm sh -c "umount -l /home/alice; umount -l /srv/lib; cat ~/thesis; echo gone >~/thesis"' 2>/dev/null; cat /home/alice/thesis)" "mine
mine" "after umount in a user namespace"
expect_all_gone
case_ok

policy <<-END
	version = 1;
	policies = { clock = { namespaces = [ "mount", "time" ]; clock = { boottime = "+3d"; monotonic = "+2h"; }; }; };
	rules = ( { uid = "2000-2999"; policy = "clock"; } );
END
case_begin "clock: three days up for the session, also for those who join"
up() { cut -d. -f1 /proc/uptime; }
for way in ssh su sudo login cron; do
	host=$(up)
	inside=$("as_$way" alice 'cut -d. -f1 /proc/uptime')
	[ $((inside - host)) -ge 259200 ] && [ $((inside - host)) -lt 259260 ] ||
		fail "uptime by $way: $inside, of the host: $host"
done
stay one ssh alice 'readlink /proc/self/ns/time'
expect_eq "$(as_su alice 'readlink /proc/self/ns/time')" "$(cat /run/rig/stay.one)" "time namespace of a second login"
expect_match "$(as_su alice 'grep -E "^(boottime|monotonic)" /proc/self/timens_offsets | xargs')" 'monotonic 7200 0 boottime 259200 0' "offsets"
expect_eq "$(as_su alice 'echo "boottime 1 0" >/proc/self/timens_offsets; cat /proc/self/timens_offsets | grep -c 259200' 2>/dev/null)" 1 "offsets after an attack"
leave one
expect_all_gone
case_ok
umount /srv/below
