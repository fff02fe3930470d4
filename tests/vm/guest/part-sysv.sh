# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# A system whose init is not systemd: the init script, people by every way, and the end of it all.

helper_pid() {
	cut -d' ' -f1 /run/nsisolate/helper.lock
}

case_begin "PID 1 is not systemd"
expect_eq "$(cat /proc/1/comm)" init "its name"
[ ! -d /run/systemd/system ] || fail "there is /run/systemd/system"
expect_fails test -e /usr/lib/systemd/systemd
case_ok

case_begin "install, and the commands that switch it on"
touch /tmp/host-mark
expect_ok apt-get install -y -q ./nsisolate_[0-9]*.deb ./libpam-nsisolate_[0-9]*.deb
expect_eq "$(stacks_with_module)" "" "PAM stacks with the module"
cat >/etc/security/nsisolate.conf <<-'POLICY'
	version = 1;
	policies = { lab = { namespaces = [ "mount", "ipc", "uts" ]; hostname = "%{host}-%{user}";
	  directories = ( { path = "/tmp"; method = "disk"; retain = "session"; } ); }; };
	rules = ( { uid = "1000-"; policy = "lab"; } );
POLICY
expect_ok nsisolate check
expect_ok nsisolate-enable
nsisolate doctor >&2
case_ok

for way in ssh ssh_tty su su_l sudo sudo_i login; do
	case_begin "alice by $way sees a world of her own"
	seen=$("as_$way" alice "$look") || fail "status $?"
	expect_isolated alice
	case_ok
done

case_begin "root by ssh and su is on the host"
seen=$(as_ssh root "$look") && expect_on_host
seen=$(as_su root "$look") && expect_on_host
case_ok

case_begin "the init script: status, reload, restart and stop are for the helper, and sets stay"
expect_ok hold a alice
ask a 'touch /tmp/before'
inside=$(ask a 'readlink /proc/self/ns/mnt')
expect_has "$(service nsisolate status)" "$(helper_pid)" "status"
expect_ok service nsisolate reload
old=$(helper_pid)
expect_ok service nsisolate restart
wait_until 20 service nsisolate status >/dev/null || fail "it is not running again"
expect_ne "$(helper_pid)" "$old" "the helper"
expect_ok service nsisolate stop
seen=$(as_ssh alice "$look")
expect_eq "$(seen_of mnt)" "$inside" "where the next login comes"
drop a
expect_all_gone
case_ok

case_begin "two users: neither sees the other's files"
expect_ok hold a alice
expect_ok hold b bob
ask a 'echo secret >/tmp/of-alice; chmod 644 /tmp/of-alice'
expect_eq "$(ask b 'ls /tmp')" "" "bob's /tmp"
[ ! -e /tmp/of-alice ] || fail "it is in the host's /tmp"
drop a
drop b
expect_all_gone
case_ok

case_begin "each decision is in syslog"
expect_ok grep -qrs "nsisolate.*uid=1000" /var/log/syslog /var/log/auth.log
case_ok
