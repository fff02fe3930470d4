# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What the scripts of this ring share: the cases of the session ring, and stacks of their own.
set -u

top=$(readlink -f "$(dirname "${BASH_SOURCE[0]}")/../..")
build=$top/${B:-build}
module=$build/pam_nsisolate.so
host=$build/tests/tools/pamhost
RIG_VARIANT=
. "$top/tests/session/rig/cases.sh"

scratch=$(mktemp -d)
rig_show_logs() { :; }

finish() {
	case_ok
	rm -rf "$scratch"
	[ $rig_faults = 0 ]
	exit
}
trap finish EXIT

if [ ! -f "$module" ]; then
	echo "skip all # $module is not built"
	exit
fi

# Somebody who is not root: root is let through.
person=$(id -un)
[ "$(id -u)" != 0 ] || person=nobody

# module_stack [ARG...]: a service with the module; were it to say "ignore me", the open would succeed.
module_stack() {
	chmod 755 "$scratch" && mkdir -p "$scratch/pam.d"
	printf 'session required pam_permit.so\nsession required %s\n' "$module $*" >"$scratch/pam.d/test"
	cp "$scratch/pam.d/test" "$scratch/pam.d/other"
}

code_of() { # OPERATION OPTION-OR-OPERATION...: what the module returned for it
	timeout 30 "$host" --confdir "$scratch/pam.d" -s test -u "$person" "${@:2}" 2>/dev/null | sed -n "s/^$1 //p"
}

refused='^(PAM_SYSTEM_ERR|PAM_PERM_DENIED|PAM_BUF_ERR|PAM_USER_UNKNOWN|PAM_SERVICE_ERR)$'
nowhere="rundir=$scratch/none helper=$scratch/no-helper timeout=2"
