#!/bin/bash
# SPDX-License-Identifier: MIT
# keep: what of the host's directory stays to be seen in the private one.
. "$(dirname "$0")/rig.sh"

keep_policy() { # [RETAIN]
	policy <<-END
		version = 1;
		policies = {
		  desk = {
		    namespaces = [ "mount" ];
		    directories = (
		      { path = "/tmp"; method = "disk"; retain = "${1:-session}"; keep = [ ".X11-unix", ".ICE-unix" ]; }
		    );
		  };
		};
		rules = ( { uid = "2000-2999"; policy = "desk"; } );
	END
}

# A server that answers "hello" to who connects, as an X server would.
listen() { # PATH
	perl -MIO::Socket::UNIX -e '
		umask 0; my $s = IO::Socket::UNIX->new(Local => $ARGV[0], Listen => 1) or die;
		while (my $c = $s->accept) { print $c "hello\n"; close $c }' "$1" &
	listener=$!
	wait_until 5 test -S "$1"
}

x11=/tmp/.X11-unix
call_x11="perl -MIO::Socket::UNIX -e 'print IO::Socket::UNIX->new(Peer => q($x11/X0))->getline'"

warned() { # since the log was emptied
	grep nsisolate-helper "$(rig_settled_log)"
}

keep_policy
isolate

case_begin "the X server's directory is the host's, and its socket answers"
install -d -m 1777 $x11
listen $x11/X0
stay one ssh alice "touch /tmp/mine; ls -A /tmp | xargs; stat -c %u:%g:%a $x11; $call_x11"
expect_match "$(cat /run/rig/stay.one)" '^\.X11-unix mine' "files"
expect_match "$(cat /run/rig/stay.one)" '0:0:1777' "the directory"
expect_match "$(cat /run/rig/stay.one)" 'hello' "the server"
expect_eq "$(as_su bob "ls -A /tmp; $call_x11" | xargs)" ".X11-unix hello" "bob's"
case_ok

case_begin "what the host puts there later is seen by those who are in already"
touch $x11/later
expect_ok as_su alice "test -e $x11/later"
rm $x11/later
expect_fails as_su alice "test -e $x11/later"
leave one
expect_all_gone
case_ok

case_begin "nothing of that name on the host: nothing is kept, and nobody is told off"
kill $listener; wait $listener 2>/dev/null
rm -r $x11
before=$(grep -c 'is not kept' "$(rig_settled_log)")
expect_eq "$(as_ssh alice 'ls -A /tmp')" "" "files"
expect_eq "$(grep -c 'is not kept' "$(rig_settled_log)")" "$before" "warnings"
expect_all_gone
case_ok

# not_kept WHAT: the directory is not bound, the login goes on, and the log says why.
not_kept() {
	case_begin "$1 is not kept, and the log says so"
	expect_fails as_ssh alice "test -e $x11/bait"
	expect_ok as_ssh alice "touch /tmp/mine"
	expect_match "$(warned)" '\.X11-unix is not kept' "log"
	expect_all_gone
	rm -rf $x11
	: >"$rig_log"
	case_ok
}

install -d -o alice -g alice -m 1777 $x11 && touch $x11/bait
not_kept "a user's directory of that name"
install -d -m 755 /opt/other && touch /opt/other/bait && ln -s /opt/other $x11
not_kept "a symbolic link of that name"
touch $x11
not_kept "a file of that name"
mkfifo $x11
not_kept "a FIFO of that name"
rm -r /opt/other

sets_gone() { # a login that comes before would join the set, where nothing is kept anew
	nobody_isolated && [ -z "$(sets_left)" ]
}

case_begin "what a user leaves in a private directory that stays cannot lead the mount elsewhere"
install -d -m 1777 $x11 && touch $x11/bait
keep_policy boot
for trap in 'ln -s /etc .X11-unix' 'ln -s /nowhere .X11-unix' 'touch .X11-unix' 'mkfifo .X11-unix'; do
	rm -r $x11
	as_ssh alice "cd /tmp && rmdir .X11-unix 2>/dev/null; $trap"
	wait_until 10 sets_gone
	install -d -m 1777 $x11 && touch $x11/bait
	: >"$rig_log"
	expect_ok as_ssh alice 'test -e /etc/passwd && ! test -e /etc/bait && ! test -e /tmp/.X11-unix/bait'
	expect_match "$(warned)" '\.X11-unix is not kept: the private directory has a file' "log after $trap"
	wait_until 10 sets_gone
	find $statedir -mindepth 1 -maxdepth 1 -name 'u*' -exec rm -rf {} +
done
expect_ok as_ssh alice "test -e $x11/bait"
rm -r $x11
wait_until 10 sets_gone
find $statedir -mindepth 1 -maxdepth 1 -name 'u*' -exec rm -rf {} +
case_ok

case_begin "of several that are not kept, each is logged"
keep_policy
for name in .X11-unix .ICE-unix; do install -d -o alice -m 1777 /tmp/$name; done
: >"$rig_log"
expect_ok as_ssh alice true
expect_match "$(cat "$(rig_settled_log)")" '\.X11-unix is not kept' "the first"
expect_match "$(cat "$(rig_settled_log)")" '\.ICE-unix is not kept' "the second"
expect_all_gone
rm -r /tmp/.X11-unix /tmp/.ICE-unix
case_ok

policy <<-'END'
	version = 1;
	policies = { desk = { namespaces = [ "mount" ]; directories = (
	  { path = "/tmp"; method = "tmpfs"; keep = [ ".s.root", ".s.server", ".s.other" ]; keep_users = [ "carol" ]; } ); }; };
	rules = ( { uid = "2000-2999"; policy = "desk"; } );
END
call() { # PATH: as a command for a session
	echo "perl -MIO::Socket::UNIX -e 'print IO::Socket::UNIX->new(Peer => q($1))->getline' 2>/dev/null || echo no answer"
}

case_begin "sockets of root and of a user that the policy names are kept, others are not"
rm -f /tmp/.s.*
listen /tmp/.s.root && one=$listener
listen /tmp/.s.server && two=$listener && chown carol /tmp/.s.server
listen /tmp/.s.other && three=$listener && chown bob /tmp/.s.other
: >"$rig_log"
stay one ssh alice "$(call /tmp/.s.root); $(call /tmp/.s.server); $(call /tmp/.s.other)"
expect_eq "$(cat /run/rig/stay.one | xargs)" "hello hello no answer" "answers"
expect_match "$(warned)" '\.s\.other is not kept' "log"
case_ok

case_begin "a server that starts again is found by those who are in"
kill $two; wait $two 2>/dev/null
rm -f /tmp/.s.server
listen /tmp/.s.server && two=$listener && chown carol /tmp/.s.server
answers() { [ "$(as_su alice "$(call /tmp/.s.server)")" = hello ]; }
wait_until 5 answers || fail "it does not answer"
leave one
expect_all_gone
kill $one $two $three; wait $one $two $three 2>/dev/null
rm -f /tmp/.s.*
case_ok
