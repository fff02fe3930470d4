#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 13 with its own Slurm in a container: jobs with sets of their own.
. "$(dirname "$0")/../vm/rig.sh"

export NSI_VM_MAKER=mkslurm
vm_begin container trixie
if [ "${LONG:-}" = 1 ]; then
	vm_run slurm slurm-long
else
	vm_run slurm
fi
