# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What logind and systemd do with a user's slice in which the anchor of a set has a scope: without controllers, and so
# without limits, a process stands for the anchor.  part-limits.sh has the sets.

slice_dir=$(find /sys/fs/cgroup -maxdepth 2 -type d -name user.slice | head -n 1)/user-1000.slice

slice_is_gone() { [ ! -d "$slice_dir" ]; }
manager_is_gone() { ! systemctl -q is-active user@1000.service && [ ! -e /run/user/1000 ]; }

# A process that is no descendant of a session which is held: it would hold that, too.
begin_kept() {
	sleep 1000 </dev/null >/dev/null 2>&1 &
	kept=$!
}

# Has it in a scope as the helper has it made.
keep_slice() {
	/usr/libexec/nsisolate/nsisolate-limits keep "nsisolate-set-0-$kept.scope" user-1000.slice $kept "for the test" || return
	wait_until 10 grep -q "user-1000.slice/nsisolate-set-0-$kept.scope" "/proc/$kept/cgroup"
}

case_begin "a user's slice ends after the last logout, and stays while a set's scope is in it"
user_gone alice
expect_ok as_ssh alice true
expect_ok wait_until 60 slice_is_gone
begin_kept
expect_ok hold a alice
expect_ok keep_slice
before=$(stat -c %i "$slice_dir")
drop a
expect_ok wait_until 60 manager_is_gone
sleep 2
expect_eq "$(stat -c %i "$slice_dir")" "$before" "the group after the last logout"
expect_ok kill -0 $kept
expect_ok as_ssh alice "grep -q user-1000.slice /proc/self/cgroup"
expect_eq "$(stat -c %i "$slice_dir")" "$before" "the group of the next login"
case_ok

case_begin "terminate-user leaves the scope alone; with the end of its process the slice ends"
expect_ok hold a alice
loginctl terminate-user alice
expect_ok wait_until 60 manager_is_gone
sleep 2
expect_ok kill -0 $kept
expect_eq "$(stat -c %i "$slice_dir")" "$before" "the group"
drop a
kill $kept
expect_ok wait_until 30 slice_is_gone
expect_eq "$(systemctl list-units --all --no-legend 'nsisolate-set-*')" "" "scopes left"
expect_ok as_ssh alice true
case_ok

case_begin "a stopped slice and kill-user end the process of the scope"
begin_kept
expect_ok hold a alice
expect_ok keep_slice
loginctl kill-user alice --signal=KILL
expect_ok wait_until 20 eval '! kill -0 $kept 2>/dev/null'
drop a
user_gone alice
begin_kept
expect_ok keep_slice
systemctl stop user-1000.slice
expect_ok wait_until 20 eval '! kill -0 $kept 2>/dev/null'
expect_ok wait_until 30 slice_is_gone
case_ok
