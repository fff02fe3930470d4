#!/bin/bash
# SPDX-License-Identifier: MIT
# Services whose unit has taken CAP_SYS_PTRACE away: setns(2) of a pidfd is not permitted to them.
. "$(dirname "$0")/rig.sh"

default_policy
stack rig "$rig_service"
cp /etc/pam.d/rig /run/rig/pam.d/rig
sed -i '/pam_nsisolate/d' /run/rig/pam.d/rig
isolate
isolate_probed rig

weak() { # CMD...: as systemd does with CapabilityBoundingSet=~CAP_SYS_PTRACE
	in_time setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace "$@" </dev/null
}

weak_host() { # OPTION... OPERATION...
	weak "$rig_tools/pamhost" -s rig "$@" >/run/rig/out 2>/run/rig/err
}

case_begin "such a process has no right to trace, and others of root's are closed to it"
expect_match "$(weak sh -c 'grep CapEff /proc/self/status')" 'CapEff:' "capabilities"
stay keeper ssh alice true
anchor=$(anchor_pids)
expect_match "$anchor" '^[0-9]+$' "the anchor"
expect_ok readlink "/proc/$anchor/ns/mnt"
expect_fails weak readlink "/proc/$anchor/ns/mnt"
leave keeper
expect_all_gone
case_ok

# The helper is no child of a process that lacks a capability: systemd has started it.
begin() {
	case_begin "$1"
	stay keeper ssh bob true
}
end() {
	leave keeper
	expect_all_gone
	case_ok
}

begin "it opens sessions in sets, and comes back at close"
expect_ok weak_host -u alice open run "$ns_cmd" close here "$ns_cmd" end
expect_other_ns "$(sed -n '/^mnt/p' /run/rig/out | head -n 1)" "namespaces in the session"
expect_eq "$(cat /run/rig/err)" "" "what it printed"
expect_same_state before open after close
end

begin "several threads, of which one opens the session"
expect_ok weak_host -u alice --threads 3 open run "$ns_cmd" close end
expect_other_ns "$(sed -n '/^mnt/p' /run/rig/out | head -n 1)" "namespaces in the session"
expect_same_state before open after close
end

begin "in namespaces of its own, as with PrivateTmp=, it comes back to these"
expect_ok unshare -m setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace \
	"$rig_tools/pamhost" -s rig -u alice open run "$ns_cmd" close end >/run/rig/out
expect_other_ns "$(sed -n '/^mnt/p' /run/rig/out | head -n 1)" "namespaces in the session"
expect_same_state before open after close
end

begin "from the set of another user it comes back there"
seen=$(as_ssh alice "$ns_cmd; sudo setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace \
	$rig_tools/pamhost -s rig -u bob open run '$ns_cmd' close end" | grep ^mnt)
expect_other_ns "$(tail -n 1 <<<"$seen")" "bob's namespaces" "$(head -n 1 <<<"$seen")"
expect_same_state before open after close
end

begin "su in such a service"
expect_other_ns "$(weak su alice -c "$ns_cmd")" "namespaces"
end
