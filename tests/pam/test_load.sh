#!/bin/bash
# SPDX-License-Identifier: MIT
# The module comes and goes in a host that knows nothing of it.
. "$(dirname "$0")/cases.sh"

loader=$build/tests/tools/dlhost

case_begin "loads with every symbol bound, exports two hooks and nothing else"
expect_ok "$loader" "$module" 1
case_ok

case_begin "loads and unloads a thousand times without leaving a descriptor or a mapping"
expect_ok "$loader" "$module" 1000
case_ok

case_begin "is hardened: read-only relocations, no executable stack"
expect_match "$(readelf -lW "$module")" 'GNU_RELRO' "segments"
expect_no_match "$(readelf -lW "$module" | grep GNU_STACK)" 'RWE' "stack"
expect_match "$(readelf -dW "$module")" 'BIND_NOW|NOW' "flags"
case_ok
