#!/bin/bash
# SPDX-License-Identifier: MIT
# The fuzz targets over what there is: the policies of the unit tests, good and bad, those that are
# shipped, the seeds that once found something, and all of them damaged a little, the same in each
# run.  A few seconds; the long way is "make fuzzers FUZZ=1 CC=clang SANITIZE=address,undefined".
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2
B=${B:-build}
shopt -s nullglob

try() { # NAME CMD...
	local name=$1
	shift
	echo "=== $name" >&2
	if "$@" >&2; then echo "ok $name"; else echo "FAILED status $?" >&2 && echo "not ok $name"; fi
}

# A login waits for the loader: what takes it long is as bad as what makes it fall.
in_time() {
	timeout -k 5 60 "$@"
}

make -s fuzzers B="$B" >&2 || { echo "not ok building the targets" && exit 1; }
images=$(mktemp -d) || exit 2
trap 'rm -rf "$images"' EXIT

good=(tests/unit/policy/good/*.conf conf/*.conf conf/examples/*.conf)
policies=("${good[@]}" tests/unit/policy/bad/*.conf tests/fuzz/seeds/load/*)

try "every policy is an image or an error" in_time "$B/tests/fuzz/fuzz_load" "${policies[@]}"
try "and so is every damaged one" in_time "$B/tests/fuzz/fuzz_load" -m 500 "${policies[@]}"
try "the images of the good ones" in_time "$B/tests/fuzz/images" "$images" "${good[@]}"
try "every image that passes its check can be followed" in_time "$B/tests/fuzz/fuzz_image" "$images"/* tests/fuzz/seeds/image/*
try "and every damaged one that does" in_time "$B/tests/fuzz/fuzz_image" -m 5000 "$images"/* tests/fuzz/seeds/image/*

seeds=tests/fuzz/seeds
samples=$(mktemp -d) || exit 2
trap 'rm -rf "$images" "$samples"' EXIT
try "samples of records and messages" in_time "$B/tests/fuzz/samples" "$samples"
try "a record is refused or can be used" in_time "$B/tests/fuzz/fuzz_record" -m 20000 "$samples"/record-* "$seeds"/record/*
try "a message is refused or whole" in_time "$B/tests/fuzz/fuzz_wire" -m 5000 "$samples"/message-* "$seeds"/wire/*
try "lines of the kernel, of id maps and of PAM stacks" in_time "$B/tests/fuzz/fuzz_lines" -m 20000 "$seeds"/lines/*
try "a file of namespace.conf(5) is entries or errors" in_time "$B/tests/fuzz/fuzz_convert" -m 1000 "$seeds"/convert/* 2>/dev/null
