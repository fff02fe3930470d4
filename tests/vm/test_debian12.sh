#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 12 with its own kernel 6.1 in QEMU: what a container cannot show, reboots and power cuts.
# alone: an emulated machine of two processors takes all of this one
. "$(dirname "$0")/rig.sh"

vm_begin machine bookworm
vm_run install machine
vm_console
vm_reboot
vm_run booted
vm_power_cut
vm_run booted network denials
