#!/bin/bash
# SPDX-License-Identifier: MIT
# Every display manager of Debian 13 in a container, with typed passwords.
. "$(dirname "$0")/../vm/rig.sh"
. "$(dirname "$0")/rig.sh"

desktop_begin trixie all
desktop_run desktop-ready lightdm lightdm-time xrdp managers wayland
