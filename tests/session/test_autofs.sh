#!/bin/bash
# SPDX-License-Identifier: MIT
# Automounted directories (autofs) in sets: before, while and after the daemon works.
. "$(dirname "$0")/rig.sh"

skip_all() {
	case_begin "autofs"
	case_skip "$1"
	exit
}
command -v automount >/dev/null || skip_all "needs automount, of the package autofs"
grep -qw autofs /proc/filesystems || skip_all "this kernel has no autofs"
mknod -m 600 /dev/autofs c 10 "$(awk '$2 == "autofs" { print $1 }' /proc/misc)" 2>/dev/null

autofs_start() {
	mkdir -p /srv/real/alice /srv/real/bob /net && touch /srv/real/alice/hers /srv/real/bob/his
	chown alice /srv/real/alice && chown bob /srv/real/bob
	echo '/net /etc/auto.rig --timeout=600' >/etc/auto.master
	echo '* -fstype=bind :/srv/real/&' >/etc/auto.rig
	setsid automount -f --pid-file /run/rig/automount.pid >/run/rig/automount.log 2>&1 &
	wait_until 10 grep -q ' /net .* autofs ' /proc/self/mountinfo
}

autofs_stop() { # SIGNAL
	pkill "-$1" -x automount
	wait_until 10 no_automount
	umount -l /net 2>/dev/null
}
no_automount() { ! pgrep -x automount >/dev/null; }

# usermod(8) changes the home of nobody who has a process, and a session that is over has one for a moment.
home_is() { # DIRECTORY, of alice
	wait_until 10 usermod -d "$1" alice 2>/dev/null || fail "alice's home is not $1: $(pgrep -u alice -a)"
}

default_policy
isolate
autofs_start || skip_all "automount does not work here: $(tail -n 1 /run/rig/automount.log)"

case_begin "a directory that is mounted on demand is triggered from a set, and seen on both sides"
expect_eq "$(as_ssh alice 'ls /net/alice')" hers "triggered in the set"
expect_ok grep -q ' /net/alice ' /proc/self/mountinfo
stay one ssh alice true
ls /net/bob >/dev/null
expect_eq "$(as_ssh alice 'ls /net/bob')" his "mounted by the host while the set lives"
leave one
expect_all_gone
case_ok

case_begin "a home that is mounted on demand"
mv /srv/real/alice/hers /srv/real/ && cp -a /home/alice/. /srv/real/alice/
home_is /net/alice
expect_eq "$(as_ssh alice 'pwd; echo $NSISOLATE_POLICY' | xargs)" "/net/alice lab" "ssh"
expect_eq "$(as_su_l alice 'pwd')" /net/alice "su -"
sed -i 's,hostname = ,home = "overlay"; hostname = ,' /etc/security/nsisolate.conf
expect_eq "$(as_ssh alice 'touch new; ls new')" new "home = overlay"
expect_fails test -e /srv/real/alice/new
home_is /home/alice
default_policy
expect_all_gone
case_ok

case_begin "propagation = private: no automount works inside, as the manual says"
sed -i 's,hostname = ,propagation = "private"; hostname = ,' /etc/security/nsisolate.conf
umount /net/alice /net/bob 2>/dev/null
expect_fails as_ssh alice 'ls /net/bob/his 2>/dev/null'
default_policy
expect_all_gone
case_ok

case_begin "the daemon is killed: logins of policies that walk its mounts end in a sentence or get in, and no child dies of it"
umount /net/alice /net/bob 2>/dev/null
pkill -KILL -x automount
wait_until 10 no_automount
sed -i 's,hostname = ,readonly = [ "/net/bob" ]; hostname = ,' /etc/security/nsisolate.conf
: >"$rig_log"
as_ssh alice 'echo in' >/run/rig/out 2>/dev/null
expect_no_match "$(cat "$(rig_settled_log)")" 'the anchor died|signal 13|SIGPIPE' "log"
if ! grep -q in /run/rig/out; then
	expect_match "$(grep 'refused user=alice' "$(rig_settled_log)")" '/net/bob' "the refusal"
fi
default_policy
expect_eq "$(as_ssh alice 'echo in')" in "a policy that does not"
expect_all_gone
autofs_stop KILL
rm -rf /srv/real /net /dev/autofs
case_ok
