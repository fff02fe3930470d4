# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# Project quotas of private directories on an ext4 that has them: /root/quota.img, on a kernel of its own.

state=/var/lib/nsisolate

# Of project ID: limit in KiB, bytes, limit of files, files.
project() { # ID
	perl -e 'open $d, "<", shift or die; $b = "\0" x 72;
		syscall(443, fileno $d, 0x80000702, 0 + shift, $b) == 0 or die "quotactl_fd: $!\n";
		($h, $s, $c, $ih, $is, $ci) = unpack "Q6", $b; print "$h $c $ih $ci\n"' $state "$1"
}

project_of() { # PATH
	perl -e 'open $d, "<", shift or die; $b = "\0" x 28; ioctl($d, 0x801c581f, $b) or die "$!\n";
		print((unpack "L4", $b)[3], "\n")' "$1"
}

quota_policy() { # RETAIN QUOTA...
	policy <<-END
		version = 1;
		policies = { p = { namespaces = [ "mount" ]; directories = (
			{ path = "/tmp"; method = "disk"; retain = "$1"; ${*:2} } ); }; };
		rules = ( { uid = "1000-1999"; policy = "p"; } );
	END
}

write='dd if=/dev/zero bs=64k count=128 of=/tmp/big 2>&1; stat -c %s /tmp/big'

case_begin "quota: refused where the file system has none, with what to do about it"
quota_policy forever 'quota = "4M";'
expect_fails as_su alice true
expect_has "$(journal -n 60 -g refused -o cat)" "tune2fs -O project,quota" "the log"
everybody_gone
case_ok

if [ ! -e /root/quota.img ] || ! modprobe -a loop quota_v2 2>/dev/null; then
	case_begin "quota: project quotas hold a user to their size"
	case_skip "no file system with project quotas here: that is for a kernel of its own"
	return 0
fi

case_begin "quota: refused where it is counted and not held to"
systemctl stop nsisolate.service
expect_ok mount -o loop /root/quota.img $state
chmod 700 $state
expect_fails as_su alice true
expect_has "$(journal -n 60 -g refused -o cat)" "mount with prjquota" "the log"
everybody_gone
systemctl stop nsisolate.service
umount $state
case_ok

case_begin "quota: what is written beyond it is refused, by size and by number"
expect_ok mount -o loop,prjquota /root/quota.img $state
quota_policy forever 'quota = "4M"; files = "50";'
expect_ok hold a alice
seen=$(ask a "$write")
expect_has "$seen" "Disk quota exceeded" "what dd says"
[ "$(tail -n 1 <<<"$seen")" -gt 3000000 ] && [ "$(tail -n 1 <<<"$seen")" -le $((4 << 20)) ] || fail "it wrote '$seen'"
there=$(ask a 'rm /tmp/big; ls -A /tmp | wc -l') # the directories for sockets of X, on a machine that has them
made=$(ask a 'i=0; while [ $i -lt 200 ] && : >/tmp/f$i; do i=$((i + 1)); done 2>/dev/null; echo $i')
expect_eq "$made" $((49 - there)) "files that could be made, beside the directory and what was there"
ask a 'rm /tmp/f*; mkdir /tmp/sub; echo x >/tmp/sub/x'
case_ok

case_begin "quota: each user has their own, and list shows both"
expect_has "$(as_ssh bob "$write")" "Disk quota exceeded" "what dd says to bob"
expect_eq "$(as_ssh bob 'head -c 1000000 /dev/zero >/tmp/big; echo $?')" 0 "bob, with less"
hers=$(project_of $state/u1000/tmp) his=$(project_of $state/u1001/tmp)
[ "$hers" -ge 1073741824 ] && [ "$his" -ge 1073741824 ] || fail "projects $hers and $his"
expect_ne "$hers" "$his" "their projects"
expect_eq "$(project "$hers" | cut -d' ' -f1,3)" "4096 50" "the limits of hers"
expect_eq "$(nsisolate list -o user,directory,size --noheadings | grep alice | xargs)" "alice /tmp 4.0M" "list"
expect_has "$(nsisolate list --json | tr -d ' \n')" '"files_max":50' "JSON"
case_ok

case_begin "quota: a changed policy changes it, the project stays"
drop a
everybody_gone
quota_policy forever 'quota = "8M";'
expect_ok as_ssh alice 'test -e /tmp/sub/x'
expect_eq "$(project_of $state/u1000/tmp)" "$hers" "her project"
expect_eq "$(project "$hers" | cut -d' ' -f1,3)" "8192 0" "the limits"
everybody_gone
quota_policy forever ''
expect_ok as_ssh alice true
expect_eq "$(project "$hers" | cut -d' ' -f1,3)" "0 0" "the limits when the policy has none"
everybody_gone
case_ok

case_begin "quota: a user can take a file of theirs out of its project, as the manual says"
quota_policy forever 'quota = "4M";'
was=$(as_ssh alice 'head -c 1000000 /dev/zero >/tmp/mine; echo $?; perl -e '\''open $d, "<", "/tmp/mine"; $b = "\0" x 28;
	ioctl($d, 0x801c581f, $b); substr($b, 12, 4) = pack "L", 0; print ioctl($d, 0x401c5820, $b) ? "moved" : "refused"'\') ||
	fail "status $?"
expect_eq "$(xargs <<<"$was")" "0 moved" "what the kernel says"
expect_fails as_ssh alice 'perl -e '\''opendir $d, "/tmp"; open $e, "<&=", fileno $d; $b = "\0" x 28;
	ioctl($e, 0x801c581f, $b); substr($b, 12, 4) = pack "L", 0; exit !ioctl($e, 0x401c5820, $b)'\'
everybody_gone
case_ok

# Whether nothing of it is counted and nothing limited.
is_given_back() { # ID
	[ "$(project "$1" | cut -d' ' -f1-3)" = "0 0 0" ]
}

case_begin "quota: what ends with its set gives its record back"
quota_policy session 'quota = "4M"; files = "50";'
expect_ok hold a alice
ask a 'echo x >/tmp/x; mkdir -p /tmp/d/e'
last=$(cat $state/projects)
expect_ne "$last" "$hers" "the project of a set's own"
expect_eq "$(project "$last" | cut -d' ' -f1,3)" "4096 50" "its limits"
drop a
everybody_gone
expect_ok wait_until 30 is_given_back "$last"
expect_ok wait_until 30 test -z "$(ls $state/trash 2>/dev/null)"
case_ok

# A job of a resource manager: a control group with a process of alice's that stays.
begin_job() { # JOB
	local group=/sys/fs/cgroup/nsi-jobs/job_$1

	mkdir -p "$group"
	(
		echo $BASHPID >"$group/cgroup.procs"
		exec setpriv --reuid alice --regid alice --init-groups sleep 600
	) </dev/null >/dev/null 2>&1 &
	wait_until 10 grep -qs . "$group/cgroup.procs"
}

in_job() { # JOB COMMAND: by su
	sh -c 'echo $$ >"/sys/fs/cgroup/nsi-jobs/job_$1/cgroup.procs"; exec su alice -c "$2"' - "$1" "$2" </dev/null
}

end_job() { # JOB
	echo 1 >"/sys/fs/cgroup/nsi-jobs/job_$1/cgroup.kill"
	wait_until 10 rmdir "/sys/fs/cgroup/nsi-jobs/job_$1"
}

case_begin "quota: of two jobs of a user, each has its own, and both are given back"
policy <<-'END'
	version = 1;
	policies = { p = { scope = "job"; job = { cgroup = "/nsi-jobs/job_%{job}"; }; namespaces = [ "mount" ];
	  directories = ( { path = "/tmp"; method = "disk"; quota = "4M"; } ); on_last_close = "kill"; }; };
	rules = ( { uid = "1000-1999"; policy = "p"; } );
END
# It would move su into a control group of its own.
pam-auth-update --disable systemd 2>/dev/null
projects=
for job in 1 2; do
	expect_ok begin_job $job
	seen=$(in_job $job "$write")
	expect_has "$seen" "Disk quota exceeded" "what dd says in job $job"
	[ "$(tail -n 1 <<<"$seen")" -gt 3000000 ] && [ "$(tail -n 1 <<<"$seen")" -le $((4 << 20)) ] || fail "it wrote '$seen'"
	projects+=" $(cat $state/projects)"
done
expect_has "$(in_job 1 'dd if=/dev/zero bs=64k count=1 of=/tmp/more 2>&1')" "Disk quota exceeded" "the next step of job 1"
expect_ne "${projects% *}" " ${projects##* }" "the projects of the two"
end_job 1
end_job 2
rmdir /sys/fs/cgroup/nsi-jobs
everybody_gone
for id in $projects; do expect_ok wait_until 30 is_given_back "$id"; done
pam-auth-update --enable systemd 2>/dev/null
case_ok

case_begin "quota: ids that are lost count do not mix what is there"
rm $state/projects
quota_policy session 'quota = "4M";'
expect_ok hold a alice
given=$(cat $state/projects)
expect_ne "$given" "$hers" "the new project, and hers"
expect_ne "$given" "$his" "the new project, and his"
drop a
everybody_gone
case_ok
systemctl stop nsisolate.service nsisolate.socket
umount $state || fail "the statedir is still in use"
systemctl start nsisolate.socket
