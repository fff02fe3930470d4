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

# Waits until nobody else makes this thing of the cache.  The lock lasts as long as the shell.
vm_lock() { # NAME
	mkdir -p "$(vm_cache)"
	exec 9>"$(vm_cache)/$1.lock"
	flock 9
}

# The system of "mkroot SUITE" with PACKAGES, kept as SUITE-NAME-KEY; KEY changes with the packages and the calling script.
# A package with "?" behind it is left out where the suite has none.  FINISH is called with the new root as its
# argument, when no daemon has been started in it.  Prints the directory of the system.
vm_extend() { # SUITE NAME "PACKAGE..." FINISH
	local from key out

	from=$("$here/mkroot" "$1")
	key=$(printf '%s\n' "$from" "$3" | cat - "$0" "$here/cache.sh" | sha256sum | cut -c1-12)
	out=$(vm_cache)/$1-$2-$key${NSI_VM_KERNEL:+-kernel}
	vm_lock "$1-$2"
	if [ ! -s "$out/root.tar" ]; then
		work=$(mktemp -d "$(vm_cache)/making.XXXXXX")
		trap 'rm -rf --one-file-system "$work"' EXIT
		mkdir "$work/root" "$work/done"
		tar -C "$work/root" --xattrs --numeric-owner -xf "$from/root.tar"
		# shellcheck disable=SC2086
		vm_install "$work/root" $3 >"$work/log" 2>&1 || { tail -n 20 "$work/log" >&2 && return 1; }
		"$4" "$work/root" >&2
		tar -C "$work/root" --xattrs --numeric-owner -cf "$work/done/root.tar" .
		[ -z "${NSI_VM_KERNEL:-}" ] || ln -s "$from/vmlinuz" "$from/initrd.img" "$work/done/"
		rm -rf "$out"
		mv "$work/done" "$out"
	fi
	echo "$out"
}

# Runs a command in a root, with nothing of this machine but /proc and the servers that know names.
vm_inside() { # ROOT CMD...
	local status=0 had=
	[ ! -e "$1/etc/resolv.conf" ] || had=1
	cp -L --remove-destination /etc/resolv.conf "$1/etc/resolv.conf"
	unshare -m --propagation private chroot "$1" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		LC_ALL=C.UTF-8 HOME=/root DEBIAN_FRONTEND=noninteractive DPKG_FORCE=unsafe-io ${http_proxy:+http_proxy="$http_proxy"} \
		/bin/sh -c 'mount -t proc proc /proc; mount -t tmpfs run /run; exec "$@"' - "${@:2}" </dev/null || status=$?
	[ -n "$had" ] || rm -f "$1/etc/resolv.conf"
	return $status
}

# Installs packages by the system's own apt, so that they are that suite's, and starts none of their daemons.
vm_install() { # ROOT PACKAGE...
	local root=$1

	shift
	printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
	chmod 755 "$root/usr/sbin/policy-rc.d"
	# shellcheck disable=SC2016
	vm_inside "$root" /bin/sh -ec '
		apt-get -qq -o Acquire::Check-Valid-Until=false update
		have=
		for package; do
			name=${package%"?"}
			[ "$name" = "$package" ] || apt-cache show "$name" >/dev/null 2>&1 || continue
			have="$have $name"
		done
		apt-get -qq -y --no-install-recommends -o APT::Sandbox::User=root install $have
		apt-get clean' - "$@" || return
	rm -rf "$root/usr/sbin/policy-rc.d" "$root/etc/resolv.conf" "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*.bin
}
