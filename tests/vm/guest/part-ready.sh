# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The packages installed and switched on, for parts that are about something else.

# The policy of now, from stdin.
policy() {
	cat >/etc/security/nsisolate.conf
	systemctl reload-or-restart nsisolate.service
}

case_begin "the packages are installed and enabled"
touch /tmp/host-mark
expect_ok apt-get install -y -q /root/debs/*.deb
expect_ok pam-auth-update --enable nsisolate
expect_ok systemctl start nsisolate.service
case_ok
