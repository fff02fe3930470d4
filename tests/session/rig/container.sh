# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Containers of alice's, by podman without privileges and without a network to fetch anything by.

# What is in the container needs not to be fetched: a shell, and what that needs.
make_rootfs() { # DIR
	local file
	mkdir -p "$1"/{bin,proc,sys,dev,etc,tmp,run,home/alice}
	for file in /bin/sh /bin/sleep; do
		cp -L $file "$1$file"
		ldd $file | grep -o '/[^ ]*' | while read -r file; do
			mkdir -p "$1$(dirname "$file")"
			cp -L "$file" "$1$file"
		done
	done
	chown -R alice: "$1"
}
mkdir -p /etc/containers
printf '[storage]\ndriver = "vfs"\n' >/etc/containers/storage.conf
