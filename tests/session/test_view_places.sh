#!/bin/bash
# SPDX-License-Identifier: MIT
# Places, modes and options that the manual allows: what "check" calls right, a login gets.
. "$(dirname "$0")/rig.sh"

isolate


# What a session of alice prints of CMD, by a policy with these KEYs and no fault.
expect_seen() { # KEYS CMD OUTPUT
	printf '%s\n' 'version = 1;' "policies = { places = { namespaces = [ \"mount\" ]; $1 }; };" \
		'rules = ( { uid = "2000-2999"; policy = "places"; } );' | policy
	run_ctl check
	expect_eq "$status $err" "0 " "check of $1"
	expect_eq "$(as_su alice "$2" 2>&1 | xargs)" "$3" "$1"
	wait_until 15 sets_are_gone || fail "left: $(sets_left)"
}

sets_are_gone() {
	[ -z "$(sets_left)" ]
}

case_begin "a directory that everybody can write to, without being sticky, can be private"
mkdir -m 0777 /srv/scratch && touch /srv/scratch/of-the-host
look='touch /srv/scratch/mine && ls /srv/scratch'
expect_seen 'directories = ( { path = "/srv/scratch"; method = "tmpfs"; } );' "$look" mine
expect_seen 'directories = ( { path = "/srv/scratch"; method = "disk"; retain = "session"; } );' "$look" mine
expect_seen 'directories = ( { path = "/srv/scratch"; method = "overlay"; } );' "$look" "mine of-the-host"
expect_eq "$(ls /srv/scratch)" of-the-host "the host's"
rm -r /srv/scratch
case_ok

case_begin "and so can one of root's in a sticky directory; not one of a user's"
mkdir -m 0755 /tmp/below
expect_seen 'directories = ( { path = "/tmp/below"; method = "tmpfs"; } );' 'touch /tmp/below/mine && ls /tmp/below' mine
chown bob /tmp/below
expect_fails as_su alice true
rmdir /tmp/below
case_ok

case_begin "a mode with set-group-id, by each method"
for method in tmpfs disk; do
	expect_seen "directories = ( { path = \"/srv\"; method = \"$method\"; mode = \"03777\"; retain = \"session\"; } );" \
		'stat -c %a /srv; mkdir -m 700 /srv/in && stat -c "%a %G" /srv/in' "3777 2700 root"
done
case_ok

case_begin "an overlay with the option ro shows what the host has, and nothing can be written"
mkdir /srv/layer && touch /srv/layer/of-the-host
expect_seen 'directories = ( { path = "/srv/layer"; method = "overlay"; options = [ "ro" ]; } );' \
	'ls /srv/layer; touch /srv/layer/of-the-host 2>/dev/null || echo refused' "of-the-host refused"
rm -r /srv/layer
case_ok

case_begin "the file system with the private directories can be read-only in a set that keeps one"
for path in / /var/lib; do
	expect_seen "directories = ( { path = \"/var/tmp\"; method = \"disk\"; retain = \"1h\"; } ); readonly = [ \"$path\" ];" \
		"touch /var/tmp/mine && ls /var/tmp; findmnt -no OPTIONS -T /var/lib | grep -o '^ro'" "mine ro"
	expect_ok nsisolate dirs --remove alice >/dev/null
done
expect_ok nsisolate gc >/dev/null
rm -rf $statedir/u2001
case_ok

case_begin "check warns of each path that a login would be refused for, and of no other"
ln -s /usr/bin/true /usr/local/bin/hook
refused_for() { # KEYS KEY PATH
	printf '%s\n' 'version = 1;' "policies = { places = { namespaces = [ \"mount\" ]; $1 }; };" \
		'rules = ( { uid = "2000-2999"; policy = "places"; } );' | policy
	run_ctl check
	expect_match "$err" "/etc/security/nsisolate.conf:2: warning: policy 'places' has a path in '$2' that cannot be used: .*$3" "check of $1"
	expect_fails as_su alice true
	run_ctl doctor
	expect_match "$out" "$3.*\[path-unusable\]" "doctor"
}
refused_for 'on_create = { run = "/usr/local/bin/hook"; };' on_create "/usr/local/bin/hook is a symbolic link"
refused_for 'hide = [ "/srv/none" ];' hide "/srv/none: No such file"
refused_for 'readonly = [ "/home/alice/x" ];' readonly "/home/alice is not owned by root"
refused_for 'bind = ( { source = "/srv"; target = "/mnt/none"; } );' bind "/mnt/none: No such file"
refused_for 'bind = ( { source = "/srv/none"; target = "/mnt"; } );' bind "/srv/none: No such file"
refused_for 'root = "/srv/none";' root "/srv/none: No such file"
rm /usr/local/bin/hook
expect_seen 'bind = ( { source = "/etc"; target = "/mnt"; } ); hide = [ "/mnt/passwd" ]; on_create = { run = "/usr/bin/true"; };' \
	'wc -c </mnt/passwd' 0
case_ok

case_begin "an overlay over a home that its account has with more slashes and dots than it needs ends with its set"
for home in //home/alice/ /home/./alice; do
	usermod -d "$home" alice
	expect_seen 'home = "overlay";' 'touch ~/mine && ls /home/alice/mine' /home/alice/mine
	[ ! -e /home/alice/mine ] || fail "$home: the file is on the host"
done
usermod -d /home/alice alice
case_ok
