# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Rootless podman of this release in the sessions of a user.  Its packages are in /root/more, and the image is a shell
# with the libraries that it needs.

as_pod() { # ARGUMENTS COMMAND
	as_ssh alice "podman run --rm --network none $1 --rootfs ~/rootfs /bin/sh -c '$2'" 2>/root/podman.err
}

case_begin "podman is installed, and runs a container for alice"
expect_ok dpkg -i /root/more/*.deb
for file in /bin/sh /bin/sleep; do
	for part in $file $(ldd $file | grep -o '/[^ ]*'); do
		install -D "$(readlink -f "$part")" "/home/alice/rootfs$part"
	done
done
mkdir -p /etc/containers
printf '[storage]\ndriver = "vfs"\n' >/etc/containers/storage.conf # a container's root is an overlay
printf '[containers]\npids_limit = 0\n' >/etc/containers/containers.conf # a container may have no controllers to give away
mkdir -p /home/alice/rootfs/{proc,sys,dev,etc,tmp,run,home/alice}
chown -R alice: /home/alice/rootfs
policy <<'END'
version = 1;
policies = { p = { namespaces = [ "mount", "ipc" ]; directories = (
	{ path = "/tmp"; method = "disk"; }, { path = "/dev/shm"; method = "tmpfs"; size = "64M"; } ); }; };
rules = ( { uid = "1000-1999"; policy = "p"; } );
END
if ! as_pod "" true; then
	case_skip "podman runs no container here: $(tail -n 1 /root/podman.err)"
	everybody_gone
	return 0
fi
expect_has_not "$(cat /root/podman.err)" "shared mount" "what podman says"
case_ok

case_begin "a container has the session's /tmp with -v, and one of its own without"
expect_ok as_ssh alice 'touch /tmp/of-the-session'
seen=$(as_pod "-v /tmp:/tmp" 'echo /tmp/*')
expect_has "$seen" /tmp/of-the-session "with -v"
expect_has_not "$seen" host-mark "with -v"
expect_has_not "$(as_pod "" 'echo /tmp/*')" of-the-session "without"
case_ok

case_begin "a container that goes on keeps the set, and later logins find it"
expect_ok as_ssh alice 'podman run -d --name kept --network none --rootfs ~/rootfs /bin/sleep 1000'
set=$(nsisolate list -n -o set alice)
expect_eq "$(as_ssh alice 'podman ps --format {{.Names}}; echo $NSISOLATE_SET' | xargs)" "kept $set" "a later login"
expect_ok as_ssh alice 'podman rm -f -t 0 kept'
everybody_gone
case_ok
