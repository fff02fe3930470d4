#!/bin/bash
# SPDX-License-Identifier: MIT
# The two ready policies that use all of it, as they are shipped: the exam room and the mini container.
. "$(dirname "$0")/rig.sh"

isolate
groupadd students && usermod -a -G students alice && usermod -a -G students bob
ctl=/usr/local/sbin/nsisolate

use_example() { # NAME
	install -m 644 "/src/conf/examples/$1.conf" /etc/security/nsisolate.conf
}

mkdir -p /srv/exam/hand-in && chmod 1733 /srv/exam/hand-in
echo "2 + 2 = ?" >/srv/exam/sheet
echo mine >/home/alice/notes && chown alice: /home/alice/notes
use_example exam-room
case_begin "exam room: notes are there, what is written is not kept, what is handed in is"
for way in ssh su; do
	seen=$("as_$way" alice 'echo sheet $(cat /srv/exam/sheet)
		echo notes $(cat ~/notes; echo more >>~/notes; wc -l <~/notes)
		echo host $(hostname)
		echo others $(ls -ld /proc/[0-9]* 2>/dev/null | grep -vc " alice ")
		echo write $(touch /srv/exam/cheat 2>&1 | grep -c Read-only)
		echo 4 >/srv/exam/hand-in/alice; echo handed in')
	expect_eq "$(seen_of sheet)" "2 + 2 = ?" "the sheet by $way"
	expect_eq "$(seen_of notes)" "mine 2" "the notes by $way"
	expect_eq "$(seen_of host)" exam-alice "hostname by $way"
	expect_match "$(seen_of others)" '^[01]$' "others' processes by $way"
	expect_eq "$(seen_of write)" 1 "writing beside by $way"
	expect_all_gone # one session each: the next way in comes when this one is over
done
expect_eq "$(cat /srv/exam/hand-in/alice)" 4 "what was handed in"
expect_eq "$(cat /home/alice/notes)" mine "the notes"
expect_all_gone
case_ok

case_begin "exam room: one session each, and whatever still runs ends with it"
as_ssh alice 'setsid sleep 600 >/dev/null 2>&1 </dev/null & echo in >/srv/exam/hand-in/in; until test -e /srv/exam/hand-in/end; do sleep 0.1; done' &
first=$!
wait_until 10 test -e /srv/exam/hand-in/in || fail "alice did not get in"
expect_fails as_ssh alice true 2>/dev/null
expect_eq "$(as_ssh bob 'hostname')" exam-bob "another student"
touch /srv/exam/hand-in/end
wait $first
expect_all_gone
! pgrep -fx "sleep 600" >/dev/null || fail "a process is left"
case_ok

image=/srv/images/lab
mkdir -p $image/{etc,home,proc,sys,dev,run,tmp,var,opt,root}
# A small one: some programs of this system with their libraries, as debootstrap(8) would bring them.
for link in bin sbin lib lib64; do
	mkdir -p $image/usr/$link && ln -s usr/$link $image/$link
done
programs=$(command -v bash sh /bin/echo cat ls id hostname cut sort xargs touch grep sed sleep true stat wc readlink mkdir rm mv chmod $ctl)
for file in $programs $(ldd $programs 2>/dev/null | grep -o '/[^ ]*' | tr -d : | sort -u); do
	install -D "$(readlink -f "$file")" "$image/usr/${file#/}" 2>/dev/null
done
cp -a $image/usr/usr/. $image/usr/ && cp -a $image/usr/lib64/. $image/usr/lib64/ && rm -rf $image/usr/usr
cp -a /etc/{passwd,group,shadow,nsswitch.conf,ld.so.cache,sudoers,sudoers.d,pam.d,security,bash.bashrc,profile} $image/etc/
touch $image/etc/hostname $image/etc/hosts
echo lab >$image/etc/issue
use_example mini-container
sed -i 's/linger = "10m";/linger = "1s";/' /etc/security/nsisolate.conf
case_begin "mini container: another system, whose root is the student, with their home"
for way in ssh su login; do
	seen=$("as_$way" alice "echo issue \$(cat /etc/issue) \$(hostname)
		echo notes \$(cat ~/notes)
		echo first \$(cat /proc/1/comm)
		echo who \$(id -un)
		echo cgroup \$(cut -d: -f3 /proc/self/cgroup | sort -u)
		echo root \$($ctl enter --root alice -- sh -c 'id -u; hostname changed; hostname' | xargs)")
	expect_match "$(seen_of issue)" "lab (lab-alice|changed)" "the system by $way"
	expect_eq "$(seen_of notes)" mine "the home by $way"
	expect_match "$(seen_of first)" nsi-set "PID 1 by $way"
	expect_eq "$(seen_of who)" alice "user by $way"
	expect_eq "$(seen_of cgroup)" / "cgroup by $way"
	expect_eq "$(seen_of root)" "0 changed" "root by $way"
done
expect_eq "$(hostname)" rig "the host's name"
expect_all_gone
case_ok
