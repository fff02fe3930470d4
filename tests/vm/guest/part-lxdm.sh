# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# lxdm, which goes on after a refusal: by typed password and by autologin.
. "$here/manager.sh"
desktop_install
desktop_without_terminals lxdm

lxdm_configure() { # [autologin]
	[ -f /root/lxdm.conf ] || cp /etc/lxdm/lxdm.conf /root/lxdm.conf
	sed -e '/^ *\(autologin\|session\|arg\|disable\)=/d' \
		-e "s,^\[base\],&\nsession=/usr/local/bin/lab-session\n${1:+autologin=alice}," \
		-e 's,^\[server\],&\narg=/usr/local/bin/xserver,' \
		-e 's,^\[userlist\],&\ndisable=1,' /root/lxdm.conf >/etc/lxdm/lxdm.conf
	ln -sfn lxdm.conf /etc/lxdm/default.conf
	rm -f /var/lib/lxdm/lxdm.conf # whom it has seen last
}

# After a wrong password, and after input that came too early, it may ask for either: Escape makes it ask for the name.
lxdm_types() { # USER PASSWORD
	manager_greeter_comes
	xdotool key Escape
	manager_types "$@"
}

lxdm_second() {
	expect_ok lxdm-binary -c USER_SWITCH
	wait_until "$seconds" test -e /run/xserver.1 || fail "no second display"
}

manager_cases lxdm
