#!/bin/bash
# SPDX-License-Identifier: MIT
# Modules that mount something at open and unmount it at close, before ours in the stack.
. "$(dirname "$0")/rig.sh"
. "$(dirname "$0")/rig/modules.sh"

default_policy
cat >/usr/local/sbin/vault <<'END'
#!/bin/sh
vault=/home/$PAM_USER/vault
case $PAM_TYPE in
open_session) mkdir -p $vault && mount -t tmpfs -o mode=700,uid=$(id -u $PAM_USER) vault $vault ;;
close_session) umount $vault ;;
esac
END
chmod 755 /usr/local/sbin/vault
exec_module='session required pam_exec.so /usr/local/sbin/vault'
ours='session required pam_nsisolate.so'

is_unmounted() { ! grep -q /home/alice/vault /proc/self/mountinfo; }

vault_stack() { # SERVICE MOUNTER: between two lines of ours
	printf '%s\n' "$(cat /run/rig/pam.d/$1)" "$ours close" "$2" "$ours open" >"/etc/pam.d/$1"
}

login_with_vault() { # WAY
	"as_$1" alice 'cd && touch vault/secret && echo $NSISOLATE_SET $(stat -f -c %T vault); '"$ns_cmd" >/run/rig/out
	expect_match "$(head -n 1 /run/rig/out)" '^[0-9]+ tmpfs$' "the vault in her set by $1"
	expect_other_ns "$(tail -n 1 /run/rig/out)" "namespaces by $1"
	wait_until 5 is_unmounted || fail "after $1 the host has the vault mounted"
}

for way in ssh:sshd su:su login:login; do
	case_begin "two lines of ours around a mounter: nothing stays mounted after ${way%:*}"
	vault_stack ${way#*:} "$exec_module"
	login_with_vault ${way%:*}
	expect_all_gone
	case_ok
done

case_begin "the close comes back to the host before the mounter's, and what runs inside does not see it"
printf '#!/bin/sh\nreadlink /proc/self/ns/mnt\n' >/usr/local/sbin/where && chmod 755 /usr/local/sbin/where
vault_stack sshd "session required pam_exec.so log=/run/rig/vault.log /usr/local/sbin/where"
expect_ok as_ssh alice true
on_host() { [ "$(grep -cF "$(readlink /proc/self/ns/mnt)" /run/rig/vault.log)" = "$1" ]; }
wait_until 5 on_host 2 || fail "open and close on the host: $(cat /run/rig/vault.log)"
expect_all_gone
case_ok

case_begin "two pairs, one of an included file: the session ends with the outer close"
stack rig "auth required pam_permit.so
account required pam_permit.so
$ours close
session include rig-inner
session required pam_permit.so
$ours open"
stack rig-inner "$ours close
session required pam_permit.so
$ours open"
out=$(as_pamhost alice open run "$ns_cmd" close run "$ns_cmd" end)
expect_other_ns "$(grep -m 1 '^mnt' <<<"$out")" "inside"
expect_host_ns "$(grep '^mnt' <<<"$out" | tail -n 1)" "after the close"
expect_all_gone
case_ok

case_begin "open alone: the session ends with its program; close alone isolates nobody"
stack rig "${rig_service/pam_nsisolate.so/pam_nsisolate.so open}"
out=$(as_pamhost alice open run "$ns_cmd" close run "$ns_cmd" end)
expect_other_ns "$(grep '^mnt' <<<"$out" | tail -n 1)" "after the close"
expect_all_gone
stack rig "${rig_service/pam_nsisolate.so/pam_nsisolate.so close}"
expect_host_ns "$(as_pamhost alice open run "$ns_cmd" close end | grep '^mnt')" "with close alone"
expect_all_gone
case_ok

case_begin "pam_mount itself with a volume: mounted for the session, and on the host no more afterwards"
if module_of_others pam_mount.so libpam-mount; then
	sed -i 's,<!-- Volume definitions -->,<volume user="alice" fstype="tmpfs" mountpoint="/home/alice/vault" options="mode=700\,uid=2001" />,' \
		/etc/security/pam_mount.conf.xml
	vault_stack sshd 'session optional pam_mount.so disable_interactive'
	login_with_vault ssh
	stay one ssh alice 'touch vault/of-one'
	expect_eq "$(as_ssh alice 'ls vault')" of-one "a second login sees the same"
	expect_eq "$(ls /home/alice/vault)" of-one "and keeps it for the first"
	leave one
	wait_until 5 is_unmounted || fail "after the last login the host has the vault mounted"
	expect_all_gone
	case_ok
else
	case_skip "needs pam_mount.so: tools/unpack-packages modules"
fi

case_begin "pam-auth-update puts the pair around the profile of pam_mount"
if [ -e /usr/share/pam-configs/libpam-mount ] && command -v pam-auth-update >/dev/null; then
	cp /src/conf/pam-configs/* /usr/share/pam-configs/
	pam-auth-update --package --enable nsisolate nsisolate-close libpam-mount
	for file in common-session common-session-noninteractive; do
		lines=$(grep -nE 'pam_(nsisolate|mount|unix|systemd)' /etc/pam.d/$file | grep -v '#' | grep -o 'pam_.*' | tr -s ' \t' ' ' | sed 's/ *$//')
		expect_eq "$(head -n 1 <<<"$lines")" "pam_nsisolate.so close" "first in $file"
		expect_eq "$(tail -n 1 <<<"$lines")" "pam_nsisolate.so" "last in $file"
	done
	expect_match "$(cat /etc/pam.d/common-session)" 'pam_mount' "pam_mount in common-session"
	pam-auth-update --package --disable nsisolate nsisolate-close libpam-mount
	expect_fails grep -q pam_nsisolate /etc/pam.d/common-session
	case_ok
else
	case_skip "needs the profile of pam_mount, and pam-auth-update"
fi

case_begin "doctor tells who has one line only, and is content with two"
run_ctl doctor
expect_no_match "$out" 'pam_(mount|exec)' "with two lines"
printf '%s\n' "$(cat /run/rig/pam.d/sshd)" 'session optional pam_mount.so disable_interactive' "$ours" >/etc/pam.d/sshd
run_ctl doctor
expect_match "$out" 'pam_mount.so unmounts inside the set' "with one line"
expect_match "$out" 'first line of type session: session requisite pam_nsisolate.so close' "what to do"
case_ok
rm -rf /home/alice/vault
