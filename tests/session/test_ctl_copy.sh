#!/bin/bash
# SPDX-License-Identifier: MIT
# Copies out of a set and into it, whatever the user has put there: nsisolate copy.
. "$(dirname "$0")/rig.sh"

policy <<'END'
version = 1;
policies = {
  lab = {
    namespaces = [ "mount" ];
    directories = (
      { path = "/tmp";     method = "tmpfs"; },
      { path = "/var/tmp"; method = "disk"; retain = "boot"; }
    );
  };
};
rules = ( { uid = "2000-2999"; policy = "lab"; } );
END
isolate
mkdir /run/rig/out
cd /run/rig/out || exit 1
echo secret >/root/secret
chmod 600 /root/secret
stay one ssh alice 'umask 022; echo hello >/tmp/x; mkdir -p /tmp/d/e; echo deep >/tmp/d/e/f; chmod 4750 /tmp/d/e/f;
	ln -s /root/secret /tmp/link; ln -s /root /tmp/way; ln -s x /tmp/d/inside; mkfifo /tmp/d/pipe; ln -s / /tmp/d/root'

case_begin "a file and a directory come out, as root's, without set-id bits"
run_ctl copy alice:/tmp/x .
expect_eq "$status" 0 "the exit status ($err)"
expect_eq "$(cat x)" hello "the file"
expect_eq "$(stat -c %U-%a x)" root-644 "owner and mode"
run_ctl copy alice:/tmp/x /run/rig/out/renamed
expect_eq "$(cat renamed)" hello "under another name"
run_ctl copy alice:/tmp/d/e /run/rig/out/
expect_eq "$status" 0 "the exit status of a directory ($err)"
expect_eq "$(cat e/f)" deep "a file in it"
expect_eq "$(stat -c %U-%a e/f)" root-750 "owner and mode"
[ ! -e /tmp/x ] || fail "the host's /tmp has it"
case_ok

case_begin "a file with holes takes no more room than it has in the set"
as_su alice 'truncate -s 8G /tmp/holes; printf middle | dd of=/tmp/holes bs=1 seek=1000000 conv=notrunc status=none'
run_ctl copy alice:/tmp/holes .
expect_eq "$status" 0 "the exit status ($err)"
expect_eq "$(stat -c %s holes)" $((8 << 30)) "its size"
[ "$(stat -c %b holes)" -lt 1000 ] || fail "it takes $(stat -c %b holes) blocks"
expect_eq "$(dd if=holes bs=1 skip=1000000 count=6 status=none)" middle "what is between them"
rm -f holes
case_ok

case_begin "what is there is never overwritten"
echo mine >x
run_ctl copy alice:/tmp/x .
expect_eq "$status" 1 "the exit status"
expect_match "$err" "the name is taken" "what is said"
expect_eq "$(cat x)" mine "the file"
case_ok

case_begin "no link is followed: the last component, one on the way, one in a directory"
for path in /tmp/link /tmp/way/secret /tmp/d/root/root/secret /tmp/../tmp/way/secret; do
	run_ctl copy "alice:$path" got
	expect_eq "$status" 1 "the exit status for $path"
	expect_match "$err" "symbolic link" "what is said of $path"
	[ ! -e got ] || fail "$path was copied"
done
run_ctl copy alice:/tmp/d .
expect_eq "$status" 1 "the exit status"
expect_match "$err" 'd/inside: not copied: it is a symbolic link' "the link"
expect_match "$err" 'd/pipe: not copied: it is a pipe' "the pipe"
expect_eq "$(wc -l <<<"$err")" 3 "one line for each"
expect_eq "$(find d | sort | xargs)" "d d/e d/e/f" "what was copied"
grep -rq secret . && fail "the secret came out"
run_ctl copy alice:/dev/null got
expect_match "$err" "it is a device" "a device"
run_ctl copy alice:/../../root/secret got
expect_match "$(cat got)" secret "the set's /root is the host's, and .. leads no further than its root"
rm got
case_ok

case_begin "into the set: the user's, in the set alone"
echo given >give
chmod 4755 give
run_ctl copy give alice:/tmp/
expect_eq "$status" 0 "the exit status ($err)"
expect_eq "$(as_su alice 'cat /tmp/give; stat -c %U:%G-%a /tmp/give')" $'given\nalice:alice-755' "the file"
[ ! -e /tmp/give ] || fail "the host's /tmp has it"
mkdir -p tree/sub; echo leaf >tree/sub/leaf; ln -s /etc/shadow tree/sub/shadow
run_ctl copy tree alice:/tmp/taken
expect_eq "$status" 1 "the exit status, for the link"
expect_match "$err" "tree/sub/shadow: not copied: it is a symbolic link" "what is said"
expect_eq "$(as_su alice 'cat /tmp/taken/sub/leaf; stat -c %U /tmp/taken /tmp/taken/sub /tmp/taken/sub/leaf | sort -u; ls /tmp/taken/sub')" $'leaf\nalice\nleaf' "the tree"
case_ok

case_begin "into the set: a link that the user has put in the way leads nowhere"
as_su alice 'ln -s /etc /tmp/etc; ln -s /etc/nsi-new /tmp/new; ln -s /root/secret /tmp/secret'
for path in /tmp/etc/ /tmp/etc/nsi-new /tmp/new /tmp/secret; do
	run_ctl copy give "alice:$path"
	expect_eq "$status" 1 "the exit status for $path"
	expect_match "$err" "symbolic link|name is taken" "what is said of $path"
done
[ ! -e /etc/nsi-new ] && [ ! -e /etc/give ] || fail "it has written on the host"
expect_eq "$(cat /root/secret)" secret "the secret"
case_ok

case_begin "while the user swaps a directory for a link all the time, nothing leaves the set"
# shellcheck disable=SC2016
stay swap su alice 'mkdir /tmp/swap; (while [ ! -e /tmp/stop ]; do mv -T /tmp/swap /tmp/aside; ln -s /root /tmp/swap; rm /tmp/swap; mv -T /tmp/aside /tmp/swap; done) >/dev/null 2>&1 & true'
for i in {1..60}; do
	nsisolate copy give "alice:/tmp/swap/g$i" 2>/dev/null
	nsisolate copy alice:/tmp/swap/secret "got$i" 2>/dev/null
done
as_su alice 'touch /tmp/stop'
expect_eq "$(ls -A /root | grep -c '^g[0-9]')" 0 "files in the host's /root"
expect_eq "$(find . -name 'got*' | wc -l)" 0 "copies of the secret"
leave swap
case_ok

case_begin "without a live set, from and to what is stored, and from nowhere else"
echo kept >kept
nsisolate copy kept alice:/var/tmp/ || fail "into the live set"
leave one
wait_until 10 eval '[ -z "$(nsisolate list -n -o set alice)" ]' || fail "the set lives"
run_ctl copy alice:/var/tmp/kept stored
expect_eq "$status" 0 "the exit status ($err)"
expect_eq "$(cat stored)" kept "the file"
nsisolate copy give alice:/var/tmp/later || fail "into what is stored"
run_ctl copy alice:/var/tmp/../../../../../root/secret got
expect_ne "$status" 0 "the exit status of a path that leads out"
[ ! -e got ] || fail "it came out"
run_ctl copy alice:/tmp/x got
expect_eq "$status" 3 "the exit status of a tmpfs that is gone"
expect_match "$err" "no live set, and no stored directory has /tmp/x" "what is said"
expect_eq "$(as_su alice 'stat -c %U /var/tmp/later; cat /var/tmp/later')" $'alice\ngiven' "what alice finds"
case_ok

case_begin "called wrongly, by nobody, for nobody"
run_ctl copy x y
expect_eq "$status" 2 "two paths of the host"
run_ctl copy alice:/tmp/x bob:/tmp/x
expect_eq "$status" 2 "two sets"
run_ctl copy nobody-of-that-name:/tmp/x .
expect_eq "$status" 3 "a user that there is not"
run_ctl copy alice:/var/tmp/not-there .
expect_eq "$status" 3 "a file that there is not"
runuser -u alice -- nsisolate copy alice:/tmp/x /tmp/y 2>/dev/null
expect_eq "$?" 4 "an ordinary user"
cd /
nsisolate close --all >/dev/null 2>&1
rm -rf /var/lib/nsisolate/[ug]* /var/lib/nsisolate/trash/*
expect_all_gone
case_ok
