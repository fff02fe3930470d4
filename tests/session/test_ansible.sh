#!/bin/bash
# SPDX-License-Identifier: MIT
# The role of conf/ansible, applied to this system by ansible-playbook.
. "$(dirname "$0")/rig.sh"

if ! command -v ansible-playbook >/dev/null; then
	case_begin "the role"
	case_skip "ansible-core is not installed"
	exit
fi
isolate
rig_seconds=120 # what a busy machine needs for a play
work=/run/rig/play
mkdir -p $work
cat >$work/play.yml <<-END
	- hosts: all
	  gather_facts: false
	  roles:
	    - role: $rig_top/conf/ansible/roles/pam_nsisolate
END
play() { # OPTION...
	(cd $work && HOME=/root ANSIBLE_LOCALHOST_WARNING=0 ANSIBLE_NOCOLOR=1 in_time ansible-playbook -i localhost, -c local \
		-e nsisolate_packages='[]' -e nsisolate_policy=$work/policy.conf "$@" play.yml)
}
write_policy() { # MAX
	cat >$work/policy.conf <<-END
		version = 1;
		policies = { play = { namespaces = [ "mount" ]; max_sessions = "{{ $1 }}";
		  directories = ( { path = "/tmp"; method = "tmpfs"; } ); }; };
		rules = ( { uid = "2000-2999"; policy = "play"; } );
	END
}

case_begin "the role puts a policy in place, and a second time changes nothing"
write_policy 7
out=$(play -e '{"nsisolate_dropins": {"10-none": "rules = ( );\n"}, "nsisolate_metrics_dir": "/run/rig"}' 2>&1) || fail "$out"
expect_match "$out" 'changed=[1-9].*failed=0' "the first time"
expect_eq "$(as_su alice 'echo $NSISOLATE_POLICY; ls -A /tmp')" play "a login"
expect_match "$(cat /etc/security/nsisolate.conf)" 'max_sessions = "7"' "the template"
expect_ok test -e /etc/security/nsisolate.d/10-none.conf
(. <(sed -n 's/^\* \* \* \* \* root //p' /etc/cron.d/nsisolate-metrics)) || fail "the line of cron does not run"
expect_match "$(cat /run/rig/nsisolate.prom)" 'nsisolate_ok 1' "the metrics"
out=$(play -e '{"nsisolate_dropins": {"10-none": "rules = ( );\n"}, "nsisolate_metrics_dir": "/run/rig"}' 2>&1)
expect_match "$out" 'changed=0.*failed=0' "the second time"
case_ok

case_begin "a policy with an error is not put in place"
before=$(cat /etc/security/nsisolate.conf)
sed 's/namespaces/namspaces/' -i $work/policy.conf
out=$(play 2>&1) && fail "it succeeded"
expect_match "$out" "unknown key 'namspaces'" "what it says"
expect_eq "$(cat /etc/security/nsisolate.conf)" "$before" "the policy"
expect_eq "$(as_su alice 'echo $NSISOLATE_POLICY')" play "a login"
case_ok
