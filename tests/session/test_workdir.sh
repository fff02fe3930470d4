#!/bin/bash
# SPDX-License-Identifier: MIT
# The working directory: what is relative in a command acts on the directory that it was called
# in, or on nothing.
. "$(dirname "$0")/rig.sh"

root_to_host='{ from_user = "alice"; user = "root"; service = [ "su", "sudo" ]; action = "host"; },'
default_policy
isolate
stack rig "$rig_service"
sed -i '1i auth sufficient pam_permit.so' /etc/pam.d/su
sed -i "s/^rules = (/rules = ( $root_to_host/" /etc/security/nsisolate.conf
where='echo "place: $(pwd -P 2>/dev/null): $(ls -A . 2>&1 | xargs)"'
stage='mkdir -p /tmp/stage/srv && touch /tmp/stage/hers && cd /tmp/stage'

place_of() { # what $where said
	sed -n 's/^place: //p'
}

expect_told() { # PATTERN WHAT: in the log
	wait_until 5 grep -qE "$1" "$rig_log" || fail "$2: no line in the log with $1"
}

expect_empty_place() { # PLACE WHAT
	expect_eq "$1" ": " "$2: no path, and nothing in it"
}

case_begin "root on the way to the host keeps a directory that only the set has"
mkdir -p /srv/precious && touch /srv/precious/file
for way in 'sudo sh -c' 'su root -c'; do
	expect_eq "$(as_ssh alice "$stage; $way '$where'" | place_of | sed 's/.*: //')" "hers srv" "what is in it by $way"
done
as_ssh alice "$stage; sudo rm -rf srv; sudo chown bob hers; ls -l" >/run/rig/out
expect_match "$(cat /run/rig/out)" ' bob .*hers' "a file in her directory"
expect_no_match "$(cat /run/rig/out)" 'srv' "what sudo has removed"
expect_ok test -e /srv/precious/file
expect_eq "$(as_ssh alice "cd /tmp; touch hers; sudo sh -c 'ls -A; readlink /proc/self/ns/mnt'" | xargs)" \
	"hers $(readlink /proc/self/ns/mnt)" "the private /tmp itself, from the host's namespaces"
expect_eq "$(stat -c %U / /root /home /srv | xargs)" "root root root root" "owners on the host"
expect_all_gone
case_ok

case_begin "a directory that is the same on both sides is had by its path"
expect_eq "$(as_ssh alice "cd /srv; sudo sh -c 'pwd; cd ..; ls -d srv'" | xargs)" "/srv srv" "sudo to the host"
expect_eq "$(cd /srv && as_su alice "$where" | place_of)" "/srv: precious" "su from the host"
expect_eq "$(cd / && as_su alice "pwd")" / "from /"
expect_all_gone
case_ok

case_begin "a directory of the host's /tmp: an empty one that nobody can write to, and both log and user are told"
mkdir -m 777 /tmp/project && touch /tmp/project/file
: >"$rig_log"
said=$(cd /tmp/project && as_su alice "$where; touch here; mkdir here; ls -A ..; cd ..; touch here; ls -A" 2>/run/rig/err)
expect_empty_place "$(place_of <<<"$said")" "su"
expect_eq "$(sed 1d <<<"$said")" "" "what can be made in it"
expect_match "$(cat /run/rig/err)" 'begins in an empty one' "what the user is told"
expect_told 'working directory /tmp/project is not there' "su"
said=$(cd /tmp/project && as_sudo alice "$where" 2>/dev/null)
expect_empty_place "$(place_of <<<"$said")" "sudo"
expect_eq "$(cd /tmp/project && nsisolate run alice --service su -- sh -c 'pwd')" /home/alice "nsisolate run"
expect_all_gone
case_ok

case_begin "a directory of the same name is another one all the same"
stay one ssh alice 'mkdir /tmp/project; touch /tmp/project/alices'
expect_empty_place "$(cd /tmp/project && as_su alice "$where" 2>/dev/null | place_of)" "alice's /tmp/project"
out=$(as_ssh bob "mkdir /tmp/project; touch /tmp/project/bobs; cd /tmp/project; sudo -u alice rm -f alices; sudo -u alice sh -c '$where'" 2>/dev/null)
expect_empty_place "$(place_of <<<"$out")" "from bob's to alice's"
expect_ok as_ssh alice 'test -e /tmp/project/alices'
leave one
expect_all_gone
case_ok

case_begin "the private directory itself stands for the host's, and the log says so"
: >"$rig_log"
stay one ssh alice 'touch /tmp/alices'
expect_eq "$(cd /tmp && as_su alice "$where" | place_of)" "/tmp: alices" "su from /tmp"
expect_told 'working directory is the private /tmp' "su"
leave one
expect_all_gone
case_ok

case_begin "a directory that is removed, and one whose path a link leads elsewhere"
said=$(mkdir /tmp/gone && cd /tmp/gone && rmdir /tmp/gone && as_su alice "$where" 2>/dev/null)
expect_empty_place "$(place_of <<<"$said")" "removed"
said=$(as_ssh alice "mkdir /tmp/gone; cd /tmp/gone; rmdir /tmp/gone; sudo sh -c '$where'" 2>/dev/null)
expect_empty_place "$(place_of <<<"$said")" "removed, by root to the host"
stay one ssh alice 'ln -s / /tmp/project; ln -s /srv /tmp/link'
expect_empty_place "$(cd /tmp/project && as_su alice "$where" 2>/dev/null | place_of)" "a link to /"
leave one
expect_all_gone
case_ok

case_begin "after a close the program stands where it stood before, or in the empty place"
for dir in /srv /home/bob /tmp/project /tmp /; do
	out=$(as_pamhost alice --cwd $dir open run "$ns_cmd" close run 'pwd -P' end)
	expect_other_ns "$(grep '^mnt' <<<"$out")" "from $dir"
	expect_eq "$(grep '^/' <<<"$out")" "$dir" "back in $dir"
done
mkdir /run/rig/gone
out=$(as_pamhost alice --cwd /run/rig/gone --delete-cwd open close run "$where" end 2>/dev/null | place_of)
expect_empty_place "$out" "one that is gone"
expect_all_gone
rm -r /tmp/project
case_ok

case_begin "whatever fails on the way: refused and back where it was, or in the empty place, never on /"
mkdir -m 777 /tmp/project
stay one ssh carol true
for call in fsopen fsconfig fsmount statx openat2 open_tree fchdir; do
	for error in ENOMEM EPERM ENOSYS; do
		[ $call != fchdir ] || error+=:when=1 # were there none at all, nobody could go back
		out=$(cd /tmp/project && strace -qq -o /dev/null -e inject=$call:error=$error "$rig_tools/pamhost" -s rig -u alice \
			open run 'echo place $(readlink /proc/self/cwd) $(readlink /proc/self/ns/mnt) $(ls -A . | wc -l)' end </dev/null 2>/dev/null)
		seen=$(sed -n 's/^place //p' <<<"$out")
		case $out in
		*'open PAM_SUCCESS'*) expect_match "$seen" ' 0$' "$call fails with $error: isolated, and nothing is there" ;;
		*) expect_eq "${seen% *}" "/tmp/project $(readlink /proc/self/ns/mnt)" "$call fails with $error: refused, and where it was" ;;
		esac
	done
done
leave one
rm -r /tmp/project
expect_all_gone
case_ok

case_begin "a home that root may not enter, as on NFS with root_squash, is entered with the caller's id"
install -d -m 700 -o alice -g alice /home/alice/private
stay one ssh carol true # its helper has all capabilities, unlike the program below
# Root that lacks these two is kept out by the mode, as root of an NFS client is by its server.
squashed() { # RUID OPERATION...
	(cd /home/alice/private && setpriv --ruid "$1" --bounding-set -dac_override,-dac_read_search -- \
		"$rig_tools/pamhost" -s rig -u bob "${@:2}" </dev/null)
}
for caller in alice root; do
	squashed $caller open run 'readlink /proc/self/cwd' close run 'readlink /proc/self/cwd' end >/run/rig/out.$caller 2>&1
done
expect_eq "$(grep '^/' /run/rig/out.alice | xargs)" "/home/alice/private /home/alice/private" "alice's, in the set and back"
expect_eq "$(grep '^/' /run/rig/out.root | xargs)" "/ /" "root's: it is an empty one"
expect_eq "$(grep -c PAM_SUCCESS /run/rig/out.root)" 5 "root's session"
leave one
expect_all_gone
case_ok
