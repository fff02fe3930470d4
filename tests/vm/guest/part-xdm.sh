# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# xdm and wdm, which go on after a refusal: by typed password.
. "$here/manager.sh"
desktop_install
desktop_without_terminals xdm wdm
sed -i 's,^:0.*,:0 local /usr/local/bin/xserver :0,' /etc/X11/xdm/Xservers /etc/X11/wdm/Xservers 2>/dev/null

for program in xdm wdm; do
	manager $program /usr/bin/$program || { case_skip "it is not in this release" && continue; }
	manager_admits "typed password" $program manager_types_both
	manager_refuses "typed password" $program manager_types_both "the greeter appears again"
done
