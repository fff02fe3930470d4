#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 13 with openrc instead of systemd in a container: from install to the power switch.
# alone: it boots, builds or emulates on all processors
. "$(dirname "$0")/../vm/rig.sh"

export NSI_VM_INIT=openrc
vm_begin container trixie
vm_run sysv
vm_power_off
