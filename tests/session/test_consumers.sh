#!/bin/bash
# SPDX-License-Identifier: MIT
# Whatever way alice comes in, she sees a world of her own.
. "$(dirname "$0")/rig.sh"

default_policy
isolate

for way in $(every_way); do
	case_begin "by $way: namespaces of her own"
	seen=$("as_$way" alice "$ns_cmd") || fail "status $?"
	for i in 1 2 3; do
		expect_ne "$(echo "$seen" | cut -d' ' -f$i)" "$(echo "$host_ns" | cut -d' ' -f$i)" "namespace $i"
	done
	case_ok
done
