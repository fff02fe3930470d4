# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# The rig: a throw-away system for one test script.  Source it first thing:
#
#	. "$(dirname "$0")/rig.sh"
#
# Sourced on the machine, it runs the script again in new mount, PID, IPC, UTS and network
# namespaces, on an overlay of this system whose upper layer is a tmpfs: the script may add users,
# rewrite /etc/pam.d and fill /tmp, and nothing of it reaches the machine or outlives the script.
# Sourced inside, it is a library: users alice, bob and carol, a real sshd on 127.0.0.1, and what
# rig/*.sh define.
#
# RIG_VARIANTS, set before, names the propagations of / to run the script under, each in a rig of
# its own: shared (the default, as systemd has it), private, slave, shared-tmp (/ private, /tmp
# shared).  RIG_STANDIN is a file to install as the module instead of the one that was built.
set -u

rig_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
rig_top=$(readlink -f "$rig_here/../..")
rig_script=$(readlink -f "$0")

case ${RIG_STAGE:-outside} in
outside)
	. "$rig_here/rig/launch.sh"
	rig_launch "$@"
	exit
	;;
inside)
	for rig_part in cases system pam consumers views probe ctl crash; do
		. "$rig_here/rig/$rig_part.sh"
	done
	unset rig_part
	rig_begin
	;;
esac
