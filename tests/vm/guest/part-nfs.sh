# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Homes on NFS, exported with root_squash: root may not enter what only its owner may.  The packages are in
# /root/more; client and server are this machine.

case_begin "homes are mounted from an NFS server with root_squash"
expect_ok dpkg -i /root/more/*.deb
expect_ok modprobe -a nfs nfsd
install -d /srv/homes
cp -a /home/. /srv/homes/
install -d -m 700 -o alice -g alice /srv/homes/alice/private
chmod 700 /srv/homes/alice /srv/homes/bob
echo '/srv/homes 127.0.0.1(rw,root_squash,no_subtree_check,fsid=0)' >/etc/exports
expect_ok systemctl restart nfs-server
expect_ok mount -t nfs4 -o vers=4.2 127.0.0.1:/ /home
expect_eq "$(stat -f -c %T /home)" nfs "the file system of /home"
expect_fails ls /home/alice
case_ok

policy <<'END'
version = 1;
policies = { p = { namespaces = [ "mount", "ipc" ]; directories = (
	{ path = "/tmp"; method = "disk"; }, { path = "/dev/shm"; method = "tmpfs"; size = "16M"; } ); }; };
rules = (
	{ from_user = "alice"; user = "root"; service = "sudo"; action = "host"; },
	{ uid = "1000-1999"; policy = "p"; }
);
END

stands='readlink /proc/self/cwd; echo tmp $(ls -A /tmp)'

case_begin "alice logs in with a home on NFS, and writes in it"
seen=$(as_ssh alice "$stands; touch ~/private/by-ssh; touch /tmp/mine") || fail "status $?"
expect_has "$seen" /home/alice "by ssh"
expect_has_not "$seen" host-mark "by ssh"
for way in su su_l sudo; do
	seen=$("as_$way" alice 'ls ~/private; touch ~/private/by-'$way) || fail "$way: status $?"
	expect_has "$seen" by-ssh "by $way"
done
case_ok

case_begin "sudo keeps a working directory on NFS that root may not enter, in the set and on the host"
seen=$(as_ssh alice 'cd ~/private && sudo -u bob readlink /proc/self/cwd && sudo -u alice sh -c "readlink /proc/self/cwd; ls"') || fail "status $?"
expect_eq "$(sed -n '1,2p' <<<"$seen" | xargs)" "/home/alice/private /home/alice/private" "as bob and as alice"
expect_has "$seen" by-sudo "what alice reads there"
seen=$(as_ssh alice 'cd ~/private && sudo sh -c "readlink /proc/self/cwd; ls -A /tmp"') || fail "status $?"
expect_has "$seen" /home/alice/private "as root"
expect_has "$seen" host-mark "root is on the host"
case_ok

case_begin "su of root from a home on NFS: the session starts, and not in a directory of another"
seen=$(as_ssh bob 'cd ~ && echo pw | su alice -c "readlink /proc/self/cwd; id -un" 2>&1')
expect_has "$seen" /home/bob "su of bob to alice"
expect_has "$seen" alice "su of bob to alice"
case_ok

everybody_gone
umount /home || fail "the homes stay in use after the last session"
systemctl stop nfs-server
