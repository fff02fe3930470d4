#!/bin/bash
# SPDX-License-Identifier: MIT
# The compilers of Debian 12, and its cmocka.
. "$(dirname "$0")/../bare/bare.sh"
compilers_test bookworm gcc-12 clang-14
