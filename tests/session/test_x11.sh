#!/bin/bash
# SPDX-License-Identifier: MIT
# What a desktop needs of its set: directories for sockets, the name of before, a refusal that holds.
. "$(dirname "$0")/rig.sh"

desk_policy() { # METHOD [KEY...]
	policy <<-END
		version = 1;
		policies = {
		  desk = {
		    namespaces = [ "mount", "uts" ];
		    hostname = "%{host}-%{user}";
		    directories = ( { path = "/tmp"; method = "$1"; retain = "session"; ${2:-} } );
		  };
		};
		rules = ( { uid = "2000-2999"; policy = "desk"; } );
	END
}

# What each leaves on disk for later would be left behind here.
forget_instances() {
	wait_until 15 nobody_isolated || fail "processes are left"
	find $statedir -mindepth 1 -maxdepth 1 -name 'u*' -exec rm -rf {} +
}

both='cd /tmp && stat -c "%n %u:%g:%a" .X11-unix .ICE-unix 2>&1'
none="stat: cannot statx '.X11-unix': No such file or directory
stat: cannot statx '.ICE-unix': No such file or directory"
fresh=".X11-unix 0:0:1777
.ICE-unix 0:0:1777"
host_dirs() {
	install -d -m 1777 /tmp/.X11-unix /tmp/.ICE-unix
}

isolate
for method in disk tmpfs; do
	case_begin "$method: a host without X has no directories for its sockets, nor has a private /tmp"
	desk_policy $method
	expect_eq "$(as_ssh alice "$both")" "$none" "directories"
	expect_all_gone
	case_ok

	case_begin "$method: a fresh private /tmp has both where the host has them, empty and root's"
	host_dirs
	touch /tmp/.X11-unix/X0
	expect_eq "$(as_ssh alice "$both; ls -A .X11-unix .ICE-unix | grep X0")" "$fresh" "directories"
	expect_ok as_ssh alice 'touch /tmp/.X11-unix/X7 /tmp/.ICE-unix/7; ! rmdir /tmp/.ICE-unix 2>/dev/null'
	expect_fails test -e /tmp/.X11-unix/X7
	expect_all_gone
	rm -r /tmp/.X11-unix /tmp/.ICE-unix
	case_ok
done

case_begin "one that is kept stays the host's, and the other one is made"
desk_policy disk 'keep = [ ".X11-unix" ];'
host_dirs
touch /tmp/.X11-unix/X0
expect_eq "$(as_ssh alice "$both; ls -A .X11-unix")" "$fresh
X0" "directories"
expect_all_gone
rm -r /tmp/.X11-unix /tmp/.ICE-unix
case_ok

case_begin "what the user has put there stays, and no login fails for it"
desk_policy disk
sed -i 's/retain = "session"/retain = "7d"/' /etc/security/nsisolate.conf
for trap in 'touch .X11-unix' 'ln -s /etc .X11-unix' 'mkdir -m 700 .X11-unix'; do
	as_ssh alice "cd /tmp && $trap"
	wait_until 15 nobody_isolated
	host_dirs
	seen=$(as_ssh alice 'stat -c "%U %F" /tmp/.X11-unix; rm -rf /tmp/.X11-unix')
	expect_match "$seen" '^alice ' "what is there after $trap"
	wait_until 15 nobody_isolated
	rm -r /tmp/.X11-unix /tmp/.ICE-unix
	forget_instances
done
case_ok

case_begin "NSISOLATE_HOST is the name of before, where the set has another"
desk_policy tmpfs
expect_eq "$(as_ssh alice 'echo $NSISOLATE_HOST $(hostname)')" "rig rig-alice" "names"
expect_eq "$(as_ssh alice "sudo -u bob sh -c 'echo \$NSISOLATE_HOST \$(hostname)'")" "rig-alice rig-bob" "names by sudo"
expect_all_gone
default_policy
expect_eq "$(as_su root 'echo $NSISOLATE_HOST.')" "." "root's"
case_ok

# Sources the snippet for Xsession(5) as a session of display :7 does; prints the entries that are there then, and what it has run.
x=/run/rig/x
snippet=$(dirname "$0")/../../conf/xsession/10nsisolate
cookies() { # SHELL OPENS ENTRY...: whether the display opens by what is there; NAME=COOKIE, of any name if that is "*"
	local shell=$1 entry

	rm -rf $x && mkdir -p $x/bin
	for entry in "${@:3}"; do
		xauth -q -f $x/auth add "${entry%=*}/unix:7" . "${entry#*=}" 2>/dev/null
		[ "${entry%=*}" = '*' ] || continue
		xauth -f $x/auth nlist >$x/any # Not in a pipe to the other xauth: each locks the file from its start on.
		sed -i 's/^0100/ffff/' $x/any
		xauth -q -f $x/auth nmerge $x/any
	done
	for entry in xauth xset uname; do
		printf '#!/bin/sh\necho %s >>%s/ran\nexec %s "$@"\n' $entry $x "$(command -v $entry || echo true)" >$x/bin/$entry
	done
	printf '#!/bin/sh\necho xset >>%s/ran\n%s\n' $x "$2" >$x/bin/xset
	chmod 755 $x/bin/*
	PATH=$x/bin:$PATH XAUTHORITY=$x/auth DISPLAY=:7.0 NSISOLATE_HOST=machine "$shell" -ec '. "$1"; set | grep -i ^nsisolate_' - "$snippet" |
		grep -v NSISOLATE_HOST
	echo "$(xauth -n -f $x/auth list | awk '{ print $1 "=" $3 }' | sort | xargs) ran $(xargs <$x/ran)"
}

case_begin "the snippet for Xsession files the machine's cookie under the set's name, by two programs at a first login"
for shell in dash bash; do
	expect_eq "$(cookies $shell false machine=aa)" "machine/unix:7=aa rig/unix:7=aa ran xauth xauth" "at a first login"
	expect_eq "$(cookies $shell false machine=aa rig=aa)" "machine/unix:7=aa rig/unix:7=aa ran xauth" "what is right already"
	expect_eq "$(cookies $shell false machine=aa rig=bb)" "machine/unix:7=aa rig/unix:7=aa ran xauth xset xauth" "one of an earlier login"
	expect_eq "$(cookies $shell true machine=aa rig=bb)" "machine/unix:7=aa rig/unix:7=bb ran xauth xset" "one that opens the display"
	expect_eq "$(cookies $shell true rig=bb)" "rig/unix:7=bb ran xauth" "none under the machine's name"
	expect_match "$(cookies $shell true '*=cc' machine=aa)" 'machine/unix:7=aa ran xauth xset$' "one for any name that opens the display"
done
case_ok

# A greeter's process that does not look at the answer, as xdm's.
deaf() { # SERVICE
	stack "$1" 'session requisite pam_nsisolate.so'
	cp "/etc/pam.d/$1" "/run/rig/pam.d/$1"
	in_time "$rig_tools/pamhost" -s "$1" -u alice open run "echo in $ns_cmd" end </dev/null 2>&1
}

case_begin "xdm, wdm and lxdm ignore a refusal: the process ends with it, and nothing runs"
unmeetable_policy
for service in xdm wdm lxdm; do
	seen=$(deaf $service)
	expect_eq "$?" 1 "status of $service"
	expect_no_match "$seen" 'in |open PAM' "what $service went on to do"
	expect_match "$(cat "$(rig_settled_log)")" "$service goes on after a refusal" "log"
done
seen=$(deaf lightdm)
expect_match "$seen" 'open PAM_' "what a program that listens gets"
case_ok

case_begin "and neither root nor a session that is isolated ends"
expect_match "$("$rig_tools/pamhost" -s xdm -u root open end </dev/null 2>&1)" 'open PAM_SUCCESS' "root"
default_policy
expect_match "$("$rig_tools/pamhost" -s xdm -u alice open close end </dev/null 2>&1)" 'close PAM_SUCCESS' "alice"
expect_all_gone
case_ok

note=/home/alice/.xsession-errors
deaf_note() { # the last line that a refused login by lightdm leaves
	deaf lightdm >/dev/null
	tail -n 1 $note
}

case_begin "a refused user of a display manager finds the reason in ~/.xsession-errors, and others get no such file"
unmeetable_policy
rm -f $note
expect_match "$(deaf_note)" '^[-0-9]+ [:0-9]+ pam_nsisolate: Your session could not be isolated and was refused; the system log says why\.$' "note"
expect_eq "$(stat -c '%U %G %a' $note)" "alice alice 600" "whose it is"
deaf lightdm >/dev/null
expect_eq "$(grep -c pam_nsisolate $note)" 2 "lines after the second refusal"
rm $note
as_su alice true >/dev/null 2>&1
expect_fails test -e $note
exam_is_full() { # by the policy's own decision
	policy <<-END
		version = 1;
		policies = { exam = { namespaces = [ "mount" ]; max_sessions = "1"; }; };
		rules = ( { uid = "2000-2999"; policy = "exam"; } );
	END
	stay one su alice true
}
exam_is_full
expect_match "$(deaf_note)" 'Your session was refused: .*max_sessions = 1' "note of a decision"
leave one
rm $note
expect_all_gone
case_ok

case_begin "and no link, FIFO or long file of theirs leads elsewhere, or delays the answer"
unmeetable_policy
touch /etc/of-root && chmod 666 /etc/of-root
for trap in "ln -s /etc/of-root $note" "mkfifo $note" "mkdir $note" "truncate -s 2M $note" "touch $note; chmod 400 $note"; do
	setpriv --reuid alice --regid alice --init-groups sh -c "$trap"
	before=$(stat -c '%F %s' $note)
	seen=$(deaf lightdm)
	expect_match "$seen" 'open PAM_' "the answer with $trap"
	expect_eq "$(stat -c '%F %s' $note)" "$before" "what is there after $trap"
	rm -rf $note
done
expect_eq "$(stat -c %s /etc/of-root)" 0 "a file elsewhere"
install -o bob -m 666 /dev/null $note
deaf lightdm >/dev/null
expect_eq "$(stat -c %s $note)" 0 "another user's file"
rm $note
case_ok

# Holds a lease on a file of its user's until its standard input ends, and does not give it up when it is told to.
lease_holder='
import fcntl, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
held = open(sys.argv[1], "w")
fcntl.fcntl(held, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("holds", flush=True)
sys.stdin.read()
'
case_begin "and a lease of theirs, which the kernel gives 45 seconds to be given up, is not waited for"
if [ "$(cat /proc/sys/fs/lease-break-time)" -lt 30 ]; then
	case_skip "this machine breaks leases sooner"
else
	mkfifo /run/rig/lease.in
	setpriv --reuid alice --regid alice --init-groups python3 -c "$lease_holder" $note </run/rig/lease.in >/run/rig/lease.out 2>&1 &
	lease_pid=$!
	exec 8>/run/rig/lease.in
	wait_until 15 grep -q '^holds' /run/rig/lease.out || fail "no lease: $(cat /run/rig/lease.out)"
	seen=$(deaf lightdm 8>&-)
	expect_match "$seen" 'open PAM_' "the answer"
	timeout 1 sh -c ": >>$note" 8>&-
	expect_eq "$?" 124 "an open that waits for the lease, which is still there,"
	exec 8>&-
	wait $lease_pid
	expect_eq "$(stat -c %s $note)" 0 "what was written beside the lease"
	rm $note
	case_ok
fi
