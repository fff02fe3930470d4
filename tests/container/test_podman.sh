#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 13 in a container: rootless podman of that release, in sessions.
. "$(dirname "$0")/../vm/rig.sh"

vm_packages="podman crun uidmap slirp4netns"
vm_begin container trixie
vm_run ready podman
