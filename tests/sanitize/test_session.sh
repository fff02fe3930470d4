#!/bin/bash
# SPDX-License-Identifier: MIT
# The helper with ASan and UBSan, and the module with UBSan, in real logins: no report of either, and a
# fault that is planted on purpose is reported.  SANITIZE_SESSION="NAME...": other scripts of the ring session.
# alone: it runs scripts of the ring session that are
# slow: two builds with sanitizers, and ten scripts that run at half the pace
set -u
shopt -s nullglob
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2

short='su lifecycle lifetime crash_kills crash_records reload net_modes view_mounts user_map ctl_run'


if [ "$(id -u)" != 0 ]; then
	echo "skip all # needs root"
	exit 0
fi

# build_both DIR [PLANTED=1]: what a login needs, in DIR; the helper comes from a build with ASan.
build_both() {
	make -s -j"$(nproc)" B="$1" SANITIZE=undefined "${@:2}" all test-tools >&2 &&
		make -s -j"$(nproc)" B="$1/asan" SANITIZE=address,undefined "${@:2}" "$1/asan/nsisolate-helper" >&2 &&
		cp "$1/asan/nsisolate-helper" "$1/nsisolate-helper"
}

# The same with the faults: all but what knows the directory of reports, and what is linked with them.
build_planted() {
	rm -rf $planted && cp -a $clean $planted &&
		find $planted \( -path '*/sanitize/*.o' -o -name pam_nsisolate.so -o -name nsisolate-helper \) -delete &&
		build_both $planted PLANTED=1
}

# A build of its own has its reports in two directories: of the module and of the helper.
reports_begin() { # DIR
	rm -rf "$1/collected" && mkdir -p "$1/collected" && chmod 777 "$1/collected"
	rm -rf "$1/asan/collected" && ln -s ../collected "$1/asan/collected"
}

verdict() { # CASE STATUS
	if [ "$2" = 0 ]; then echo "ok $1"; else echo "FAILED $1" >&2 && echo "not ok $1"; fi
}

planted=build-san/planted clean=build-san/clean
if ! echo 'int main(void) { return 0; }' | ${CC:-gcc} -fsanitize=address,undefined -x c -o /dev/null -; then
	echo "skip all # this compiler has no sanitizers"
	exit 0
fi
build_both $clean && build_planted
verdict "the build" $?
reports_begin $planted
B=$planted tests/run session:su >&2
grep -qs 'heap-buffer-overflow.*planted_helper' $planted/collected/*
verdict "a fault that is planted in the helper is reported" $?
cp $clean/nsisolate-helper $planted/ # as that one ends with the first request
reports_begin $planted
B=$planted tests/run session:su >&2
grep -qs 'planted_module.*signed integer overflow' $planted/collected/*
verdict "and one in the module" $?

reports_begin $clean
names=${SANITIZE_SESSION:-$short}
# shellcheck disable=SC2046,SC2086
B=$clean tests/run $(printf 'session:%s ' $names) | tee $clean/said >&2
for name in $names; do
	grep -qE "^ok +session:$name " $clean/said && ! grep -qE "^not ok +session:$name " $clean/said
	verdict "session:$name passes with sanitizers" $?
done
cat $clean/collected/* >&2 2>/dev/null
[ -z "$(ls $clean/collected)" ]
verdict "and there is no report" $?
