#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 12 with its own Slurm in a container: jobs with sets of their own.
# slow: a time limit of Slurm is a minute at least; nodes that are killed come back after some seconds
. "$(dirname "$0")/../vm/rig.sh"

export NSI_VM_MAKER=mkslurm
vm_begin container bookworm
vm_run slurm slurm-jobs slurm-beside
