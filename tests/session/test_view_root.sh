#!/bin/bash
# SPDX-License-Identifier: MIT
# Another root file system: the image is all that there is, and nothing leads back to the host's.
. "$(dirname "$0")/rig.sh"

isolate
image=/srv/images/lab
mkdir -p $image/{usr,etc,home,proc,sys,dev,run,tmp,var/tmp,opt}
for link in bin sbin lib lib64; do
	ln -s usr/$link $image/$link
done
chmod 1777 $image/tmp $image/var/tmp
cp -a /etc/{passwd,group,shadow,nsswitch.conf,ld.so.cache,bash.bashrc,profile,sudoers,sudoers.d,pam.d,security} $image/etc/
touch $image/etc/hostname $image/etc/hosts
echo image >$image/etc/issue
echo host >/etc/issue
echo thesis >/home/alice/thesis
mkdir -p /srv/shared && echo shared >/srv/shared/file
touch /opt/of-the-host

root_policy() { # LINE...: of the policy
	policy <<-END
		version = 1;
		policies = {
		  lab = { namespaces = [ "mount", "uts", "ipc" ]; root = "$image";
		          hostname = "lab-%{user}";
		          bind = ( { source = "/usr"; target = "/usr"; options = [ "ro", "suid" ]; recursive = true; },
		                   { source = "/srv/shared"; target = "/opt"; options = [ "ro" ]; } );
		          directories = ( { path = "/tmp"; method = "tmpfs"; } ); $*
		  };
		};
		rules = ( { uid = "2000-2999"; policy = "lab"; } );
	END
}

inside='echo issue $(cat /etc/issue)
echo shared $(cat /opt/file; ls /opt | xargs)
echo home $(cat ~/thesis)
echo names $(hostname) $(cat /etc/hostname)
echo top $(ls / | xargs)
echo mounts $(cut -d" " -f2 /proc/self/mounts | grep -c "/srv/images\|/mnt")
echo write $(touch /etc/alice /var/lib 2>&1 | grep -c "Read-only\|denied")
echo tmp $(touch /tmp/x && echo written) $(ls -A /run | xargs)
echo self $(test -e /proc/self && echo there) $(test -c /dev/null && echo null)'

for pid in '' '"pid", '; do
	root_policy "namespaces = [ $pid\"mount\", \"uts\", \"ipc\" ];"
	sed -i '0,/namespaces = \[ "mount", "uts", "ipc" \];/s///' /etc/security/nsisolate.conf
	case_begin "a read-only image ${pid:+with a PID namespace }is all that a session sees"
	for way in ssh ssh_tty su su_l sudo login cron; do
		seen=$("as_$way" alice "$inside")
		expect_eq "$(seen_of issue)" image "a file of the image by $way"
		expect_eq "$(seen_of shared)" "shared file" "a bound directory by $way"
		expect_eq "$(seen_of home)" thesis "the home by $way"
		expect_eq "$(seen_of names)" "lab-alice lab-alice" "names by $way"
		expect_eq "$(seen_of top)" "bin dev etc home lib lib64 opt proc run sbin sys tmp usr var" "the top by $way"
		expect_eq "$(seen_of mounts)" 0 "mounts that tell of the host by $way"
		expect_eq "$(seen_of write)" 2 "writing by $way"
		expect_eq "$(seen_of tmp)" "written nsisolate" "the private /tmp and /run by $way"
		expect_eq "$(seen_of self)" "there null" "/proc and /dev by $way"
	done
	expect_all_gone
	case_ok
done

case_begin "nothing leads out of it"
sleep 300 &
outside=$!
chown root $image
expect_eq "$(as_ssh alice "ls /proc/$outside/root/opt 2>/dev/null; ls /proc/1/root/opt /proc/1/cwd 2>/dev/null
	cat /../../../opt/of-the-host /proc/self/root/opt/of-the-host /proc/self/cwd/../../opt/of-the-host 2>/dev/null
	unshare -Urm sh -c 'umount -l /; umount -l /opt; umount -l /usr; ls /opt/of-the-host; mount --bind / /tmp; cat /tmp/etc/issue' 2>/dev/null | grep -v image
	unshare -Urm chroot /proc/self/root cat /opt/of-the-host 2>/dev/null
	unshare -Urm sh -c 'mkdir /tmp/n && mount -t tmpfs n /tmp/n && cd /tmp/n && mkdir o && pivot_root . o && cat /o/opt/of-the-host' 2>/dev/null
	nsenter -t 1 -m cat /opt/of-the-host 2>/dev/null
	ls /run/nsisolate 2>/dev/null; true")" "" "what the attacks came to"
kill $outside
expect_eq "$(ls $image/etc/alice 2>/dev/null; cat /etc/issue)" host "the host's files"
expect_all_gone
case_ok

root_policy
case_begin "a login from inside gets its own, and one without a rule stays"
seen=$(as_su alice 'touch /tmp/of-alice; sudo -u bob sh -c "cat /etc/issue; ls -A /tmp; hostname"')
expect_eq "$(xargs <<<"$seen")" "image lab-bob" "bob from inside"
expect_all_gone
case_ok

root_policy 'root_method = "overlay";'
case_begin "an image under an overlay can be written and does not change"
seen=$(as_su alice 'touch /var/tmp/x && ls /var/tmp; sudo sh -c "echo changed >/etc/issue"; cat /etc/issue')
expect_eq "$(xargs <<<"$seen")" "x changed" "inside"
expect_eq "$(cat $image/etc/issue)" image "the image"
expect_all_gone
case_ok

root_policy
chown alice $image
check_refused su alice "the image is a user's"
chown root $image
rm -r $image/opt
check_refused sudo alice "the image has no place for a bind"
