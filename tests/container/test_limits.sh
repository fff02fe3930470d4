#!/bin/bash
# SPDX-License-Identifier: MIT
# Limits where systemd runs and the kernel may have given it no controllers; quotas where there are none.
. "$(dirname "$0")/../vm/rig.sh"

vm_begin container trixie
vm_run ready slice limits quota
