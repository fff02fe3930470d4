# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What did the consumer's process look like at each hook?

probe_file=/run/rig/probe

# probe_state TAG HOOK: the last record of it.
probe_state() {
	awk -v want="== $1 $2" '/^== / { on = ($0 == want); if (on) n = 0 } on && !/^== / { l[n++] = $0 }
		END { for (i = 0; i < n; i++) print l[i] }' "$probe_file"
}

probe_value() { # TAG HOOK KEY
	probe_state "$1" "$2" | sed -n "s/^$3 //p"
}

# Every field the same, but for those whose key matches EXCEPT.
expect_same_state() { # TAG HOOK TAG HOOK [EXCEPT]
	local first second

	first=$(probe_state "$1" "$2" | grep -vE "^(${5:-none}) ")
	second=$(probe_state "$3" "$4" | grep -vE "^(${5:-none}) ")
	[ -n "$first" ] || fail "no record of $1 at $2"
	[ -n "$second" ] || fail "no record of $3 at $4"
	diff <(echo "$first") <(echo "$second") >&2 || fail "the process at $3/$4 is not as it was at $1/$2"
}
