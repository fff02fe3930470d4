#!/bin/bash
# SPDX-License-Identifier: MIT
# sudoedit: the session is of the file's owner, the editor of who called.
. "$(dirname "$0")/rig.sh"

default_policy
sed -i 's/^rules = (/rules = ( { from_user = "alice"; user = "root"; service = "sudo"; action = "host"; },/' /etc/security/nsisolate.conf
isolate
cat >/usr/local/bin/rig-editor <<'END'
#!/bin/sh
{ id -un; readlink /proc/self/ns/mnt; hostname; } >/home/alice/edited 2>/dev/null
echo changed >>"$1"
END
chmod 755 /usr/local/bin/rig-editor
export EDITOR=/usr/local/bin/rig-editor SUDO_EDITOR=/usr/local/bin/rig-editor
echo 'Defaults env_keep += "EDITOR SUDO_EDITOR", !sudoedit_checkdir' >/etc/sudoers.d/edit

edit_as() { # WAY: alice, who is logged in, edits a file of USER
	case $2 in
	root) file=/etc/rig-file ;;
	*) file=/home/$2/notes ;;
	esac
	echo old >$file && chown "$2:" $file
	rm -f /home/alice/edited
	out=$(as_ssh alice "readlink /proc/self/ns/mnt; EDITOR=/usr/local/bin/rig-editor $1 -u $2 $file 2>&1")
	expect_eq "$(tail -n 1 $file)" changed "the file of $2"
	expect_eq "$(xargs </home/alice/edited)" "alice $(sed -n 1p <<<"$out") rig-alice" "where the editor ran"
	expect_match "$(grep 'pam_nsisolate(sudo' "$(rig_settled_log)" | tail -1)" "user=$2 .*sudoedit runs the editor as uid 2001" "log"
}

echo 'Defaults !pam_ruser' >/etc/sudoers.d/no-ruser
case_begin "without PAM_RUSER as well"
echo old >/home/bob/notes && chown bob: /home/bob/notes
as_ssh alice "EDITOR=/usr/local/bin/rig-editor sudoedit -u bob /home/bob/notes" >&2
expect_eq "$(tail -n 1 /home/bob/notes)" changed "bob's file"
expect_eq "$(tail -n 1 /home/alice/edited)" rig-alice "where the editor ran"
rm -f /etc/sudoers.d/no-ruser
expect_all_gone
case_ok

for way in sudoedit 'sudo -e' 'sudo --edit'; do
	for owner in bob root; do
		case_begin "alice edits a file of $owner's by $way: the editor is hers and stays in her set"
		stay other ssh bob true
		edit_as "$way" $owner
		leave other
		expect_all_gone
		case_ok
	done
done

case_begin "who calls from the host edits on the host"
echo old >/home/bob/notes && chown bob: /home/bob/notes
for way in 'sudoedit -u bob' 'sudo -e -u bob' 'sudo --user bob --edit' 'sudo -nu bob -e' 'sudo -nubob -e --'; do
	echo old >/home/bob/notes
	$way /home/bob/notes </dev/null >&2 # called by root
	expect_eq "$(tail -n 1 /home/bob/notes)" changed "the file, by root's $way"
done
expect_all_gone
rm -f /home/alice/edited
case_ok

# Nothing else is taken for it: a command of bob's runs in bob's set, however sudo is told to run it.
for how in '' 'Defaults use_pty' 'Defaults log_output' 'Defaults log_output, use_pty' 'Defaults stay_setuid' \
	'Defaults !pam_setcred' 'Defaults pam_ruser' 'Defaults intercept'; do
	case_begin "a command of bob's that alice calls is in bob's set${how:+: $how}"
	if [ -n "$how" ] && ! visudo -cf - <<<"$how" >/dev/null 2>&1; then
		case_skip "this sudo does not know it"
		continue
	fi
	echo "$how" >/etc/sudoers.d/how
	for call in 'sudo -n -u bob hostname' 'sudo -n -i -u bob hostname' 'sudo -n -u bob hostname -e' 'sudo -n -u bob -- hostname'; do
		[ "$call" != 'sudo -n -u bob hostname -e' ] || call='sudo -n -u bob sh -c hostname -e'
		expect_eq "$(as_ssh alice "$call" 2>/dev/null)" rig-bob "$call"
	done
	expect_eq "$(cd / && sudo -n -u bob sh -c hostname -e)" rig-bob "called by root"
	# A name that somebody chooses is no word of sudo's.
	expect_eq "$(as_ssh alice 'bash -c "exec -a sudo-e sudo -n -u bob hostname"' 2>/dev/null)" rig-bob "by another name"
	rm -f /etc/sudoers.d/how
	expect_all_gone
	case_ok
done
rm -f /usr/local/bin/rig-editor /etc/rig-file
rm -rf /var/log/sudo-io
