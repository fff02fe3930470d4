#!/bin/sh
# SPDX-License-Identifier: MIT
# Users, keys and services of a system under test; run in its root before it is booted.
set -e

useradd -m -s /bin/bash -u 1000 -G sudo alice
useradd -m -s /bin/bash -u 1001 bob
printf '%s:pw\n' root alice bob | chpasswd
for home in /root /home/alice /home/bob; do
	install -d -m 700 $home/.ssh
	install -m 600 /root/key.pub $home/.ssh/authorized_keys
	chown -R --reference=$home $home/.ssh
done
printf 'Defaults !lecture\nalice ALL=(ALL) NOPASSWD: ALL\n' >/etc/sudoers.d/alice
chmod 440 /etc/sudoers.d/alice

rm -f /etc/ssh/ssh_host_*
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key
printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'UseDNS no' 'PermitRootLogin prohibit-password' \
	'MaxStartups 100' 'LoginGraceTime 600' 'PerSourcePenalties no' >/etc/ssh/sshd_config.d/vm.conf
mkdir -p /run/sshd
sshd -t 2>/dev/null || sed -i /PerSourcePenalties/d /etc/ssh/sshd_config.d/vm.conf

echo vmtest >/etc/hostname
printf '127.0.0.1 localhost vmtest\n' >/etc/hosts
mkdir -p /etc/systemd/network
printf '[Match]\nName=en* eth*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n' >/etc/systemd/network/10-vm.network
: >/etc/fstab
: >>/etc/default/locale
echo 'path-include=/usr/share/doc/*nsisolate/*' >/etc/dpkg/dpkg.cfg.d/zz-vmtest # and no other package's
systemd-machine-id-setup >/dev/null 2>&1 || :
# An emulated machine on a busy one: nothing is late before ten minutes have gone.
mkdir -p /etc/systemd/system.conf.d /etc/systemd/user.conf.d
printf '[Manager]\nDefaultTimeoutStartSec=600\nDefaultDeviceTimeoutSec=600\n' |
	tee /etc/systemd/system.conf.d/vm.conf >/etc/systemd/user.conf.d/vm.conf
touch /etc/.updated /var/.updated # no ldconfig, hwdb and catalog at the first boot
command -v systemctl >/dev/null || exit 0
systemctl -q enable systemd-networkd ssh cron atd
systemctl -q mask systemd-networkd-wait-online systemd-timesyncd apt-daily.timer \
	apt-daily-upgrade.timer e2scrub_all.timer e2scrub_reap dpkg-db-backup.timer fstrim.timer
