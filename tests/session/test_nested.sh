#!/bin/bash
# SPDX-License-Identifier: MIT
# Logins out of logins: by su, sudo, ssh and a user's own sshd, and the ways back to the host.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
sed -i '1i auth sufficient pam_permit.so' /etc/pam.d/su
printf '#!/bin/sh\n%s\n' "$ns_cmd" >/usr/local/bin/nsline
chmod 755 /usr/local/bin/nsline
ssh_in="ssh -F /dev/null -i \$HOME/.ssh/id -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
for user in alice bob; do
	install -m 600 -o $user -g $user /run/rig/key /home/$user/.ssh/id
done

for inner in 'su bob -c' 'su - bob -c' 'sudo -u bob sh -c' 'sudo -i -u bob sh -c' "$ssh_in bob@127.0.0.1"; do
	case_begin "from alice's session by ${inner%% -F*}: bob's own set, whose origin is the host"
	stay bobs ssh bob "nsline; touch /tmp/bobs"
	first=$(head -n 1 /run/rig/stay.bobs)
	out=$(as_ssh alice "touch /tmp/alices; echo mine \$($inner 'nsline; ls -A /tmp; hostname; cat /etc/hostname'); echo still \$(ls -A /tmp)")
	expect_match "$out" "mine $(sed 's/[][]/\\&/g' <<<"$first") bobs rig-bob rig-bob" "what bob sees"
	expect_match "$out" "still alices" "what alice sees afterwards"
	leave bobs
	expect_all_gone
	out=$(as_ssh alice "touch /tmp/alices; echo mine \$($inner 'nsline; ls -A /tmp')")
	expect_no_match "$out" "alices|host-mark" "bob's first login, out of alice's session"
	expect_all_gone
	case_ok
done

case_begin "three deep: alice, bob, alice again, and back out"
out=$(as_ssh alice "touch /tmp/alices; nsline; su bob -c 'touch /tmp/bobs; su alice -c \"nsline; ls -A /tmp; su bob -c \\\"ls -A /tmp\\\"\"; ls -A /tmp'; ls -A /tmp" 2>&1)
expect_eq "$(sed -n 2p <<<"$out")" "$(sed -n 1p <<<"$out")" "alice's set, out of bob's"
expect_eq "$(sed 1,2d <<<"$out" | xargs)" "alices bobs bobs alices" "files on the way"
expect_all_gone
case_ok

case_begin "joining the set one is in already is a no-op"
out=$(as_ssh alice "touch /tmp/alices; nsline; cd /tmp && su alice -c \"nsline; pwd; ls -A\"")
expect_eq "$(sed -n 2p <<<"$out")" "$(sed -n 1p <<<"$out")" "namespaces"
expect_eq "$(sed -n '3,$p' <<<"$out" | xargs)" "/tmp alices" "directory and files"
expect_all_gone
case_ok

case_begin "a session of scope session inside one gets a set of its own and leaves the outer one whole"
sed -i 's/scope = "user"/scope = "session"/' /etc/security/nsisolate.conf
out=$(as_ssh alice "touch /tmp/outer; nsline; su alice -c \"nsline; ls -A /tmp | xargs\"; ls -A /tmp")
expect_ne "$(sed -n 2p <<<"$out")" "$(sed -n 1p <<<"$out")" "namespaces"
expect_eq "$(sed -n '3,$p' <<<"$out" | xargs)" "outer" "files"
expect_all_gone
default_policy
case_ok

case_begin "sudo and su to root stay in the caller's set without a rule"
for way in 'sudo' 'su -c'; do
	[ "$way" = sudo ] && cmd="sudo sh -c" || cmd="su root -c"
	out=$(as_ssh alice "touch /tmp/alices; nsline; $cmd 'nsline'")
	expect_eq "$(sed -n 2p <<<"$out")" "$(sed -n 1p <<<"$out")" "root by $way"
done
expect_all_gone
case_ok

groupadd wheels && usermod -a -G wheels alice
for from in 'from_group = "wheels"' 'from_user = "alice"'; do
	case_begin "action = host with $from: alice's sudo and su lead to the host, bob's do not"
	default_policy
	sed -i "s/^rules = (/rules = ( { $from; user = \"root\"; service = [ \"sudo\", \"sudo-i\", \"su\", \"su-l\" ]; action = \"host\"; },/" /etc/security/nsisolate.conf
	for cmd in 'sudo sh -c' 'sudo -i sh -c' 'su root -c' 'su - root -c'; do
		out=$(as_ssh alice "nsline; $cmd 'nsline; hostname; ls /tmp/host-mark | xargs'; nsline")
		expect_host_ns "$(sed -n 2p <<<"$out")" "alice's $cmd"
		expect_eq "$(sed -n 3,4p <<<"$out" | xargs)" "rig /tmp/host-mark" "the host's name and files by $cmd"
		expect_eq "$(sed -n 5p <<<"$out")" "$(sed -n 1p <<<"$out")" "alice's session afterwards"
		out=$(as_ssh bob "nsline; $cmd 'nsline'")
		expect_eq "$(sed -n 2p <<<"$out")" "$(sed -n 1p <<<"$out")" "bob's $cmd"
	done
	expect_match "$(as_ssh alice "sudo su bob -c 'nsline; hostname' | tail -n 1")" 'rig-bob' "from the host's namespaces on to bob"
	expect_all_gone
	case_ok
done

case_begin "root's way back to the host, with the helper killed meanwhile"
out=$(as_ssh alice "nsline; sudo sh -c 'nsline; pkill -KILL -f \"^$helper_path\"; sleep 0.2'; echo \$?; nsline")
expect_host_ns "$(sed -n 2p <<<"$out")" "root"
expect_eq "$(sed -n 4p <<<"$out")" "$(sed -n 1p <<<"$out")" "alice afterwards"
expect_ok as_ssh bob true
expect_all_gone
default_policy
case_ok

case_begin "no helper, and a login from inside a set: refused with what to do, and well again from outside"
stay one ssh alice "nsline"
pkill -KILL -f "^$helper_path"
cat >/home/alice/nest <<-'END'
	su bob -c 'echo in'
	echo status $?
END
first=$(cat /run/rig/stay.one)
set_pid=$(pgrep -u alice -o -f 'stay.one')
out=$(nsenter -t "$set_pid" -m -i -u su alice -c 'sh /home/alice/nest' 2>&1)
expect_no_match "$out" '^in|
in' "what ran"
expect_match "$(grep refused "$(rig_written_log)" | tail -n 1)" 'comes from inside a set' "log"
expect_eq "$(as_ssh alice "nsline")" "$first" "a login from outside"
expect_eq "$(as_ssh alice "su bob -c 'echo in'")" in "and from inside again"
leave one
expect_all_gone
case_ok

case_begin "a user's own sshd inside a session: its logins end with it, and nothing of the host is in them"
port=2222
out=$(as_ssh alice "cd; mkdir -p own; ssh-keygen -q -t ed25519 -N '' -f own/key <<<y >/dev/null; touch /tmp/alices
	/usr/sbin/sshd -f /dev/null -h ~/own/key -p $port -o PidFile=~/own/pid -o UsePAM=no -o StrictModes=no -E ~/own/log
	until test -s own/pid; do sleep 0.1; done; nsline; $ssh_in -p $port alice@127.0.0.1 'nsline; ls -A /tmp'; kill \$(cat ~/own/pid)")
expect_eq "$(sed -n 2p <<<"$out")" "$(sed -n 1p <<<"$out")" "namespaces"
expect_match "$out" alices "files"
expect_no_match "$out" host-mark "files"
expect_all_gone
case_ok
