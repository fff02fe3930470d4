#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 13 in a container: the transcripts of docs/first-hour.md, from the packages on.
. "$(dirname "$0")/../vm/rig.sh"

vm_begin container trixie
vm_run first-hour
