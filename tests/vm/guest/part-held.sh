# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# systemd keeps the watches of sets: what a held set waits for is known to the next helper.

is_held() { [ "$(nsisolate list -n -o set,state | awk -v set="$held" '$1 == set { print $2 }')" = held ]; }
is_over() { [ ! -e "/run/nsisolate/sets/$held" ]; }
main_pid() { systemctl show -P MainPID nsisolate.service; }
is_another() { [ "$(main_pid)" != "$former" ] && [ "$(main_pid)" != 0 ] && systemctl -q is-active nsisolate.service; }
stored() { systemctl show -P NFileDescriptorStore nsisolate.service; }
# A program outside of any set that has a file of alice's private /tmp open; her set is held.
hold_set() {
	local inside

	as_su alice 'touch /tmp/mine; setsid sleep 1000 >/dev/null 2>&1 </dev/null & echo $! >~/inside; sleep 0.2'
	inside=$(cat /home/alice/inside)
	held=$(nsisolate list -n -o set,user | awk '$2 == "alice" { print $1 }')
	exec 7<"/proc/$inside/root/tmp/mine"
	dev=$(stat -L -c %d /proc/self/fd/7)
	kill -KILL "$inside"
	user_gone alice
	wait_until 30 is_held || fail "it is not held: $(nsisolate list -n -o set,state)"
}
minor() { echo $((($1 & 0xff) | ($1 >> 12 & ~0xff))); } # DEV, as stat(1) prints it
is_elsewhere() { [ "$(cat "/proc/$foreign/comm")" = sleep ]; } # its mounts are private by then
# A mount namespace that the helper does not see gets the number of a file system that has just gone.  The kernel gives
# the lowest that is free: where it gives a higher one, a stranger on this kernel has that number already.
take_number() {
	local i got=-1

	mkdir -p /root/foreign
	unshare -m --propagation private sleep 1000 >&2 &
	foreign=$!
	wait_until "$seconds" is_elsewhere || fail "no mount namespace"
	for ((i = 0; i < 1000 && got < $(minor "$dev"); i++)); do
		nsenter -t "$foreign" -m mount -t tmpfs foreign /root/foreign
		got=$(minor "$(nsenter -t "$foreign" -m stat -c %d /root/foreign)")
	done
	[ "$got" -ge "$(minor "$dev")" ] || fail "nobody gets the number $dev"
}

cp -a /etc/security/nsisolate.conf /root/policy
cat >/etc/security/nsisolate.conf <<-'END'
	version = 1;
	policies = { lab = { namespaces = [ "mount", "ipc", "uts" ];
	  directories = ( { path = "/tmp"; method = "tmpfs"; }, { path = "/var/tmp"; method = "tmpfs"; } ); }; };
	rules = ( { uid = "1000-"; policy = "lab"; } );
END
expect_ok systemctl reload nsisolate.service

case_begin "the service keeps one descriptor for the next helper"
expect_eq "$(stored)" 1 "stored descriptors"
expect_ok systemctl restart nsisolate.service
expect_eq "$(stored)" 1 "stored descriptors after a restart"
case_ok

case_begin "the service is killed while a held set ends, and another file system has its number: the set is over"
hold_set
former=$(main_pid)
kill -STOP "$former"
exec 7<&-
take_number
kill -KILL "$former"
wait_until "$seconds" is_another || fail "no helper follows"
wait_until 10 is_over || fail "it is $(nsisolate list -n -o set,state)"
expect_ok kill -0 "$foreign" # which has the number still
kill "$foreign"
expect_eq "$(stored)" 1 "stored descriptors"
expect_all_gone
case_ok

case_begin "a set stays held over a restart and a crash of the service, and is over with the last use"
hold_set
former=$(main_pid)
expect_ok systemctl restart nsisolate.service
wait_until "$seconds" is_another || fail "no helper follows"
former=$(main_pid)
kill -KILL "$former"
wait_until "$seconds" is_another || fail "no helper follows"
sleep 2
expect_ok is_held
exec 7<&-
take_number
wait_until 5 is_over || fail "it is $(nsisolate list -n -o set,state)"
kill "$foreign"
expect_all_gone
case_ok

former_policy
