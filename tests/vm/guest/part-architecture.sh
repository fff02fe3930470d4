# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The module of a second architecture beside the machine's own: the lines in the stacks go with the latter.

# The package itself, said to be of i386: its scripts are what this is about.
make_i386() {
	local tree=/root/i386

	rm -rf $tree
	dpkg-deb -R /root/debs/libpam-nsisolate_*.deb $tree
	sed -i -e 's/^Architecture: .*/Architecture: i386/' -e '/^Depends:/d' $tree/DEBIAN/control
	find $tree -depth -type d -name '*-linux-gnu' -execdir mv {} i386-linux-gnu \;
	sed -i 's,[a-z0-9_]*-linux-gnu,i386-linux-gnu,' $tree/DEBIAN/md5sums
	dpkg-deb -b $tree /root/i386.deb
}

case_begin "removing the native module takes the lines out, whatever other architecture is there"
dpkg --add-architecture i386
expect_ok make_i386
expect_ok dpkg -i --force-depends /root/i386.deb
expect_ne "$(stacks_with_module)" "" "PAM stacks with the module"
expect_ok dpkg --force-depends -r libpam-nsisolate:amd64
expect_eq "$(stacks_with_module)" "" "PAM stacks with the module"
expect_ok as_ssh root true
expect_ok as_su alice true
case_ok

case_begin "removing the other one leaves them, and doctor names what has no module"
expect_ok dpkg -i /root/debs/libpam-nsisolate_*.deb
expect_ok nsisolate-enable
touch /usr/lib/i386-linux-gnu/libpam.so.0
expect_ok nsisolate doctor --strict
expect_ok dpkg --force-depends -r libpam-nsisolate:i386
expect_ne "$(stacks_with_module)" "" "PAM stacks with the module"
expect_has "$(nsisolate doctor)" '[architecture-module]' "doctor"
rm -r /usr/lib/i386-linux-gnu
dpkg --remove-architecture i386
expect_ok nsisolate doctor --strict
case_ok

case_begin "a line that was written by hand keeps the package from going"
echo 'session required pam_nsisolate.so' >>/etc/pam.d/su-l
expect_fails dpkg -r libpam-nsisolate
expect_ok as_su_l root true
expect_ne "$(stacks_with_module)" "" "PAM stacks with the module"
sed -i '$d' /etc/pam.d/su-l
expect_ok dpkg --configure -a
expect_ok nsisolate-enable
case_ok
