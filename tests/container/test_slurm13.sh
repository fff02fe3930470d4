#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 13 with its own Slurm in a container: jobs with sets of their own.
# slow: as container:slurm12
. "$(dirname "$0")/../vm/rig.sh"

export NSI_VM_MAKER=mkslurm
vm_begin container trixie
vm_run slurm slurm-jobs slurm-beside
