# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What logind and systemd do with a user's slice in which the anchor of a kept set has a scope.  A machine whose version 2
# has no controller of memory gets a helper that sees one: what it asks of systemd is real.  part-limits.sh measures the charge.

slice=$(find /sys/fs/cgroup -maxdepth 2 -type d -name user.slice | head -n 1)/user-1000.slice
. "$here/kept.sh"

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
before=$(stat -c %i "$slice")
drop a
expect_ok wait_until 60 manager_is_gone
sleep 2
expect_eq "$(stat -c %i "$slice")" "$before" "the group after the last logout"
expect_ok kill -0 $kept
expect_ok as_ssh alice "grep -q user-1000.slice /proc/self/cgroup"
expect_eq "$(stat -c %i "$slice")" "$before" "the group of the next login"
case_ok

case_begin "terminate-user leaves the scope alone; with the end of its process the slice ends"
expect_ok hold a alice
loginctl terminate-user alice
expect_ok wait_until 60 manager_is_gone
sleep 2
expect_ok kill -0 $kept
expect_eq "$(stat -c %i "$slice")" "$before" "the group"
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
expect_ok wait_until 60 slice_is_gone # while it is being stopped nothing can start in it
begin_kept
expect_ok keep_slice
systemctl stop user-1000.slice
expect_ok wait_until 20 eval '! kill -0 $kept 2>/dev/null'
expect_ok wait_until 30 slice_is_gone
case_ok

if ! grep -qw memory /sys/fs/cgroup/cgroup.controllers; then
	gcc -shared -fPIC -D_GNU_SOURCE -O2 -o /usr/local/lib/memory_max.so "$here/memory_max.c" -ldl
	mkdir -p /run/systemd/system/nsisolate.service.d
	printf '[Service]\nEnvironment=LD_PRELOAD=/usr/local/lib/memory_max.so\n' >/run/systemd/system/nsisolate.service.d/memory.conf
	echo $((128 << 20)) >/run/memory.max
	systemctl daemon-reload
fi
user_gone alice
cp -a /etc/security/nsisolate.conf /root/policy-before-slice
kept_policy
systemctl restart nsisolate.service

case_begin "the anchor of a kept set has a scope in its user's slice, which stays after the logout and ends with the set"
expect_ok hold a alice
expect_ok wait_until 20 has_scope
before=$(stat -c %i "$slice")
expect_eq "$(systemctl show -P Slice "$(scope_of_set)")" user-1000.slice "the slice of the anchor"
expect_ok as_ssh alice true
expect_eq "$(scope_of_set | wc -l)" 1 "scopes after another login"
drop a
expect_ok wait_until 60 manager_is_gone
sleep 2
expect_ok wait_until 30 is_lingering
expect_eq "$(stat -c %i "$slice")" "$before" "the group that its memory is charged to"
expect_ok as_ssh alice true
expect_eq "$(stat -c %i "$slice")" "$before" "the group of the next login"
expect_ok nsisolate close alice --force
user_gone alice
expect_ok wait_until 60 slice_is_gone
expect_eq "$(systemctl list-units --all --no-legend 'nsisolate-set-*')" "" "scopes left"
case_ok

case_begin "a set that is not kept, and one without a limit of memory, have none"
for what in 's/linger = "30m";//' 's/limits = {[^}]*};//'; do
	kept_policy
	sed -i "$what" /etc/security/nsisolate.conf
	systemctl reload nsisolate.service
	expect_ok hold a alice
	sleep 2
	expect_eq "$(scope_of_set)" "" "scopes"
	drop a
	nsisolate close alice --force >/dev/null 2>&1
	user_gone alice
	expect_ok wait_until 30 no_sets
done
kept_policy
case_ok

case_begin "a kept set survives terminate-user, and a live one gets another anchor in a scope"
expect_ok hold a alice
expect_ok wait_until 20 has_scope
number=$(set_of a) scope=$(scope_of_set)
loginctl terminate-user alice
expect_ok wait_until 60 manager_is_gone
drop a
expect_ok wait_until 30 is_lingering
expect_eq "$(scope_of_set)" "$scope" "the scope after terminate-user"
expect_ok hold a alice
expect_eq "$(set_of a)" "$number" "the set of the next login"
expect_ok systemctl kill "$scope"
expect_ok wait_until 30 has_other_scope "$scope"
expect_eq "$(ask a 'echo alive; ls -d /tmp' | xargs)" "alive /tmp" "the session whose anchor has changed"
expect_eq "$(as_ssh alice 'echo $NSISOLATE_SET')" "$number" "the set of another login"
drop a
case_ok

case_begin "a kept set ends with its slice, if somebody stops that"
expect_ok wait_until 60 manager_is_gone
expect_ok wait_until 30 is_lingering
systemctl stop user-1000.slice
expect_ok wait_until 60 no_sets
expect_ok wait_until 60 slice_is_gone
expect_ok as_ssh alice true
nsisolate close alice --force
everybody_gone
case_ok

case_begin "without a scope for the anchor nobody is refused, and the log says what to do"
expect_ok hold a alice
expect_ok wait_until 20 has_scope
scope=$(scope_of_set)
mv /usr/libexec/nsisolate/nsisolate-limits /root/nsisolate-limits
expect_ok systemctl kill "$scope"
expect_ok wait_until 30 eval '! has_scope'
expect_eq "$(as_ssh alice 'echo in')" in "a login without one"
says_what() { journalctl -q --no-pager -n 60 -o cat -g 'will be charged to nobody' | grep -q 'the next login tries again'; }
expect_ok wait_until 20 says_what
mv /root/nsisolate-limits /usr/libexec/nsisolate/nsisolate-limits
expect_ok as_ssh alice true
expect_ok wait_until 20 has_scope
drop a
nsisolate close alice --force
everybody_gone
case_ok

rm -rf /run/systemd/system/nsisolate.service.d/memory.conf /run/memory.max
systemctl daemon-reload
mv /root/policy-before-slice /etc/security/nsisolate.conf
systemctl restart nsisolate.service
