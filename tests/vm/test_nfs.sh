#!/bin/bash
# SPDX-License-Identifier: MIT
# Homes on NFS on Debian 13's own kernel, which has the modules of client and server.
# alone: an emulated machine of two processors takes all of this one
. "$(dirname "$0")/rig.sh"

vm_packages="nfs-kernel-server nfs-common"
vm_begin machine trixie
vm_run ready nfs
