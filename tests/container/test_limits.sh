#!/bin/bash
# SPDX-License-Identifier: MIT
# Limits where systemd runs and the kernel may have given it no controllers; quotas where there are none.
# slow: a user's manager ends ten seconds after the last logout, which most cases about slices wait for
. "$(dirname "$0")/../vm/rig.sh"

vm_begin container trixie
vm_run ready slice limits quota
