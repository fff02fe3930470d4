# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# nodm, which has an autologin and nothing else.
. "$here/manager.sh"
desktop_install
desktop_without_terminals nodm

if manager nodm /usr/sbin/nodm; then
	cat >/etc/default/nodm <<-'END'
		NODM_ENABLED=true
		NODM_USER=alice
		NODM_FIRST_VT=-1
		NODM_XSESSION=/etc/X11/Xsession
		NODM_X_OPTIONS='/usr/local/bin/xserver :0'
		NODM_MIN_SESSION_TIME=5
	END
	manager_admits autologin nodm manager_nobody_types
	manager_refuses autologin nodm manager_nobody_types "it tries again"
	echo NODM_ENABLED=false >/etc/default/nodm
else
	case_skip "it is not in this release"
fi
