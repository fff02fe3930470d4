#!/bin/bash
# SPDX-License-Identifier: MIT
# SELinux, enforcing from the first boot on, with Debian 13's own kernel and default policy.
# alone: an emulated machine of two processors takes all of this one
. "$(dirname "$0")/rig.sh"

export NSI_VM_APPEND="security=selinux" NSI_VM_MAKER=mkselinux
vm_begin machine trixie
vm_run selinux
vm_reboot
vm_run selinux-booted
