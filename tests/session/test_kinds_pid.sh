#!/bin/bash
# SPDX-License-Identifier: MIT
# A PID namespace: its processes are all that is to be seen, whoever opened the session stays
# outside of it and works on, and nothing inside can reach out.
. "$(dirname "$0")/rig.sh"

isolate
printf '%s\n' "$rig_service" >/etc/pam.d/rig

pid_policy() { # LINE...: of the policy
	policy <<-END
		version = 1;
		policies = {
		  pid = { namespaces = [ "mount", "pid" ]; directories = ( { path = "/tmp"; method = "tmpfs"; } ); $*
		  };
		};
		rules = ( { uid = "2000-2999"; policy = "pid"; },
		          { user = "root"; from_user = "carol"; service = [ "sudo", "su" ]; action = "host"; } );
	END
}

pid_policy
case_begin "PID 1 is the anchor, and only the set's own processes are in /proc"
sleep 1000 &
stranger=$!
seen=$(as_ssh alice 'echo one $(cat /proc/1/comm) $(stat -c %u /proc/1)
	echo self $(readlink /proc/self)
	echo strangers $(cat /proc/[0-9]*/cmdline | tr "\0" "\n" | grep -c "^1000$")
	echo bogus $(ls -d /proc/[0-9]* | wc -l)')
expect_match "$(seen_of one)" '^nsi-set-[0-9]+ 0$' "PID 1"
expect_match "$(seen_of self)" '^[0-9]+$' "/proc/self"
expect_eq "$(seen_of strangers)" 0 "processes of the host"
kill $stranger
expect_all_gone
case_ok

case_begin "terminals, names and exit codes are as without"
expect_match "$(as_ssh_tty alice 'tty; test -t 0 && echo terminal')" '/dev/pts/[0-9]+.*terminal' "tty by ssh"
expect_match "$(as_login alice 'tty; logname')" '/dev/pts/[0-9]+' "tty by login"
expect_match "$(as_ssh_tty alice 'id -un; ps -o comm= -p $$; true')" 'alice.*bash' "ps"
for way in ssh su sudo runuser; do
	"as_$way" alice 'exit 37'
	expect_eq $? 37 "exit code by $way"
done
as_ssh alice 'kill -TERM $$'
expect_match $? '^(143|255)$' "a signal by ssh"
expect_match "$(as_ssh_tty alice 'set -m; sleep 100 & kill -STOP %1; until jobs | grep Stopped; do sleep 0.1; done; kill -KILL %1')" Stopped "job control"
expect_match "$(as_ssh_tty alice 'top -b -n 1 | head -n 3; pstree -p 2>/dev/null | head -n 3')" 'Tasks:' "top"
expect_all_gone
case_ok

case_begin "sftp, several channels and an agent as without"
echo 'pwd' | as_sftp alice >/run/rig/sftp.out || fail "sftp"
expect_match "$(cat /run/rig/sftp.out)" '/home/alice' "sftp"
master=(-o ControlMaster=auto -o ControlPath=/run/rig/ctl -o ControlPersist=20)
for i in 1 2 3; do
	expect_match "$(as_ssh alice 'readlink /proc/self/ns/pid' "${master[@]}")" pid: "channel $i"
done
ssh -o ControlPath=/run/rig/ctl -O exit alice@127.0.0.1 2>/dev/null
eval "$(ssh-agent)" >/dev/null
ssh-add -q /run/rig/key
expect_match "$(as_ssh alice 'ssh-add -l' -A)" ED25519 "agent"
kill "$SSH_AGENT_PID"
expect_all_gone
case_ok

case_begin "who opened it is back on the host after close"
where='echo pid $(readlink /proc/self/ns/pid /proc/self/ns/mnt)'
out=$(as_pamhost alice open here "$where" close here "$where" open here "$where" close here "$where" 2>&1)
expect_eq "$(grep -cE '^(open|close) PAM_SUCCESS' <<<"$out")" 4 "operations: $out"
mapfile -t line < <(grep '^pid' <<<"$out")
expect_eq "${line[1]:-}" "$(eval "$where")" "namespaces after close"
expect_eq "${line[3]:-}" "$(eval "$where")" "namespaces after the second close"
expect_ne "${line[2]:-}" "$(eval "$where")" "namespaces in the second session"
expect_no_match "$(tail -n 20 "$(rig_settled_log)")" 'not back in the namespaces' "log"
expect_all_gone
case_ok

case_begin "two logins share it"
stay one ssh alice 'readlink /proc/self/ns/pid; echo $$ > /tmp/pid'
expect_eq "$(as_su alice 'readlink /proc/self/ns/pid; kill -0 $(cat /tmp/pid) && echo seen')" "$(head -n1 /run/rig/stay.one)
seen" "second login"
expect_match "$(as_su alice 'su alice -c "readlink /proc/self/ns/pid"' 2>&1; true)" '' "su"
leave one
expect_all_gone
case_ok

case_begin "ten thousand orphans are reaped"
rig_seconds=400 # a busy machine has been seen to fork a hundred times a second
expect_eq "$(as_ssh alice 'sh -c "for i in \$(seq 100); do (for j in \$(seq 100); do : & done); done"
	sleep 1; for i in $(seq 50); do n=$(ps -e -o stat= | grep -c Z); [ $n != 0 ] || break; sleep 0.1; done; echo $n')" 0 "zombies"
rig_seconds=30
expect_all_gone
case_ok

case_begin "nothing inside ends, traces or leaves PID 1"
seen=$(as_su alice 'kill -TERM 1 2>/dev/null; kill -KILL 1 2>/dev/null; kill -STOP 1 2>/dev/null
	echo alive $(cat /proc/1/comm)
	echo root $(ls /proc/1/root/ 2>&1 | grep -c denied)
	echo env $(cat /proc/1/environ 2>&1 | grep -c denied)
	echo mem $(head -c 1 /proc/1/mem 2>&1 | grep -c denied)
	echo fd $(ls /proc/1/fd/ 2>&1 | grep -c denied)
	echo enter $(nsenter -t 1 -m -p true 2>&1 | grep -c -i "denied\|not permitted")
	echo nested $(unshare -Urmpf sh -c "mount -t proc proc /proc && ls -d /proc/[0-9]* | wc -l" 2>&1)
	echo lazy $(unshare -Urm sh -c "umount -l /proc; umount /proc; cat /proc/1/comm" 2>/dev/null)')
expect_match "$(seen_of alive)" nsi-set "PID 1"
for what in root env mem fd enter; do
	expect_eq "$(seen_of $what)" 1 "refused: $what"
done
expect_match "$(seen_of lazy)" '^nsi-set' "/proc after umount in a user namespace"
expect_match "$(seen_of nested)" '^[1-5]$|not permitted' "processes in a nested namespace"
expect_all_gone
case_ok

deaf='setsid sh -c "trap \"\" TERM; touch ~/deaf; sleep 300; sleep 300" >/dev/null 2>&1 </dev/null & until test -e ~/deaf; do sleep 0.1; done; rm ~/deaf'
case_begin "those who stay are ended with the last session, and close does not wait for it"
pid_policy 'on_last_close = "kill"; kill_grace = "30s";'
as_su alice "$deaf"
expect_ok pgrep -u alice -f 'sleep 300'
pkill -KILL -u alice
expect_all_gone
pid_policy 'on_last_close = "kill"; kill_grace = "1s";'
as_su alice "$deaf"
expect_all_gone
case_ok

pid_policy
case_begin "another person from inside is refused, in words"
if as_su alice 'sudo -u bob touch /home/bob/ran' 2>/dev/null; then fail "sudo went through"; fi
[ ! -e /home/bob/ran ] || fail "the command has run"
expect_match "$(tail -n 20 "$(rig_settled_log)")" 'nested = .*without-pid' "log"
expect_match "$(as_su alice 'sudo -u alice readlink /proc/self/ns/pid')" pid: "the same person"
expect_all_gone
case_ok

case_begin 'action = "host" does not lead out, and says so'
seen=$(as_su carol 'readlink /proc/self/ns/pid; sudo readlink /proc/self/ns/pid')
expect_eq "$(head -n1 <<<"$seen")" "$(tail -n1 <<<"$seen")" "root's PID namespace"
expect_match "$(tail -n 20 "$(rig_settled_log)")" 'cannot lead out of a PID namespace' "log"
expect_all_gone
case_ok

pid_policy 'nested = "without-pid";'
case_begin "another person from inside has the rest of the view"
seen=$(as_su alice 'readlink /proc/self/ns/pid /proc/self/ns/mnt; touch /tmp/of-alice
	sudo -u bob sh -c "readlink /proc/self/ns/pid /proc/self/ns/mnt; ls -A /tmp | wc -l"')
mapfile -t line <<<"$seen"
expect_eq "${line[2]:-}" "${line[0]}" "bob's PID namespace"
expect_ne "${line[3]:-}" "${line[1]}" "bob's mount namespace"
expect_eq "${line[4]:-}" 0 "files of alice's in bob's /tmp"
expect_all_gone
case_ok
