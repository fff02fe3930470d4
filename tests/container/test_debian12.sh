#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 12 with its own systemd in a container: everything that an administrator and users do.
# slow: ten parts, with boots of managers, upgrades and lingers that are waited for
. "$(dirname "$0")/../vm/rig.sh"

vm_begin container bookworm
vm_run install ways systemd held slice network daemons architecture upgrade
