#!/bin/bash
# SPDX-License-Identifier: MIT
# Debian 13's lightdm and xrdp in a container, with a virtual X server: what people at a desktop meet.
# Screenshots are left in build/tests/desktops.
# slow: hundreds of packages the first time; desktops start and words are typed at their pace
. "$(dirname "$0")/../vm/rig.sh"
. "$(dirname "$0")/../desktops/rig.sh"

desktop_begin trixie
desktop_run lightdm lightdm-autologin xrdp
