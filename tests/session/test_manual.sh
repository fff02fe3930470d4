#!/bin/bash
# SPDX-License-Identifier: MIT
# The examples of nsisolate.conf(5), cut out of the manual and logged in with.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/net.sh"

# example TITLE: the example of the manual whose title starts so becomes the policy.
example() {
	awk -v want="# example: $1" '/^# example/ { on = (index($0, want) == 1) } /^\.Ed/ { on = 0 } on' \
		/src/man/nsisolate.conf.5 | sed -e 's/\\(dq/"/g' -e 's/\\&//g' -e 's/\\e/\\/g' >/run/rig/example
	grep -q '^# example' /run/rig/example || fail "the manual has no example $1"
	policy </run/rig/example
	echo "--- $(head -1 /run/rig/example)" >&2
}

# as_service SERVICE USER [OPTION...] OPERATION...
as_service() {
	in_time "$rig_tools/pamhost" -s "$1" -u "${@:2}" </dev/null
}

policy_of() { # of the last login of USER
	grep "opened user=$1 " "$(rig_settled_log)" | tail -1 | sed -n 's/.* policy=\([^ ]*\) .*/\1/p'
}

forget_instances() {
	wait_until 15 nobody_isolated || fail "processes are left"
	find $statedir -mindepth 1 -maxdepth 1 -name '[ug]*' -exec rm -rf {} +
}

isolate
stack rig "$rig_service"
stay_and='touch /tmp/mine; ls -A /tmp /dev/shm | xargs'

case_begin "the short one: a private /tmp for everybody but the system's own accounts"
example "a private /tmp"
stay one ssh alice "$ns_cmd; $stay_and"
expect_no_match "$(cat /run/rig/stay.one)" host-mark "files"
expect_eq "$(as_su alice "$ns_cmd")" "$(head -1 /run/rig/stay.one)" "her second login"
expect_eq "$(as_ssh bob 'ls -A /tmp')" "" "bob's /tmp"
expect_host_ns "$(as_ssh root "$ns_cmd")" "root's"
leave one
forget_instances
case_ok

case_begin "inheritance: what an exam has, and what it has not"
example inheritance
usermod -a -G users alice
stay one ssh alice "hostname; domainname; df --output=itotal /tmp | tail -1; echo policy \$NSISOLATE_POLICY; ls /var/tmp"
expect_match "$(cat /run/rig/stay.one)" '^exam-2001.exam. *100000.policy exam.host-mark' "alice's exam"
expect_fails as_ssh alice true # max_sessions = "1"
expect_eq "$(as_ssh bob 'echo $NSISOLATE_POLICY; ls -A /tmp /var/tmp | grep host-mark; findmnt -no OPTIONS /dev/shm | grep -o noexec' | xargs)" "shared-server noexec" "bob's"
leave one
as_ssh alice 'setsid -f sleep 60 >/dev/null 2>&1 </dev/null'
wait_until 10 nobody_isolated || fail "the exam goes on"
gpasswd -d alice users >/dev/null
forget_instances
case_ok

case_begin "a crew that shares its files"
example "a crew"
usermod -a -G users alice && usermod -a -G users bob
install -d -m 1777 /tmp/.X11-unix
echo ticket >/tmp/krb5cc_2002 && chown bob:bob /tmp/krb5cc_2002
stay one ssh alice "echo hers >/tmp/hers; hostname; ls -d /tmp/.X11-unix"
expect_eq "$(xargs </run/rig/stay.one)" "rig-crew /tmp/.X11-unix" "alice's"
expect_eq "$(as_ssh bob 'cat /tmp/hers /tmp/krb5cc_2002; hostname' | xargs)" "hers ticket rig-crew" "bob's"
expect_host_ns "$(as_ssh carol "$ns_cmd")" "carol's, who is not of it"
leave one
expect_ok as_ssh bob 'test -e /tmp/hers'
rm -r /tmp/.X11-unix
gpasswd -d alice users >/dev/null && gpasswd -d bob users >/dev/null
forget_instances
case_ok

case_begin "a lab of machines that find each other by name"
net_begin
example "a lab of machines"
stay one ssh alice "hostname -s; ip -4 -o addr show dev eth0 | grep -o 'inet 10\.77[0-9.]*'; getent hosts rig | grep -c ."
expect_match "$(xargs </run/rig/stay.one)" '^rig-alice inet 10\.77\.' "alice's"
expect_ok ip link show dev nsi0
address=$(sed -n 's/^inet //p' /run/rig/stay.one)
expect_eq "$(as_su bob 'getent ahostsv4 rig-alice | head -n 1' | cut -d' ' -f1)" "$address" "where bob finds alice"
leave one
expect_net_gone
case_ok

case_begin "their own machine: a name, a network, and port 80 without root"
example "their own machine"
serve web alice 80
expect_eq "$(as_ssh bob 'hostname')" rig-bob "bob's machine"
expect_match "$(as_ssh bob "$(ask_cmd rig-alice 80)")" 'alice sees 10\.77\.' "what bob gets from rig-alice:80"
expect_fails ask 127.0.0.1 80
leave web
pkill -u alice -f serve
forget_instances
expect_net_gone
case_ok

case_begin "rules: by service, user, terminal, network and group"
example rules
as_service rig alice --tty /dev/tty1 open close end >/dev/null
expect_eq "$(policy_of alice)" kiosk "alice's policy on tty1"
as_service sshd alice --rhost 10.1.2.3 open close end >/dev/null
expect_eq "$(policy_of alice)" lab "alice's policy from the lab"
as_service sshd bob --rhost 10.1.0.1 open close end >/dev/null
expect_match "$(grep user=bob "$(rig_settled_log)" | tail -1)" 'not isolated.*no rule matches' "bob's policy from the host that is excluded"
as_service sshd bob --rhost 10.2.0.1 open close end >/dev/null
expect_match "$(grep user=bob "$(rig_settled_log)" | tail -1)" 'not isolated.*no rule matches' "bob's policy from elsewhere"
useradd -u 2200 -M svc-web
as_service sshd svc-web --rhost 10.1.2.3 open close end >/dev/null
expect_match "$(grep user=svc-web "$(rig_settled_log)" | tail -1)" 'not isolated.*action = "skip"' "an account of a program"
userdel svc-web
usermod -a -G users carol
expect_host_ns "$(as_su carol "$ns_cmd")" "carol's, who is only tried"
expect_match "$(grep user=carol "$(rig_settled_log)" | tail -1)" 'audit.*would .*kiosk' "the log about carol"
gpasswd -d carol users >/dev/null
expect_all_gone
case_ok

# The groups that Slurm makes in version 1, which its pattern finds in either version.
top=slurm_rig$$$RANDOM
. "$(dirname "$0")/rig/jobs.sh"
jobs_begin

case_begin "jobs of Slurm, and logins beside them"
example "jobs of Slurm"
make_job 7 alice 0 1 && make_job 8 alice 0
hold_job 7 alice 0
expect_eq "$(step 7 alice 0 'touch /tmp/mine; ls /tmp /dev/shm; hostname; echo $NSISOLATE_POLICY' | xargs)" \
	"/dev/shm: /tmp: mine rig-job7 slurm-job" "a step"
expect_eq "$(step 7 alice 1 'ls /tmp')" mine "another step of it"
expect_eq "$(step 8 alice 0 'ls /tmp; hostname')" rig-job8 "another job"
expect_eq "$(as_su alice 'ls /tmp; df --output=size -m /tmp | tail -n 1; echo $NSISOLATE_POLICY' | xargs)" "256 outside" "a login"
release_job
drop_job 7 alice && drop_job 8 alice
wait_until 10 no_set_of 7 alice || fail "the set outlives its job"
case_ok
