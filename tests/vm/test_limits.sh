#!/bin/bash
# SPDX-License-Identifier: MIT
# Limits and quotas on Debian 13's own kernel, which has the controllers and the file system.
# alone: an emulated machine of two processors takes all of this one
. "$(dirname "$0")/rig.sh"

vm_begin machine trixie
vm_run ready slice limits
vm_quota_image
vm_run ready quota
