#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 13 with its own systemd in a container: everything that an administrator and users do.
# slow: as container:debian12
. "$(dirname "$0")/../vm/rig.sh"

vm_begin container trixie
vm_run install ways systemd held slice network daemons architecture upgrade
