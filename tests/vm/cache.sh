# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Where are systems kept between runs?  A few hundred megabytes for each suite.

vm_cache() {
	if [ -n "${NSI_VM_CACHE:-}" ]; then
		echo "$NSI_VM_CACHE"
	elif [ -w /var/cache ]; then
		echo /var/cache/nsisolate-vm
	else
		echo "$HOME/.cache/nsisolate-vm"
	fi
}
