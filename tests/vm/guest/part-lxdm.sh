# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# lxdm, which goes on after a refusal: by typed password and by autologin.
. "$here/manager.sh"
desktop_install
desktop_without_terminals lxdm

lxdm_configure() { # [LINE]
	[ -f /root/lxdm.conf ] || cp /etc/lxdm/lxdm.conf /root/lxdm.conf
	sed -e '/^ *\(autologin\|session\|arg\|disable\)=/d' \
		-e "s,^\[base\],&\nsession=/usr/local/bin/lab-session\n${1:-}," \
		-e 's,^\[server\],&\narg=/usr/local/bin/xserver,' \
		-e 's,^\[userlist\],&\ndisable=1,' /root/lxdm.conf >/etc/lxdm/lxdm.conf
	ln -sfn lxdm.conf /etc/lxdm/default.conf
	rm -f /var/lib/lxdm/lxdm.conf # whom it has seen last
}

if manager lxdm /usr/sbin/lxdm; then
	lxdm_configure
	manager_admits "typed password" lxdm manager_types_both
	manager_refuses "typed password" lxdm manager_types_both "the greeter appears again"
	lxdm_configure autologin=alice
	manager_admits autologin lxdm manager_nobody_types
	manager_refuses autologin lxdm manager_nobody_types "the greeter appears"
	lxdm_configure
else
	case_skip "it is not in this release"
fi
