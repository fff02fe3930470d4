#!/bin/bash
# SPDX-License-Identifier: MIT
# on_error: what a login gets that cannot be isolated as the policy says.
. "$(dirname "$0")/rig.sh"

uts=04000000 ipc=08000000 # CLONE_NEWUTS, CLONE_NEWIPC: clone(2)

log_tail() {
	grep nsisolate "$(rig_settled_log)" | tail -"${1:-4}"
}

# The kernel refuses the namespaces of these clone flags from now on.
refuse() { # FLAGS
	echo "$1" >/run/rig/refuse
}

on_error() { # VALUE of the policy [LINES of the rule]
	default_policy
	sed -i -e "s/scope = \"user\";/scope = \"user\"; on_error = $1;/" \
		-e "s/policy = \"lab\"; }/policy = \"lab\"; ${2:-} }/" /etc/security/nsisolate.conf
}

isolate
echo "$rig_tools/preload_refuse.so" >/etc/ld.so.preload

case_begin "a namespace that may be missing is left out, loudly, and the rest is there"
refuse $uts
on_error '{ uts = "allow"; }'
seen=$(as_ssh alice "$look")
expect_eq "$(cut -d' ' -f3 <<<"$(seen_of ns)")" "$(cut -d' ' -f3 <<<"$host_ns")" "UTS namespace"
expect_ne "$(cut -d' ' -f1 <<<"$(seen_of ns)")" "$(cut -d' ' -f1 <<<"$host_ns")" "mount namespace"
expect_ne "$(cut -d' ' -f2 <<<"$(seen_of ns)")" "$(cut -d' ' -f2 <<<"$host_ns")" "IPC namespace"
expect_eq "$(seen_of host)" rig "hostname"
expect_no_match "$(seen_of files)" host-mark "files"
expect_eq "$(seen_of policy)" lab "NSISOLATE_POLICY"
expect_match "$(grep 'opened user=' "$(rig_settled_log)" | tail -1)" ' ns=mnt,ipc missing=uts joined=no ' "the line at the open"
expect_match "$(grep nsisolate-helper "$(rig_settled_log)")" 'without a namespace "uts".*max_uts_namespaces' "the helper's line"
expect_host_untouched
expect_all_gone
case_ok

case_begin "who joins such a set is told as well"
stay one ssh alice true
as_su alice true
expect_match "$(grep 'opened user=' "$(rig_settled_log)" | tail -1)" ' missing=uts joined=yes ' "the line"
leave one
expect_all_gone
case_ok

case_begin "one that may not be missing: refused"
on_error '{ uts = "allow"; ipc = "deny"; }'
refuse $(printf %x $((0x$uts | 0x$ipc)))
check_refused ssh alice "ipc is not among those that on_error allows"
expect_match "$(log_tail)" 'max_ipc_namespaces' "log"
on_error '"deny"'
check_refused su alice 'on_error = "deny"'
expect_match "$(log_tail)" 'max_ipc_namespaces' "log"
case_ok

case_begin "on_error = allow: not isolated at all, and the log says so"
on_error '"allow"'
seen=$(as_ssh alice "$look")
expect_on_host
expect_match "$(log_tail 2)" 'not isolated, as on_error is "allow" at .*nsisolate.conf:' "log"
case_ok

case_begin "a rule's own on_error stands above the policy's"
on_error '"allow"' 'on_error = "deny";'
check_refused ssh alice "the rule says so"
expect_match "$(log_tail)" 'max_ipc_namespaces' "log"
on_error '"deny"' 'on_error = "allow";'
seen=$(as_ssh alice "$look")
expect_on_host
case_ok

case_begin "where the kernel refuses nothing, nothing is missing"
refuse 0
on_error '{ uts = "allow"; ipc = "allow"; }'
seen=$(as_ssh alice "$look")
expect_isolated alice
expect_no_match "$(grep 'opened user=' "$(rig_settled_log)" | tail -1)" 'missing' "the line at the open"
expect_all_gone
rm -f /etc/ld.so.preload
case_ok

nobody_left() { [ -z "$(sets_left)" ]; }

# What the policy decides against is not let in by "allow", be it the policy's or the module's.
for whose in policy module; do
	case $whose in
	policy) allow='on_error = "allow";' ;;
	module) allow='' && isolate on_error=allow ;;
	esac
	keys() {
		default_policy
		sed -i "s/scope = \"user\";/scope = \"user\"; $allow $1/; ${2:-}" /etc/security/nsisolate.conf
	}

	keys 'max_sessions = "1";'
	stay one ssh alice true
	case_begin "allow of the $whose: a session more than max_sessions is refused"
	expect_fails as_su alice true
	expect_match "$(log_tail 2)" 'refused user=alice .*max_sessions' "log"
	expect_fails nsisolate run alice -- true
	case_ok
	leave one
	wait_until 10 nobody_left

	keys 'on_change = "deny";'
	stay one ssh alice true
	keys 'on_change = "deny";' 's/%{host}-%{user}/%{user}/'
	case_begin "allow of the $whose: a login after a change, with on_change = deny, is refused"
	expect_fails as_su alice true
	expect_match "$(log_tail 2)" 'refused user=alice .*on_change' "log"
	case_ok
	leave one
	wait_until 10 nobody_left

	keys 'nested = "deny";' 's/"uts" \]/"uts", "pid" ]/'
	case_begin "allow of the $whose: a login out of another PID namespace, with nested = deny, is refused"
	printf 'alice ALL=(bob) NOPASSWD: ALL\n' >/etc/sudoers.d/rig-nested
	expect_eq "$(as_ssh alice 'sudo -n -u bob hostname' 2>/dev/null)" "" "bob's program"
	expect_match "$(log_tail 4)" 'refused user=bob .*nested' "log"
	rm -f /etc/sudoers.d/rig-nested
	expect_all_gone
	case_ok

	case_begin "allow of the $whose: what cannot be done is let in"
	unmeetable_policy
	sed -i "s/scope = \"user\";/scope = \"user\"; $allow/" /etc/security/nsisolate.conf
	seen=$(as_ssh alice "$look")
	expect_on_host
	case_ok
done

case_begin "allow of the module: a policy that cannot be read is what cannot be done"
rig_forget_policy
policy <<<'nonsense'
seen=$(as_ssh alice "$look")
expect_on_host
expect_match "$(log_tail 2)" 'no usable policy.*on_error=allow' "log"
case_ok
