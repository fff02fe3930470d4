#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: after the helper was killed, held sets are known by device numbers, which other systems on this kernel take
# The kernel's own limits, reached for real: in namespaces below a user namespace of the test's, as they are counted there.
# It is a container as those of unprivileged users are: with processes of its own, whose PID 1 tells what its host is.
. "$(dirname "$0")/rig.sh"

default_policy
stack rig "$rig_service"

begin_world() {
	unshare -U -m -i -u -p -f --kill-child --propagation private sleep infinity &
	container=$!
	is_apart() { world=$(pgrep -P $container -x sleep); }
	wait_until 5 is_apart || return 1
	echo '0 0 65536' >/proc/$world/uid_map && echo '0 0 65536' >/proc/$world/gid_map || return 1
	mkdir -p $rundir $statedir
	in_world sh -c "mount -t proc proc /proc && mount -t tmpfs -o mode=700 run $rundir && mount -t tmpfs -o mode=700 lib $statedir"
}

in_world() {
	nsenter -t $world -U -m -i -u -p -- "$@"
}

end_world() {
	rig_stop_helper
	kill -KILL $world
	wait $container 2>/dev/null || true # killed
}

logs_in() {
	in_world "$rig_tools/pamhost" -s rig -u alice open run "$ns_cmd" close
}

world_is_empty() {
	[ -z "$(in_world find $rundir/sets -mindepth 1 2>/dev/null)" ]
}

works() { # and its set is over: one that a killed helper has left is known by numbers, which others get
	local seen
	seen=$(logs_in) || fail "$1: $seen"
	expect_match "$seen" '^open PAM_SUCCESS' "$1"
	expect_other_ns "$(grep ^mnt: <<<"$seen")" "$1"
	wait_until 10 world_is_empty || fail "$1: the set stays"
}

refused_naming() { # REGEX WHAT
	local seen
	seen=$(logs_in)
	expect_match "$seen" 'open PAM_SYSTEM_ERR' "$2: $seen"
	expect_no_match "$seen" '^mnt:' "$2: what has run"
	expect_match "$(grep refused "$(rig_settled_log)" | tail -n 1)" "$1" "$2: log"
}

case_begin "a login in a user namespace of the machine's root"
begin_world || fail "no world"
works "before"
case_ok

# with_kinds KIND...: the policy has these as well.
with_kinds() {
	local list
	list=$(printf ', "%s"' "$@")
	default_policy
	sed -i "s/\"uts\" \];/\"uts\"$list ];/" /etc/security/nsisolate.conf
}

# Each by its own name: of all that the set has, the one that is to be made larger.
for kind in mnt ipc uts net pid cgroup time user; do
	case_begin "max_${kind}_namespaces: refused by its name, and the next login works when there is room"
	case $kind in
	mnt | ipc | uts) default_policy ;;
	user) default_policy && sed -i 's/hostname = /user = "map"; &/' /etc/security/nsisolate.conf ;;
	*) with_kinds $kind ;;
	esac
	works "before"
	rig_stop_helper # its spare anchor would have what cannot be had any more
	was=$(in_world cat /proc/sys/user/max_${kind}_namespaces)
	case $kind in
	mnt | ipc | uts | pid) room=1 ;; # the world's own
	*) room=0 ;;
	esac
	in_world sh -c "echo $room >/proc/sys/user/max_${kind}_namespaces"
	refused_naming "max_${kind}_namespaces" "$kind"
	for other in mnt ipc uts net pid cgroup time user; do
		[ $other = $kind ] || expect_no_match "$(grep refused "$(rig_settled_log)" | tail -n 1)" "max_${other}_" "$kind: the others"
	done
	in_world sh -c "echo $was >/proc/sys/user/max_${kind}_namespaces"
	works "afterwards"
	case_ok
done
default_policy

# The others, each by a policy of its own.  None of them is had by the world itself: so there is room for none.
declare -A kinds_of=([pid]='"mount", "pid"' [user]='"uts"')
for kind in net pid cgroup time user; do
	case_begin "max_${kind}_namespaces: refused by its name, and the next login works when there is room"
	policy <<-END
		version = 1;
		policies = { one = { namespaces = [ ${kinds_of[$kind]:-\"$kind\"} ]; $([ $kind != user ] || echo 'user = "delegate";') }; };
		rules = ( { uid = "2000-2999"; policy = "one"; } );
	END
	kind_cmd="readlink /proc/self/ns/${kind}"
	seen=$(in_world "$rig_tools/pamhost" -s rig -u alice open run "$kind_cmd" close)
	if ! grep -q 'open PAM_SUCCESS' <<<"$seen"; then
		case_skip "no such set can be had in a user namespace here: $(grep refused "$(rig_settled_log)" | tail -n 1 | sed 's/.*reason=//' | cut -c 1-120)"
		continue
	fi
	[ $kind = user ] || # the session itself stays outside of that
		expect_ne "$(grep ^$kind: <<<"$seen")" "$(readlink /proc/self/ns/$kind)" "its namespace"
	wait_until 10 world_is_empty || fail "the set stays"
	rig_stop_helper
	was=$(in_world cat /proc/sys/user/max_${kind}_namespaces)
	in_world sh -c "echo 0 >/proc/sys/user/max_${kind}_namespaces"
	refused_naming "max_($kind|[*])_namespaces" "$kind"
	in_world sh -c "echo $was >/proc/sys/user/max_${kind}_namespaces"
	seen=$(in_world "$rig_tools/pamhost" -s rig -u alice open close)
	expect_match "$seen" 'open PAM_SUCCESS' "afterwards"
	wait_until 10 world_is_empty || fail "the set stays, afterwards"
	case_ok
done
default_policy

# A mount namespace has room for fs.mount-max mounts, whose default of 100000 is the machine's.
case_begin "fs.mount-max: refused by its name, and the next login works when there is room"
if [ "$(cat /proc/sys/fs/mount-max)" -gt 200000 ]; then
	case_skip "fs.mount-max is too large to be reached"
else
	in_world bash -c '
		mkdir -p /run/rig/many && mount -t tmpfs many /run/rig/many && cd /run/rig/many && mkdir seed few lots
		mount -t tmpfs seed seed && mkdir seed/{1..1000} lots/{1..200} few/{1..1100}
		for i in {1..1000}; do mount -n --bind few seed/$i || exit; done
		for i in {1..200}; do mount -n --rbind seed lots/$i 2>/dev/null || break; done
		for i in {1..1100}; do mount -n --bind few few/$i 2>/dev/null || exit 0; done; exit 1' || fail "cannot fill it"
	in_world wc -l /proc/self/mountinfo >&2
	refused_naming 'fs/mount-max' "mount-max"
	in_world umount -l /run/rig/many
	works "afterwards"
	case_ok
fi
end_world
