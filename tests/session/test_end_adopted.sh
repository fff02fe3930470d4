#!/bin/bash
# SPDX-License-Identifier: MIT
# Held sets whose helper is killed: what the next one knows of them, and does about them.
# alone: after a restart of the helper a set is known by numbers of devices, which the kernel gives to other systems, too.
. "$(dirname "$0")/rig.sh"

isolate
case_begin "an open file of the overlay over another root holds the set, as the next helper knows"
image=/srv/images/lab
mkdir -p $image/{usr,etc,home,proc,sys,dev,run,tmp,var/tmp}
for link in bin sbin lib lib64; do
	ln -s usr/$link $image/$link
done
chmod 1777 $image/tmp $image/var/tmp
cp -a /etc/{passwd,group,shadow,nsswitch.conf,ld.so.cache} $image/etc/
policy <<-END
	version = 1;
	policies = { lab = { namespaces = [ "mount", "ipc" ]; root = "$image"; root_method = "overlay";
	  bind = ( { source = "/usr"; target = "/usr"; options = [ "ro", "suid" ]; recursive = true; } );
	  directories = ( { path = "/tmp"; method = "tmpfs"; } ); }; };
	rules = ( { uid = "2000-2999"; policy = "lab"; } );
END
stay one su alice 'touch /var/tmp/x; echo $$'
held=$(nsisolate list -n -o set | tr -d ' ')
exec 7<"/proc/$(cat /run/rig/stay.one)/root/var/tmp/x"
leave one
wait_until 5 set_is "$held" held || fail "it is $(nsisolate list -n -o set,state)"
slay $(main_pid)
expect_ok as_su bob true
wait_until 5 set_is "$held" held || fail "the next helper has $(nsisolate list -n -o set,state)"
exec 7<&-
expect_all_gone
case_ok

case_begin "what a helper and its scanner left frozen that were killed is thawed by the next helper"
killing_policy
if ! own_group; then
	case_skip "there is no cgroup2 that can be written"
	exit
fi
into "$group"
# A process that has to be killed, and a file that something outside has open.
stay one su alice '(trap "" TERM; setsid sleep 1000 >/dev/null 2>&1 </dev/null &); echo kept >/tmp/mine; echo $$'
into "$cgroup"
held=$(nsisolate list -n -o set | tr -d ' ')
exec 7<"/proc/$(cat /run/rig/stay.one)/root/tmp/mine"
leave one
wait_until 10 set_is "$held" held || fail "it is not held"
slay $(main_pid)
echo 1 >"$group/cgroup.freeze" # as the scanner has left it
expect_ok as_su bob true
wait_until 5 grep -qx 0 "$group/cgroup.freeze" || fail "it is still frozen"
echo 0 >"$group/cgroup.freeze"
exec 7<&-
expect_all_gone
wait_until 5 rmdir "$group" || fail "the group stays"
case_ok
