#!/bin/bash
# SPDX-License-Identifier: MIT
# Every display manager of Debian 13 in a container; with arguments, those alone: test_debian13.sh sddm nodm.
# alone: what is seen on a screen is waited for in seconds
. "$(dirname "$0")/../vm/rig.sh"
. "$(dirname "$0")/rig.sh"

[ $# -gt 0 ] || set -- $desktop_parts
desktop_begin trixie all
desktop_run "$@"
