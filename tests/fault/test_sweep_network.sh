#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: after helper and anchors were killed, sets are known by numbers, which other systems on this kernel take
# SIGKILL, and errors, at every system call of the helper with all that it starts, where a set has
# something of the host's: interfaces, addresses, rules, names, an end that hooks are told of.
# slow: a helper of its own for each of its system calls, which fails or is its last
. "$(dirname "$0")/../session/rig.sh"
. "$(dirname "$0")/../session/rig/net.sh"
. "$(dirname "$0")/sweep.sh"
sweep_ready
mkdir -p /run/netns
net_begin
printf '#!/bin/sh\nexit 0\n' >/usr/local/sbin/told && chmod 755 /usr/local/sbin/told
policy <<-'END'
	version = 1;
	policies = {
	  lab = {
	    namespaces = [ "mount", "ipc", "uts", "net", "time", "cgroup" ];
	    directories = ( { path = "/tmp"; method = "tmpfs"; }, { path = "/var/tmp"; method = "disk"; retain = "session"; } );
	    hostname = "%{user}";
	    user = "delegate";
	    on_create = { run = "/usr/local/sbin/told"; };
	    on_end = { run = "/usr/local/sbin/told"; where = "inside"; };
	    network = { mode = "bridge"; bridge = "nsi0"; create = true; publish = true; hosts = "peers";
	      pool = [ "10.77.0.0/16", "fd77::/64" ]; nat = true; forward = [ "8080:80" ]; };
	  };
	};
	rules = ( { uid = "2000-2999"; policy = "lab"; } );
END
see+='; ip -o -4 addr show dev eth0 | grep -q " 10\.77\." && echo with an address'

# The next login is not only in namespaces of its own: its network works as well.
next_login_works() { # WHAT
	local out
	out=$(next_login)
	expect_match "$out" 'open PAM_SUCCESS' "$1: the next login"
	expect_other_ns "$(sed -n 's/^at //p' <<<"$out")" "$1: the next login"
	expect_match "$out" 'with an address' "$1: the next login's network"
}

clean() { # WHAT
	wait_until 15 net_is_as_before && return
	fail "$1: left: sets $(sets_left | xargs)"
	net_state | diff /run/rig/net.before - >&2
}

case_begin "the helper, its anchors and its other children are killed at every call"
find_calls_of_helper
for call in "${calls[@]}"; do
	number=$((number + 1))
	! chosen $number 61 || try_helper "$call" signal=SIGKILL killed
done
expect_host_untouched
sweep_end "helper"
case_ok

case_begin "every call of the helper, its anchors and its other children fails once, with each error"
find_calls_of_helper
for call in "${calls[@]}"; do
	[ "${call% *}" != execve ] || continue
	for error in $sweep_errors; do
		number=$((number + 1))
		! chosen $number 421 || try_helper "$call" error=$error $error
	done
done
expect_host_untouched
sweep_end "helper"
case_ok

rmdir /run/netns 2>/dev/null || { umount /run/netns && rmdir /run/netns; }
