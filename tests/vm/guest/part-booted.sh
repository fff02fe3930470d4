# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# After a reboot or a power cut: what is to last has lasted, what is not is gone, and people get in.

stale() { # instances of sets that are no more
	find /var/lib/nsisolate -mindepth 1 -maxdepth 1 \( -name 's[0-9a-f]*' -o -path '*/trash/*' \)
}

nothing_stale() {
	[ -z "$(stale)" ]
}

rm -f /tmp/mine
touch /tmp/host-mark
case_begin "after it: private directories that last have lasted, the others are new"
expect_eq "$(systemctl is-system-running --wait)" running "the system"
expect_ok no_sets
seen=$(as_ssh alice "$look; echo kept \$(cat /var/tmp/kept)") || fail "status $?"
expect_isolated alice
expect_eq "$(seen_of kept)" kept "alice's /var/tmp"
expect_eq "$(seen_of tmp)" "" "alice's /tmp"
expect_eq "$(journal -b -t nsisolate-helper -p warning)" "" "what the helper complains of"
everybody_gone
wait_until 30 nothing_stale || fail "stale: $(stale)"
case_ok
