#!/bin/bash
# SPDX-License-Identifier: MIT
# Sessions that are opened or closed in a chroot: entering a set would lead out of it.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
stack rig "$rig_service"
jail=/run/rig/jail

# A bind mount of the whole system, which looks like a root directory from within.
make_jail() { # [own-run]: with an empty /run, where it does not find the host's helper
	mkdir -p $jail
	mount --rbind / $jail
	mount --make-rprivate $jail
	[ "${1:-}" != own-run ] || mount -t tmpfs -o mode=755 run $jail/run
}
end_jail() {
	umount -R -l $jail
	rmdir $jail
}
in_jail() { # CMD...
	in_time chroot $jail "$@" </dev/null
}
nothing_built() {
	expect_eq "$(sets_left)$(instances_left)" "" "sets and instances"
	expect_no_match "$(cat "$(rig_settled_log)")" ' built set=' "log"
}

make_jail
for helper in 'none yet' 'one on the host'; do
	case_begin "su in a jail with the host's /run is refused before anything is built (helper: $helper)"
	[ "$helper" = 'none yet' ] || as_su root true
	: >"$rig_log"
	[ "$helper" = 'none yet' ] || sed -i 's/uid = "2000-2999"/uid = "2001-2002"/' /etc/security/nsisolate.conf
	[ "$helper" = 'none yet' ] || as_su carol true # who starts one, and is covered by no rule
	expect_eq "$(in_jail su alice -c 'echo ran')" "" "alice's program"
	expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -1)" 'chroot' "log"
	nothing_built
	case_ok
done

case_begin "with on_error = allow she is let in where she is, in the jail"
sed -i 's/scope = "user";/scope = "user"; on_error = "allow";/' /etc/security/nsisolate.conf
touch $jail/tmp/in-the-jail
expect_eq "$(in_jail su alice -c 'hostname')" rig "hostname"
nothing_built
rm -f $jail/tmp/in-the-jail
default_policy
case_ok

case_begin "whom no rule covers is let in, and root"
sed -i 's/uid = "2000-2999"/uid = "2001-2002"/' /etc/security/nsisolate.conf
expect_eq "$(in_jail su carol -c 'id -un')" carol "carol's program"
expect_eq "$(in_jail su root -c 'id -un')" root "root's program"
nothing_built
default_policy
case_ok

case_begin "nsisolate run in the jail is refused"
out=$(in_jail nsisolate run alice -- sh -c 'echo ran' 2>&1)
expect_eq $? 1 "status"
expect_match "$out" 'chroot' "what it says"
nothing_built
case_ok

case_begin "from inside a set as well: sudo chroot, then su"
out=$(as_ssh alice "touch /tmp/alices; sudo chroot $jail su bob -c 'echo ran'; ls /tmp")
expect_eq "$out" alices "what ran"
expect_match "$(grep 'refused user=bob' "$(rig_settled_log)" | tail -1)" 'chroot' "log"
expect_all_gone
case_ok

case_begin "who has gone into a chroot since the open stays in it at the close"
out=$("$rig_tools/pamhost" --silent -s rig -u alice open chroot $jail close here 'hostname; ls -d /run/rig/jail/etc 2>/dev/null' | xargs)
expect_match "$out" 'close PAM_SUCCESS rig-alice here' "where it is"
expect_match "$(grep 'pamhost.*closed, but not back' "$(rig_settled_log)" | tail -1)" 'chroot' "log"
expect_all_gone
case_ok
end_jail

case_begin "a chroot to the root directory itself is none"
seen=$(in_time chroot / su alice -c "$look" </dev/null)
expect_isolated alice
expect_all_gone
case_ok

rig_stop_helper
make_jail own-run
case_begin "in a jail with a /run of its own no helper is started, and nothing is made"
: >"$rig_log"
expect_eq "$(in_jail su alice -c 'echo ran')" "" "alice's program"
expect_match "$(grep 'refused user=alice' "$(rig_settled_log)" | tail -1)" 'this is a chroot' "log"
expect_eq "$(ls $jail/run)" "" "its /run"
expect_eq "$(in_jail su root -c 'id -un')" root "root's program"
out=$(in_jail nsisolate run alice -- sh -c 'echo ran' 2>&1)
expect_eq $? 1 "status of nsisolate run"
expect_match "$out" 'this is a chroot' "what it says"
nothing_built
wait_until 5 helpers_gone || fail "a helper is left"
case_ok

case_begin "one that is started by hand in it ends, and says why"
out=$(in_jail "$helper_path" --foreground 2>&1)
expect_ne "$?" 0 "status"
expect_match "$out$(cat "$(rig_settled_log)")" 'this is a chroot' "what it says"
case_ok
end_jail
