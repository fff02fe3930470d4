#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 12 with its own kernel 6.1 in QEMU, booted once: the short form of test_debian12.sh for .ci/run.
# slow: the system gets a kernel, whose processors are emulated
. "$(dirname "$0")/rig.sh"

vm_begin machine bookworm
vm_run short
vm_console
vm_run denials
