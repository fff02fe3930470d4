# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# SELinux enforces: without our policy module sshd cannot reach the helper; with it people are isolated, and what they see
# has the labels of the host.

# What was denied to the helper or to its children, or to others at our files, since the boot.
our_denials() {
	ausearch --input-logs -m avc -m user_avc -ts boot 2>/dev/null | grep -E 'comm="nsi|nsisolate_runtime_t|joins|helper\.sock'
}

# The label of each file, without the level.
labels='stat -c "%n %C" /tmp /var/tmp /dev/shm /tmp/.X11-unix /etc/hosts /etc/hostname | cut -d: -f 1-3'
labels_of() { # NAME
	sed -n "s,^$1 ,,p" <<<"$seen"
}

case_begin "SELinux enforces here"
expect_eq "$(/usr/sbin/getenforce)" Enforcing "mode"
install -d -m 1777 /tmp/.X11-unix
touch /tmp/host-mark
restorecon /tmp/.X11-unix /tmp/host-mark
case_ok

case_begin "without the policy module doctor says so, and nsisolate-enable refuses"
expect_ok apt-get install -y -q /root/debs/*.deb
cat >/etc/security/nsisolate.conf <<'END'
version = 1;
policies = { lab = { namespaces = [ "mount", "ipc", "uts" ]; hostname = "%{host}-%{user}"; directories = (
	{ path = "/tmp"; method = "disk"; }, { path = "/var/tmp"; method = "disk"; retain = "30d"; },
	{ path = "/dev/shm"; method = "tmpfs"; size = "16M"; } ); }; };
rules = ( { uid = "1000-1999"; policy = "lab"; } );
END
expect_ok systemctl start nsisolate.service
seen=$(nsisolate doctor)
expect_has "$seen" 'sshd and other confined programs cannot reach the helper' "doctor"
nsisolate-enable >/root/enable 2>&1
expect_eq $? 7 "status of nsisolate-enable"
expect_has "$(</root/enable)" "semodule -i" "what it says"
expect_eq "$(stacks_with_module)" "" "stacks with the module"
case_ok

case_begin "the command that doctor prints loads it, and nsisolate-enable goes on"
grep -A 1 'selinux-module' <<<"$seen" | sed -n 's/^ *-> //p' >/root/cure
expect_has "$(</root/cure)" "semodule -i" "the command"
expect_ok sh -e /root/cure
expect_has_not "$(nsisolate doctor)" selinux-module "doctor"
expect_ok nsisolate-enable
patience
case_ok

# Not cron: Debian's policy has no rules for the place from which as_cron() runs its job.
for way in ssh su sudo; do
	case_begin "alice by $way sees a world of her own, with the labels of the host's"
	seen=$("as_$way" alice "$look; $labels") || fail "status $?"
	expect_isolated alice
	for name in /tmp /var/tmp /dev/shm /tmp/.X11-unix /etc/hosts; do
		expect_eq "$(labels_of $name)" "$(stat -c %C $name | cut -d: -f 1-3)" "label of $name"
	done
	expect_has "$(labels_of /etc/hostname)" :net_conf_t "label of /etc/hostname"
	case_ok
done

case_begin "a session has the user's domain, and its files in /tmp their type"
seen=$(as_ssh alice 'id -Z; touch /tmp/mine; stat -c %C /tmp/mine; sudo -u bob sh -c "id -Z; hostname; touch /tmp/bob; stat -c %C /tmp/bob"') || fail "status $?"
expect_eq "$(cut -d: -f 3 <<<"$seen" | xargs)" "unconfined_t user_tmp_t unconfined_t vmtest-bob user_tmp_t" "domains and types"
case_ok

case_begin "agent and X forwarding work, whose sockets sshd makes in the private /tmp"
seen=$(eval "$(ssh-agent)" >/dev/null && ssh -A "${ssh_options[@]}" alice@127.0.0.1 'ssh-add -l 2>&1; echo $SSH_AUTH_SOCK'
	kill "$SSH_AGENT_PID" 2>/dev/null)
expect_has "$seen" "no identities" "what the agent says"
case_ok

case_begin "restorecon leaves what users have made in private directories as it is"
expect_ok hold a alice
ask a 'touch /tmp/kept; chcon -t user_home_t /tmp/kept'
restorecon -RF /var/lib/nsisolate
expect_has "$(ask a 'stat -c %C /tmp/kept')" :user_home_t "label"
drop a # Debian's policy breaks logind when a module is loaded: user managers stay until the reboot
case_ok

case_begin "nothing was denied to the helper, or to others at its files"
expect_eq "$(our_denials)" "" "denials"
case_ok
