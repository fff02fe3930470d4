# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# slim, whose unit of Debian 13 lacks CAP_SYS_PTRACE: by typed password and by autologin.
. "$here/manager.sh"
desktop_install
desktop_without_terminals slim
sed -i 's,^ *default_xserver .*,default_xserver /usr/local/bin/xserver,' /etc/slim.conf 2>/dev/null

if manager slim /usr/bin/slim; then
	manager_admits "typed password" slim manager_types_both
	manager_refuses "typed password" slim manager_types_both "the greeter appears again"
	printf 'auto_login yes\ndefault_user alice\n' >>/etc/slim.conf
	manager_admits autologin slim manager_nobody_types
	manager_refuses autologin slim manager_nobody_types "it tries again"
	sed -i '/^auto_login yes/d; /^default_user alice/d' /etc/slim.conf
else
	case_skip "it is not in this release"
fi
