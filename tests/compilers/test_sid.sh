#!/bin/bash
# SPDX-License-Identifier: MIT
# The compilers of Debian sid, and its cmocka.
# slow: three compilers are installed, build everything and run the unit tests; two cross builds
. "$(dirname "$0")/../bare/bare.sh"
compilers_test sid gcc-15 gcc-16 clang-23
