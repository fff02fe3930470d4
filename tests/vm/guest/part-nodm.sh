# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# nodm, which has an autologin and nothing else.
. "$here/manager.sh"
desktop_install
desktop_without_terminals nodm

nodm_configure() { # [autologin]
	[ $# = 1 ] || { echo NODM_ENABLED=false >/etc/default/nodm && return; }
	cat >/etc/default/nodm <<-'END'
		NODM_ENABLED=true
		NODM_USER=alice
		NODM_FIRST_VT=-1
		NODM_XSESSION=/etc/X11/Xsession
		NODM_X_OPTIONS='/usr/local/bin/xserver :0'
		NODM_MIN_SESSION_TIME=5
	END
}

manager_cases nodm
