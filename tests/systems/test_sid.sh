#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian sid with its own systemd in a container: from install to people by every way, and to the power switch.
# alone: it boots, builds or emulates on all processors
. "$(dirname "$0")/../vm/rig.sh"

vm_begin container sid
vm_run install ways systemd
vm_power_off
