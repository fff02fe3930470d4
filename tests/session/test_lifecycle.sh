#!/bin/bash
# SPDX-License-Identifier: MIT
# The last one out: who keeps a set, how "kill" ends it, and what close may be called like.
# slow: ten ways to keep a set, each left alone for 2.5 seconds; the graces of kill
. "$(dirname "$0")/rig.sh"

default_policy
isolate
stack rig "$rig_service"

sets_left_any() {
	[ -n "$(sets_left)" ]
}

policy_with() { # KEYS: the default policy with these in addition
	default_policy
	sed -i "s/scope = \"user\";/& $1/" /etc/security/nsisolate.conf
}

# Leaves CMD behind as a daemon of alice's that nobody waits for; it ends when ~/daemon is removed.
leave_daemon() { # CMD, which gets a script that stays to run
	cat >/home/alice/stay <<-'END'
		#!/bin/sh
		touch /home/alice/daemon
		while test -e /home/alice/daemon; do sleep 0.1; done
	END
	chmod 755 /home/alice/stay
	rm -f /home/alice/daemon
	as_ssh alice "touch /tmp/mine; $ns_cmd >/home/alice/ns; setsid $1 /home/alice/stay >/dev/null 2>&1 </dev/null & until test -e /home/alice/daemon; do sleep 0.05; done" ||
		fail "no session"
	expect_ok test -e /home/alice/daemon
}

end_daemon() {
	rm -f /home/alice/daemon
}

keeps_the_set() { # WHAT CMD
	case_begin "$1 keeps the set, and the set goes with it"
	leave_daemon "$2"
	sleep 1.5
	expect_eq "$(as_ssh alice "test -e /tmp/mine && $ns_cmd")" "$(cat /home/alice/ns)" "the next login"
	sleep 1
	end_daemon
	expect_all_gone
	case_ok
}

keeps_the_set "nohup" "nohup"
keeps_the_set "a process in a user namespace of its own" "unshare -U"
keeps_the_set "a process in user and mount namespaces of its own" "unshare -Urm"
keeps_the_set "a process in all namespaces that unshare has" "unshare -Urmuinpf --mount-proc"
keeps_the_set "a process two user and mount namespaces down" "unshare -Urm unshare -Um"
keeps_the_set "root's unshare -m with private propagation" "sudo unshare -m --propagation private"
keeps_the_set "a process that covered all of the private directories" "unshare -Urm sh -c 'mount -t tmpfs t /tmp && mount -t tmpfs t /dev/shm && mount -t tmpfs t /var/tmp && exec \$0'"

# podman and bwrap: a new root that binds parts of the old one, entered by pivot_root.
cat >/usr/local/bin/jail <<'END'
#!/bin/bash
set -e
mount -t tmpfs jail /mnt && cd /mnt && mkdir old usr etc home tmp proc dev
for d in bin sbin lib lib64; do if [ -L /$d ]; then cp -d /$d .; else mkdir $d && mount --rbind /$d $d; fi; done
for d in usr home tmp dev proc; do mount --rbind /$d $d; done
/usr/sbin/pivot_root . old && cd / && umount -l /old && exec "$@"
END
chmod 755 /usr/local/bin/jail
keeps_the_set "a container with a root of its own" "unshare -Urmp -f jail"

# The real one, as the user runs it: in user, mount, IPC, UTS and PID namespaces of its own.
jails=('bwrap --dev-bind / / --unshare-user --unshare-ipc --unshare-uts'
	'bwrap --ro-bind /usr /usr --ro-bind /etc /etc --symlink usr/bin /bin --symlink usr/lib /lib --symlink usr/lib64 /lib64 --bind /home /home --bind /tmp /tmp --proc /proc --dev /dev --unshare-user --unshare-pid --unshare-ipc')
if ! command -v bwrap >/dev/null; then
	case_begin "bwrap"
	case_skip "bubblewrap is not installed"
else
	for jail in "${jails[@]}"; do
		keeps_the_set "$(cut -d' ' -f1-3 <<<"$jail") ${jail##*--unshare-user }" "$jail"
	done

	case_begin "kill ends what runs in bwrap"
	policy_with 'on_last_close = "kill"; kill_grace = "1s";'
	for jail in "${jails[@]}"; do
		leave_daemon "$jail"
		expect_all_gone
		expect_fails pgrep -u alice
		expect_ok test -e /home/alice/daemon
	done
	end_daemon
	default_policy
	case_ok
fi

case_begin "kill: SIGTERM first, in time to tidy up, and SIGKILL only after the grace"
policy_with 'on_last_close = "kill"; kill_grace = "3s";'
trapped() { # WHAT: left behind with this for an answer to SIGTERM
	rm -f /home/alice/ready
	as_ssh alice "setsid sh -c 'trap \"$1\" TERM; touch ~/ready; while :; do sleep 0.1; done' >/dev/null 2>&1 </dev/null & until test -e ~/ready; do sleep 0.05; done"
}
trapped 'touch /home/alice/tidied; exit'
wait_until 3 test -e /home/alice/tidied || fail "it was not let tidy up"
expect_all_gone
trapped ''
alive=yes
while [ $(($(date +%s) - $(stat -c %Y /home/alice/ready))) -lt 2 ]; do # less than the grace since the session was there
	pgrep -u alice -f trap >/dev/null || alive=no
	[ $(($(date +%s) - $(stat -c %Y /home/alice/ready))) -ge 2 ] || expect_eq "$alive" yes "before the grace is over, it"
	sleep 0.2
done
begun=$SECONDS
expect_all_gone
[ $((SECONDS - begun)) -le 10 ] || fail "it took $((SECONDS - begun)) s more"
case_ok

case_begin "kill ends who forks and forks, and who hides in other namespaces"
policy_with 'on_last_close = "kill"; kill_grace = "0s";'
cat >/home/alice/hare <<-'END'
	import os, signal, time
	signal.signal(signal.SIGTERM, signal.SIG_IGN)
	while True:
	    if os.fork():
	        os._exit(0)
	    os.setsid()
	    time.sleep(0.002)
END
as_ssh alice 'for i in 1 2 3 4; do setsid python3 /home/alice/hare >/dev/null 2>&1 </dev/null & done; sleep 0.3'
expect_all_gone
expect_fails pgrep -u alice
as_ssh alice 'setsid unshare -Urmuinpf --mount-proc sleep 1000 >/dev/null 2>&1 </dev/null & setsid unshare -Urmp -f jail sleep 1000 >/dev/null 2>&1 </dev/null & sleep 0.5'
expect_all_gone
expect_fails pgrep -u alice
case_ok

case_begin "kill touches nobody but that set: alice's other set, bob's, and the host's processes live"
policy_with 'on_last_close = "kill"; kill_grace = "0s";'
setsid sudo -u alice sleep 1000 & # not isolated: no session of ours
runuser -u alice sleep 1001 &
sed -i 's/"lab"; }/&, { user = "nobody"; action = "skip"; }/' /etc/security/nsisolate.conf
stay bobs ssh bob "$ns_cmd"
as_ssh alice 'setsid sleep 1002 >/dev/null 2>&1 </dev/null & sleep 0.3'
sleep 2
wait_until 5 pgrep -u alice -f 'sleep 1000' >/dev/null || fail "the host's process was killed"
expect_ok pgrep -u alice -f 'sleep 1000'
expect_ok test -e /home/bob/stay.bobs
pkill -u alice sleep
leave bobs
expect_all_gone
case_ok

case_begin "kill while a process is stopped"
as_ssh alice 'setsid sleep 1000 >/dev/null 2>&1 </dev/null & sleep 0.2; kill -STOP $!'
expect_all_gone
case_ok

case_begin "kill spares who closed a session and could not leave the set (setns fails by strace)"
policy_with 'on_last_close = "kill"; kill_grace = "0s";'
if ! strace -qq -o /dev/null -e trace=none true 2>/dev/null; then
	case_skip "strace does not work here"
else
	for times in 2 2+; do
		strace -qq -o /run/rig/trace -e trace=setns -e inject=setns:error=EPERM:when=$times \
			"$rig_tools/pamhost" -s rig -u alice open close sleep 2 >/run/rig/out 2>&1
		expect_eq "$?" 0 "its exit code"
		expect_match "$(cat /run/rig/trace)" 'INJECTED' "what happened"
		expect_all_gone
	done
	: >$rig_log # of the complaints that belong here
	case_ok
fi
default_policy

case_begin "close: twice, without open, never, in another process, as the user, in a child that ends"
for operations in "open close close" "close" "open" "open open close close" "open fork-end close" \
	"open fork-close" "open fork-close close" "open close open close" "open end" "open setcred delete close"; do
	as_pamhost alice $operations >/run/rig/out || fail "$operations: $(xargs </run/rig/out)"
	expect_all_gone
done
expect_no_match "$(grep -c 'refused\|cannot' "$(rig_written_log)")" '[1-9]' "complaints in the log"
case_ok

case_begin "close in the handle leaves another session of the same user alone"
stay one ssh alice "$ns_cmd"
as_pamhost alice open close close close end >/dev/null
expect_eq "$(as_ssh alice "$ns_cmd")" "$(cat /run/rig/stay.one)" "namespaces"
leave one
expect_all_gone
case_ok

case_begin "a consumer that is stopped between open and close keeps its set, and bob is not kept waiting"
"$rig_tools/pamhost" -s rig -u alice open sleep 1000 >/run/rig/out &
host=$!
wait_until 5 grep -q 'open PAM_SUCCESS' /run/rig/out || fail "no session"
kill -STOP $host
SECONDS=0
expect_ok as_ssh bob true
expect_ok as_ssh alice true
[ $SECONDS -lt 10 ] || fail "it took $SECONDS s"
expect_ok sets_left_any
kill -KILL $host
wait $host 2>/dev/null
expect_all_gone
case_ok
