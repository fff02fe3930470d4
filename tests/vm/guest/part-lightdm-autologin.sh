# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# lightdm that logs a user in by itself.
. "$here/manager.sh"
. "$here/lightdm.sh"
lightdm_begin
desktop_without_terminals lightdm-autologin

lightdm_configure() { # [autologin]
	local conf=/etc/lightdm/lightdm.conf.d/vm.conf

	sed -i '/^autologin-user=/d' $conf
	[ $# = 0 ] || echo autologin-user=alice >>$conf
}

manager_cases lightdm
