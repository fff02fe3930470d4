# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# How does a script get booted systems?  vm_begin LAYER SUITE prepares one or skips; "$vm" drives it.
# vm_disk2=256M before it: a machine has a second disk, empty, as /dev/vdb; vm_packages="...": these packages of the
# release, with what they need, are in its /root/more and not installed.

vm_here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
. "$vm_here/cache.sh"

vm_skip() { # REASON
	echo "skip all # $1"
	exit 0
}

vm_need() { # TOOL PACKAGE
	command -v "$1" >/dev/null || vm_skip "needs $1 (package $2)"
}

vm_check() { # LAYER
	[ "$(id -u)" = 0 ] || vm_skip "needs root"
	vm_need mmdebstrap mmdebstrap
	vm_need ssh-keygen openssh-client
	unshare -m -p -n -f true 2>/dev/null || vm_skip "this machine allows no new namespaces"
	case $1 in
	container) vm_need systemd-nspawn systemd-container ;;
	machine)
		vm_need qemu-system-x86_64 qemu-system-x86
		vm_need cpio cpio
		export NSI_VM_KERNEL=1
		;;
	esac
}

vm_begin() { # LAYER SUITE
	vm_check "$1"
	vm=$vm_here/$1 vm_seconds=120
	vm_boot_seconds=240
	[ "$1" = container ] || vm_seconds=600 vm_boot_seconds=1200 # emulated, on a machine that may be busy
	mkdir -p "$(vm_cache)"
	vm_dir=$(mktemp -d "$(vm_cache)/work.XXXXXX")
	trap vm_end EXIT
	if ! NSI_VM_MORE=${vm_packages:-} "$vm_here/prepare" "$2" "$vm_dir" >&2; then
		echo "not ok building a system of $2 with these packages"
		exit 1
	fi
	[ -z "${vm_disk2:-}" ] || truncate -s "$vm_disk2" "$vm_dir/disk2.img"
	vm_boot
}

vm_start() { # prints what systemd says; nothing if it does not boot
	"$vm" start "$vm_dir" >&2
	"$vm" wait "$vm_dir" "${NSI_VM_BOOT:-$vm_boot_seconds}"
}

# Software emulation misses a change of the kernel's own code now and then: "Code:" shows bytes that no kernel has there.
# Nothing of ours has run by then, so this counts only for a panic in the first three seconds.
vm_is_emulators_fault() {
	grep -aqsE '^\[ {4}[0-2]\.[0-9]+\] Kernel panic' "$vm_dir/console.log"
}

vm_boot() { # [WHAT]
	local state

	state=$(vm_start)
	if [ -z "$state" ] && vm_is_emulators_fault; then
		echo "the emulated kernel has died before it ran a program: started once more" >&2
		state=$(vm_start)
	fi
	if [ "$state" = running ]; then
		echo "ok ${1:-boots}"
	else
		echo "not ok ${1:-boots}: $state"
		"$vm" ssh "$vm_dir" root systemctl --no-pager --failed >&2
		exit 1
	fi
}

vm_end() {
	"$vm" stop "$vm_dir"
	rm -rf --one-file-system "$vm_dir"
}

vm_run() { # PART...: scenarios, in it
	"$vm" ssh "$vm_dir" root "NSI_VM_SECONDS=$vm_seconds LONG=${LONG:-}" /usr/local/lib/vmtest/matrix.sh "$@"
}

vm_has_set() {
	"$vm" ssh "$vm_dir" root 'test -n "$(ls /run/nsisolate/sets)"'
}

# While alice is logged in.  A service that does not stop is killed after 90 s.
vm_power_off() {
	local tries=100
	"$vm" ssh "$vm_dir" alice 'touch /tmp/gone; exec sleep 1000' >&2 &
	until vm_has_set || [ $((tries--)) = 0 ]; do sleep 0.2; done
	vm_has_set || echo "not ok powers off: alice has no set"
	"$vm" ssh "$vm_dir" root poweroff >&2 || : # the connection may end first
	if "$vm" ended "$vm_dir" 75; then
		echo "ok powers off while alice is logged in, and no service is waited for"
	else
		echo "not ok powers off while alice is logged in, and no service is waited for"
	fi
}

vm_console() {
	local seen

	seen=$("$vm" console "$vm_dir" alice pw 'hostname; ls /tmp' $vm_seconds | xargs)
	if [ "$seen" = vmtest-alice ]; then
		echo "ok alice on the console sees a world of her own"
	else
		echo "not ok alice on the console: sees '$seen'"
	fi
}

vm_reboot() {
	"$vm" ssh "$vm_dir" root systemctl reboot >&2 || : # the connection may end first
	"$vm" ended "$vm_dir" || echo "not ok reboot: it does not go down"
	vm_boot "reboots"
}

# While alice is logged in and writes.
vm_power_cut() {
	"$vm" ssh "$vm_dir" alice 'touch /tmp/gone; while :; do date >>/var/tmp/busy; done' >&2 &
	sleep 15
	"$vm" cut "$vm_dir"
	wait
	vm_boot "boots after a power cut"
}

# A file system with project quotas, made with this machine's tools, as /root/quota.img in it.
vm_quota_image() {
	truncate -s 64M "$vm_dir/quota.img"
	mke2fs -q -t ext4 -O quota,project -E quotatype=prjquota,lazy_itable_init=0 "$vm_dir/quota.img"
	gzip -c "$vm_dir/quota.img" | "$vm" ssh "$vm_dir" root 'gzip -dc >/root/quota.img'
}
