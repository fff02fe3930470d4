#!/bin/bash
# SPDX-License-Identifier: MIT
# The README's two commands on a bare Debian 13.
# slow: as bare:debian12
. "$(dirname "$0")/bare.sh"
bare_test trixie "Debian 13 with git and make alone"
