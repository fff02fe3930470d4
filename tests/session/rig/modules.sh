# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# PAM modules of others, which are unpacked and not installed: tools/unpack-packages modules.

modules_dir=/src/build/modules

# module_of_others NAME.so PACKAGE: puts it and its programs into this rig; fails if it is not there.
module_of_others() {
	! compgen -G "/usr/lib*/security/$1" >/dev/null && ! compgen -G "/usr/lib/*/security/$1" >/dev/null || return 0
	[ -e "$modules_dir/.$2" ] || return
	(cd "$modules_dir" && tar -c --exclude='*.deb' etc lib sbin usr) | tar -x -C / --keep-directory-symlink
	ldconfig
}
