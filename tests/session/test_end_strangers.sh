#!/bin/bash
# SPDX-License-Identifier: MIT
# What the host mounts on a path of a live set comes in below the private directory.  It makes
# nobody a member: no signal goes to a stranger, and no set waits for one.
. "$(dirname "$0")/rig.sh"

isolate
with() { # ON-LAST-CLOSE SCOPE
	policy <<-END
		version = 1;
		policies = { lab = { scope = "$2"; namespaces = [ "mount", "ipc", "uts" ];
		  on_last_close = "$1"; kill_grace = "0s";
		  directories = ( { path = "/mnt/scratch"; method = "tmpfs"; }, { path = "/var/tmp"; method = "disk"; retain = "session"; } ); }; };
		rules = ( { uid = "2000-2002"; policy = "lab"; } );
	END
}
mkdir -p /mnt/scratch
strangers_begin() { # an administrator's, a service's, another user's, with copies of the host's mounts
	mount -t tmpfs -o mode=1777 late /mnt/scratch
	unshare -m sleep 1000 &
	strangers=($!)
	unshare -m --propagation private setpriv --reuid bob --regid bob --clear-groups sleep 1000 &
	strangers+=($!)
	setpriv --reuid carol --regid carol --clear-groups unshare -Urm sleep 1000 &
	strangers+=($!)
	wait_until 10 strangers_have_copies || fail "strangers without mounts of their own"
}
strangers_have_copies() {
	local pid
	for pid in "${strangers[@]}"; do grep -qx sleep "/proc/$pid/comm" || return; done
}
strangers_live() {
	local pid
	for pid in "${strangers[@]}"; do kill -0 "$pid" || return; done
}
alice_is_gone() { [ -z "$(sets_left)$(instances_left)" ]; }
strangers_end() {
	kill -KILL "${strangers[@]}" 2>/dev/null
	wait "${strangers[@]}" 2>/dev/null
	umount /mnt/scratch
}

for scope in user group; do
	for close in kill wait force; do
		for killed in '' ', the helper killed'; do
			case_begin "a late mount on a private directory: scope $scope, $close$killed"
			with ${close/force/wait} $scope
			stay one su alice 'touch /mnt/scratch/mine; setsid sleep 1 >/dev/null 2>&1 & true'
			strangers_begin
			[ -z "$killed" ] || { slay $(main_pid) && as_su bob true; }
			if [ $close = force ]; then
				expect_ok in_time nsisolate close --force "$(nsisolate list -n -o set,user | awk '$2 == "alice" { print $1 }')"
			fi
			leave one
			wait_until 10 alice_is_gone || fail "the set does not end"
			expect_ok strangers_live
			strangers_end
			expect_all_gone
			case_ok
		done
	done
done
