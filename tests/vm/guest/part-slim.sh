# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# slim, whose unit of Debian 13 lacks CAP_SYS_PTRACE: by typed password and by autologin.
. "$here/manager.sh"
desktop_install
desktop_without_terminals slim

slim_configure() { # [autologin]
	sed -i -e '/^auto_login yes/d; /^default_user alice/d' \
		-e 's,^ *default_xserver .*,default_xserver /usr/local/bin/xserver,' /etc/slim.conf
	[ $# = 0 ] || printf 'auto_login yes\ndefault_user alice\n' >>/etc/slim.conf
}

manager_cases slim
