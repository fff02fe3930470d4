#!/bin/bash
# SPDX-License-Identifier: MIT
# Every display manager of Debian 13 in a container; with arguments, those alone: test_debian13.sh sddm nodm.
. "$(dirname "$0")/../vm/rig.sh"
. "$(dirname "$0")/rig.sh"

[ $# -gt 0 ] || set -- $desktop_parts
desktop_begin trixie all
desktop_run "$@"
