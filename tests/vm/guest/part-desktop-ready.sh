# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# The packages installed and enabled on a machine with desktops.
. "$here/desktop.sh"

case_begin "the packages are installed, and enabled with nsisolate-enable"
touch /tmp/host-mark
groupadd -f lab
expect_ok apt-get install -y -q /root/debs/*.deb
cp -n /etc/security/nsisolate.conf /root/default.conf
cp /usr/share/doc/nsisolate/examples/lab-desktop.conf /etc/security/nsisolate.conf
nsisolate-enable >&2 # its status is doctor's
expect_ok grep -q 'session.*requisite.*pam_nsisolate.so' /etc/pam.d/common-session
expect_has_not "$(nsisolate doctor)" '[consumer-goes-on]' "doctor"
patience
case_ok

case_begin "nsisolate-enable refuses where a program lets users in after a refusal, without --force"
install -m 755 /bin/true /usr/sbin/pure-ftpd
expect_ok nsisolate-enable --disable
expect_fails nsisolate-enable
expect_eq "$(stacks_with_module)" "" "PAM stacks with the module"
nsisolate-enable --force >&2
expect_ne "$(stacks_with_module)" "" "PAM stacks with the module"
rm /usr/sbin/pure-ftpd
case_ok
