#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's two commands on a bare Debian 12.
# slow: installs what the tests need, builds by one job as README.md says, and runs the quick rings
. "$(dirname "$0")/bare.sh"
bare_test bookworm "Debian 12 with git and make alone"
