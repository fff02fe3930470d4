#!/bin/bash
# SPDX-License-Identifier: MIT
# Break-glass: what gets people in when isolation does not work.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

break_glass() {
	install -d -m 700 $rundir
	touch $rundir/disabled
}

warned() { # TEXT
	tail -n 6 "$(rig_settled_log)" | grep -q "$1" || fail "the log does not say: $1"
}

case_begin "with <rundir>/disabled nobody is isolated, and the log warns"
break_glass
seen=$(as_ssh alice "$look")
expect_on_host
warned '<84>.*not isolated user=alice.*switched off by the file /run/nsisolate/disabled'
case_ok

case_begin "without it they are again, with no restart"
rm $rundir/disabled
seen=$(as_ssh alice "$look")
expect_isolated alice
expect_all_gone
case_ok

case_begin "it gets people in past a policy that is broken"
rig_forget_policy # one that has read a good policy goes on by it
echo 'this is no policy' >/etc/security/nsisolate.conf
expect_fails as_su alice true
break_glass
expect_ok as_su alice true
rm $rundir/disabled
expect_fails as_su alice true
default_policy
case_ok

case_begin "it gets people in where no helper can be started"
rig_stop_helper
mv "$helper_path" "$helper_path.away"
expect_fails as_su alice true
break_glass
expect_eq "$(as_su alice "$ns_cmd")" "$host_ns" "namespaces"
warned 'not isolated user=alice.*isolation is switched off by the file'
rm $rundir/disabled
expect_fails as_su alice true
case_ok

case_begin "it gets people in past a line in /etc/pam.d with a mistake, and root needs no help"
isolate on_eror=deny
expect_fails as_su alice true
warned '<83>.*refused user=alice uid=2001 service=su: unknown argument on_eror=deny'
expect_eq "$(as_ssh root "$ns_cmd")" "$host_ns" "root's namespaces"
warned '<84>.*not isolated user=root uid=0 service=sshd: root stays where it is: unknown argument on_eror=deny'
break_glass
expect_eq "$(as_su alice "$ns_cmd")" "$host_ns" "alice's namespaces"
warned '<84>.*not isolated user=alice uid=2001 service=su: isolation is switched off by the file.*unknown argument'
rm $rundir/disabled
expect_fails as_su alice true
isolate
case_ok

case_begin "nsisolate=off on the kernel's command line does the same"
sed 's/^/nsisolate=off /' /proc/cmdline >/run/rig/cmdline
mount --bind /run/rig/cmdline /proc/cmdline
expect_eq "$(as_su alice "$ns_cmd")" "$host_ns" "namespaces without a helper"
mv "$helper_path.away" "$helper_path"
expect_eq "$(as_su alice "$ns_cmd")" "$host_ns" "namespaces with one"
warned "not isolated user=alice.*nsisolate=off on the kernel"
echo 'quiet nsisolate=offline -- nsisolate=off' >/run/rig/cmdline
rig_stop_helper # as booting with another command line would have
seen=$(as_su alice "$look")
umount /proc/cmdline
expect_isolated alice
expect_all_gone
case_ok

case_begin "a file that is not root's alone, or none, does not count"
break_glass
chmod 666 $rundir/disabled
expect_ne "$(as_su alice "$ns_cmd")" "$host_ns" "with one that all may write"
chmod 644 $rundir/disabled && chown alice $rundir/disabled
expect_ne "$(as_su alice "$ns_cmd")" "$host_ns" "with one of alice"
rm $rundir/disabled && ln -s /etc/passwd $rundir/disabled
expect_ne "$(as_su alice "$ns_cmd")" "$host_ns" "with a link"
rm $rundir/disabled
expect_all_gone
case_ok
