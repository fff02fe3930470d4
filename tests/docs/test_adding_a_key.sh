#!/bin/bash
# SPDX-License-Identifier: MIT
# docs/adding-a-key.md, followed step by step in a copy of the sources; and what happens to who leaves a step out.
# slow: builds a copy of the sources, and again with each step left out
set -u
cd "$(dirname "$(readlink -f "$0")")/../.." || exit 2
page=$PWD/docs/adding-a-key.md
build=$(readlink -f "${B:-build}")
copy=$(mktemp -d) || exit 2
trap 'rm -rf "$copy"' EXIT
tests='policy/test_keys policy/test_manual policy/test_examples policy/test_corpus policy/test_image ctl/test_traits'

# A build of the copy needs what is there already to be as old as it is.  Other scripts write their logs meanwhile.
tools/sources | xargs -d '\n' cp -a --parents -t "$copy" && mkdir "$copy/build" || exit 2
(cd "$build" && find . -path ./tests/log -prune -o ! -type d -print0 | xargs -0 cp -a --parents -t "$copy/build") || exit 2
cd "$copy" || exit 2

case_is() { # NAME STATUS
	[ "$2" = 0 ] && echo "ok $1" || echo "not ok $1"
}

# The blocks between ``` of the page, one a file, each with the line that says what to do with it: "In `FILE`,
# after" or "In `FILE`, before", "add", "The file `FILE`:".
mkdir page
awk '/^```/ { in_block = !in_block; if (in_block) print said > ("page/" ++n ".what"); next }
	in_block { print > ("page/" n ".text"); next }
	NF { said = $0 }' "$page"

insert() { # FILE after|before ANCHOR TEXT
	anchor=$(cat "$3") awk -v where="$2" -v text="$4" '
		function put() { while ((getline line < text) > 0) print line; close(text); done++ }
		index($0, ENVIRON["anchor"]) == 1 && !done && where == "before" { put() }
		{ print }
		index($0, ENVIRON["anchor"]) == 1 && !done { open = 1 }
		open && !done && (/[;,]( *\/\*.*)?$/ || where == "after" && !/[[{(=]/) { put() }
		END { exit done != 1 }' "$1" >"$1.new" && mv "$1.new" "$1"
}

# Does the steps but for those whose file is named; a step of whichever kind, in the page's order.
follow() { # [FILE...]
	local n what file='' how='' anchor='' steps=0
	for n in $(cd page && ls -- *.what | sort -n | cut -d. -f1); do
		what=$(cat "page/$n.what")
		case $what in
		'In `'*'`, after' | 'In `'*'`, before')
			file=$(cut -d'`' -f2 <<<"$what") how=${what##* } anchor=page/$n.text
			;;
		add)
			[[ " $* " == *" $file "* ]] || insert "$file" "$how" "$anchor" "page/$n.text" || {
				echo "no place for step $n in $file" >&2
				return 1
			}
			steps=$((steps + 1))
			;;
		'The file `'*)
			file=$(cut -d'`' -f2 <<<"$what")
			[[ " $* " == *" $file "* ]] || cp "page/$n.text" "$file"
			steps=$((steps + 1))
			;;
		*) echo "step $n: what is to be done with it? $what" >&2 && return 1 ;;
		esac
	done
	[ "$steps" = 6 ]
}

save() { # what a step may change
	rm -rf before && mkdir before && cp -a --parents lib/policy man tests/unit/policy before
}

restore() {
	cp -a before/. . && rm -f tests/unit/policy/good/curfew.conf
	touch lib/policy/*.[ch]
}

compiles() {
	make -s -j2 WERROR=1 build/nsisolate build/nsisolate-helper $(printf 'build/tests/unit/%s ' $tests) >make.log 2>&1 ||
		{ tail -n 20 make.log >&2 && return 1; }
}

passes() {
	local test
	for test in $tests; do
		"build/tests/unit/$test" >test.log 2>&1 || { tail -n 20 test.log >&2 && return 1; }
	done
}

save
follow && compiles && passes
case_is "the steps of the page give a key that all tests know" $?

build/nsisolate check tests/unit/policy/good/curfew.conf >out 2>&1 && sed 's/curfew = "8h"/curfew = "9999d"/' tests/unit/policy/good/curfew.conf >far.conf &&
	! build/nsisolate check far.conf >out 2>&1 &&
	grep -q "'curfew' in policy 'day' must be a quoted time such as .*, which is out of range" out
case_is "its values are read, and refused with a message" $?

sed -i 's/\(K_CURFEW\] = .*\)UNNOTICED/\1NOTICED/' lib/policy/keys.c && ! grep -q 'K_CURFEW.*UNNOTICED' lib/policy/keys.c &&
	compiles && passes
case_is "NOTICED alone puts it into the digest" $?

sed -i '/K_CURFEW\] = /s/ NOTICED,//' lib/policy/keys.c && ! compiles 2>/dev/null
case_is "a row that does not say whether it is noticed does not compile" $?

restore
follow lib/policy/keys.c && compiles && ! passes 2>/dev/null
case_is "a name and a field without a row fail a test" $?

restore
follow lib/policy/keys.c lib/policy/keys.h tests/unit/policy/good/curfew.conf man/nsisolate.conf.5 && compiles && ! passes 2>/dev/null
case_is "a field that is of no key fails a test" $?

restore
follow man/nsisolate.conf.5 && compiles && ! passes 2>/dev/null
case_is "a key that is not in the manual fails a test" $?

restore
follow && sed -i 's/uint64_t curfew/uint32_t curfew/' lib/policy/image.h && ! compiles 2>/dev/null && grep -qi 'error=padded' make.log
case_is "a field that leaves a hole does not compile" $?
