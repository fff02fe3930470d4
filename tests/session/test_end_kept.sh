#!/bin/bash
# SPDX-License-Identifier: MIT
# alone: after the helper was killed, held sets are known by device numbers, which other systems on this kernel take
# A service manager that keeps descriptors keeps the watches of sets: what a held set waits for is known to the next helper.
. "$(dirname "$0")/rig.sh"

isolate
stack rig "$rig_service"
policy <<-END
	version = 1;
	policies = { lab = { namespaces = [ "mount", "ipc", "uts" ];
	  directories = ( { path = "/tmp"; method = "tmpfs"; }, { path = "/var/tmp"; method = "tmpfs"; } ); }; };
	rules = ( { uid = "2000-2999"; policy = "lab"; } );
END

# What systemd does for nsisolate.service: the socket, descriptors that are kept, and another helper when one has ended.
cat >/run/rig/manager.py <<-'END'
	import array, fcntl, os, select, socket, sys
	helper, rundir, notify = sys.argv[1:4]
	os.makedirs(rundir, 0o700, exist_ok=True)
	listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
	listener.bind(rundir + '/helper.sock')
	os.chmod(rundir + '/helper.sock', 0o600)
	listener.listen(128)
	inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	inbox.bind(notify)
	kept = {}

	def start():
	    pid = os.fork()
	    if pid:
	        return pid
	    names = ['nsisolate.socket', *kept]
	    high = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in [listener.fileno(), *kept.values()]]
	    for i, fd in enumerate(high):
	        os.dup2(fd, 3 + i)
	    os.closerange(3 + len(high), 300)
	    os.execve(helper, [helper], {'PATH': os.environ['PATH'], 'LISTEN_PID': str(os.getpid()), 'NOTIFY_SOCKET': notify,
	                                 'LISTEN_FDS': str(len(names)), 'LISTEN_FDNAMES': ':'.join(names)})

	def receive():
	    text, control, _, _ = inbox.recvmsg(4096, 256)
	    words = dict(line.split('=', 1) for line in text.decode().splitlines())
	    for level, kind, data in control:
	        kept[words['FDNAME']] = array.array('i', data)[0]
	    if 'FDSTOREREMOVE' in words and words['FDNAME'] in kept:
	        os.close(kept.pop(words['FDNAME']))
	    with open('/run/rig/manager.log', 'a') as log:
	        print(' '.join(words), ' '.join(kept), file=log)

	pid = start()
	while True:
	    if select.select([inbox], [], [], 0.05)[0]:
	        receive()
	    elif os.waitpid(pid, os.WNOHANG)[0]:
	        pid = start()
END
is_ready() { [ "$(grep -c READY /run/rig/manager.log 2>/dev/null)" -gt "$helpers" ]; }
count_helpers() { helpers=$(grep -c READY /run/rig/manager.log 2>/dev/null); }
manager_start() {
	rig_stop_helper
	rm -f /run/rig/manager.log /run/rig/notify "$rundir/helper.sock"
	helpers=0
	python3 /run/rig/manager.py $helper_path $rundir /run/rig/notify &
	manager=$!
	wait_until 10 is_ready || fail "the helper of the manager does not start"
}
manager_stop() {
	kill $manager && wait $manager 2>/dev/null
	rig_stop_helper
	rm -f "$rundir/helper.sock"
}
next_helper() { # SIGNAL
	count_helpers
	kill -"$1" "$(main_pid)"
	wait_until 10 is_ready || fail "no helper follows"
}
# A program outside of any set that has a file of alice's private /tmp open, its set in $held and its device in $dev.
hold() {
	stay one su alice 'echo kept >/tmp/mine'
	held=$(nsisolate list -n -o set | tr -d ' ')
	exec 7<"/proc/$(pgrep -u alice -x -o bash)/root/tmp/mine"
	dev=$(stat -L -c %d /proc/self/fd/7)
}
is_held() { [ "$(nsisolate list --json | jq -r ".sets[] | select(.set == $held) | .state")" = held ]; }
is_over() { [ ! -e "$rundir/sets/$held" ]; }
minor() { echo $((($1 & 0xff) | ($1 >> 12 & ~0xff))); } # DEV, as stat(1) prints it
# A system that no helper sees gets the number of a file system that has just gone.  The kernel gives the lowest that
# is free: where it gives a higher one, a stranger on this kernel has that number already.
take_number() {
	local i got=-1
	mkdir -p /run/rig/foreign
	unshare -m --propagation private sleep 1000 &
	foreign=$!
	wait_until 5 is_elsewhere || fail "no mount namespace"
	for ((i = 0; i < 1000 && got < $(minor "$dev"); i++)); do
		nsenter -t $foreign -m mount -t tmpfs foreign /run/rig/foreign
		got=$(minor "$(nsenter -t $foreign -m stat -c %d /run/rig/foreign)")
	done
	[ "$got" -ge "$(minor "$dev")" ] || fail "nobody gets the number $dev"
}
is_elsewhere() { [ "$(cat /proc/$foreign/comm)" = sleep ]; } # its mounts are private by then
# The last use of the held set ends while no helper looks, and another file system gets its number before the next one does.
expect_over_in_spite_of_its_number() {
	wait_until 5 is_held || fail "it is $(nsisolate list -n -o set,state)"
	kill -STOP "$(main_pid)"
	exec 7<&-
	take_number
	next_helper KILL
	wait_until 5 is_over || fail "it is $(nsisolate list -n -o set,state)"
	kill $foreign && wait $foreign 2>/dev/null
	expect_all_gone
}

manager_start
for before in '' ', and another one before'; do
	case_begin "the helper is killed while a held set ends, and another file system has its number$before"
	hold
	[ -z "$before" ] || next_helper KILL
	leave one
	wait_until 5 is_held || fail "it is $(nsisolate list -n -o set,state)"
	[ -z "$before" ] || next_helper KILL
	expect_over_in_spite_of_its_number
	case_ok
done

case_begin "after a restart the set is held for as long as the file is open, and over at once then"
hold
leave one
wait_until 5 is_held || fail "it is $(nsisolate list -n -o set,state)"
next_helper TERM
sleep 2
expect_ok is_held
expect_eq "$(cat <&7)" kept "the file"
exec 7<&-
wait_until 1 is_over || fail "it is $(nsisolate list -n -o set,state)"
expect_all_gone
case_ok

case_begin "the same for the overlay over the home, which somebody has a file of: held, and over after another crash"
sed -i 's/namespaces = /home = "overlay"; &/' /etc/security/nsisolate.conf
as_su alice 'echo kept >~/mine; '"$lasting"
held=$(nsisolate list -n -o set | tr -d ' ')
inside=$(pgrep -u alice -x sleep)
exec 7<"/proc/$inside/root/home/alice/mine"
dev=$(stat -c %d "/proc/$inside/root/home/alice/")
kill -KILL "$inside"
wait_until 10 is_held || fail "it is $(nsisolate list -n -o set,state)"
next_helper KILL
sleep 1
expect_over_in_spite_of_its_number
case_ok

case_begin "one instance is kept, whatever helpers there were"
expect_eq "$(tail -n 1 /run/rig/manager.log | grep -o 'nsi-[^ ]*' | sed 's/-[0-9a-f]*$//')" nsi-sentinels "what is kept"
expect_eq "$(grep -c '^FDSTORE ' /run/rig/manager.log)" 1 "times that it was handed over"
manager_stop
case_ok
