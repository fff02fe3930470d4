#!/bin/bash
# SPDX-License-Identifier: MIT
# The compilers of Debian 13, and its cmocka.
. "$(dirname "$0")/../bare/bare.sh"
compilers_test trixie gcc-13 gcc-14 clang-19
