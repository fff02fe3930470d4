# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# xdm and wdm, which go on after a refusal: by typed password, on two displays.
. "$here/manager.sh"
desktop_install
desktop_without_terminals xdm wdm

xdm_configure() {
	printf ':%s local /usr/local/bin/xserver :%s\n' 0 0 1 1 >"/etc/X11/$manager/Xservers"
}

xdm_types() { # USER PASSWORD
	: "${manager_number:=0}"
	manager_types "$@"
}

xdm_second() {
	manager_number=1
}

wdm_configure() { xdm_configure; }
wdm_types() { xdm_types "$@"; }
wdm_second() { xdm_second; }

manager_cases xdm
manager_cases wdm
