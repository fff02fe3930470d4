# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Daemons and commands beside the usual ones, as Debian has them: their sessions are isolated, a refusal
# holds, and doctor names those that need a setting, with the line to write.  mkroot keeps their packages.

echo 'deb [trusted=yes] file:/root/daemons ./' >/etc/apt/sources.list.d/daemons.list
only_daemons=(-o Dir::Etc::SourceList=/etc/apt/sources.list.d/daemons.list -o Dir::Etc::SourceParts=-)
expect_ok apt-get -qq "${only_daemons[@]}" update
touch /tmp/host-mark

has_package() {
	[ -n "$(find /root/daemons -name "$1_*.deb" -print -quit)" ]
}

get() { # PACKAGE...
	expect_ok timeout 200 apt-get -qq -y --no-install-recommends "${only_daemons[@]}" install "$@" </dev/null
}

drop_package() {
	expect_ok timeout 200 apt-get -qq -y purge "$@" </dev/null
}

doctor_has() { # ID WORDS
	nsisolate doctor --json | tr -d '\n' | grep -qE "\"id\": \"$1\",[^}]*\"text\": \"[^\"]*$2" ||
		fail "doctor has no $1 about $2: $(nsisolate doctor)"
}

# What doctor says behind "->" about a file goes into that file.
write_as_advised() { # FILE
	nsisolate doctor | grep -A 1 -E "^error +$1:" | sed -n 's/^ *-> //p' >>"$1"
}

put_by_ftp() { # NAME
	in_time curl -s -S -T /etc/hostname "ftp://alice:pw@127.0.0.1/%2Ftmp/$1" </dev/null
}

is_listening() { # PORT
	ss -Hltn "sport = :$1" | grep -q .
}

expect_in_set() { # NAME: a file of alice's
	[ ! -e "/tmp/$1" ] || fail "$1 is in the host's /tmp"
	expect_ok as_su alice "test -e /tmp/$1"
}

get curl

if has_package opendoas; then
	case_begin "doas: the other user's world"
	get opendoas
	echo 'permit nopass alice as bob cmd sh' >/etc/doas.conf
	chmod 600 /etc/doas.conf
	seen=$(as_ssh alice "doas -u bob sh -c '$look'") || fail "status $?"
	expect_isolated bob
	drop_package opendoas
	rm -f /etc/doas.conf
	case_ok
fi

if command -v run0 >/dev/null; then
	case_begin "run0: by the service \"other\""
	seen=$(in_time run0 -u alice sh -c "$look" </dev/null | tr -d '\r') || fail "status $?"
	expect_isolated alice
	case_ok
fi

if has_package cronie; then
	case_begin "cronie: its service has a name of its own"
	get cronie cron-
	write_job alice "$look"
	# At once, as at the first start since the boot; and in a minute, should that mark have another name.
	printf '%s alice '"$job/run"'\n' @reboot '* * * * *' >/etc/cron.d/vmtest
	systemctl stop cronie
	rm -f /run/cron*reboot* /var/run/cron*reboot* /var/spool/cron/.cron.reboot
	expect_ok systemctl start cronie
	wait_until 130 test -f "$job/rc" || fail "the job did not run"
	rm -f /etc/cron.d/vmtest
	seen=$(cat "$job/out")
	expect_isolated alice
	expect_ok nsisolate doctor --strict
	nsisolate list >/dev/null # the helper logs who joined without it
	expect_has "$(journal -g 'opened user=alice' -o cat)" service=cronie "the log"
	case_ok
fi

case_begin "proftpd: isolated, and with doctor's line a refusal holds"
get proftpd-core
wait_until 20 is_listening 21 || fail "it does not listen"
doctor_has consumer-goes-on mod_auth_unix
write_as_advised /etc/proftpd/proftpd.conf
expect_ok systemctl restart proftpd
wait_until 20 is_listening 21 || fail "it does not listen"
expect_ok nsisolate doctor --strict
expect_ok hold a alice
expect_ok put_by_ftp by-proftpd
expect_in_set by-proftpd
refusing_policy
expect_fails put_by_ftp refused
[ ! -e /tmp/refused ] || fail "refused, and let in all the same"
former_policy
drop a
drop_package proftpd-core
case_ok

case_begin "vsftpd: with doctor's line it opens sessions"
get vsftpd
doctor_has consumer-no-session vsftpd
write_as_advised /etc/vsftpd.conf
printf '%s\n' write_enable=YES seccomp_sandbox=NO >>/etc/vsftpd.conf
expect_ok systemctl restart vsftpd
wait_until 20 is_listening 21 || fail "it does not listen"
expect_ok nsisolate doctor --strict
expect_ok hold a alice
expect_ok put_by_ftp by-vsftpd
expect_in_set by-vsftpd
refusing_policy
expect_fails put_by_ftp refused
[ ! -e /tmp/refused ] || fail "refused, and let in all the same"
former_policy
drop a
drop_package vsftpd
case_ok

case_begin "samba: who connects has a world of their own"
systemctl -q mask nmbd winbind # which wait for a network that is not the loopback
get samba smbclient
printf '%s\n' '[here]' 'path = /tmp' 'read only = no' >>/etc/samba/smb.conf
printf 'pw\npw\n' | smbpasswd -s -a alice >&2
expect_ok systemctl restart smbd
wait_until 30 is_listening 445 || fail "it does not listen"
doctor_has consumer-shared 'several users in one connection'
expect_ok nsisolate doctor --strict
expect_ok hold a alice
expect_ok in_time smbclient //127.0.0.1/here -U alice%pw -c 'put /etc/hostname by-samba' </dev/null
expect_in_set by-samba
refusing_policy
expect_fails in_time smbclient //127.0.0.1/here -U alice%pw -c 'put /etc/hostname refused' </dev/null
[ ! -e /tmp/refused ] || fail "refused, and let in all the same"
former_policy
drop a
drop_package samba smbclient
case_ok
everybody_gone
rm -f /etc/apt/sources.list.d/daemons.list
