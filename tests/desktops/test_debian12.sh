#!/bin/bash
# SPDX-License-Identifier: MIT
# Every display manager of Debian 12 in a container; with arguments, those alone: test_debian12.sh sddm nodm.
# alone: what is seen on a screen is waited for in seconds
. "$(dirname "$0")/../vm/rig.sh"
. "$(dirname "$0")/rig.sh"

[ $# -gt 0 ] || set -- $desktop_parts
desktop_begin bookworm all
desktop_run "$@"
