#!/bin/bash
# SPDX-License-Identifier: MIT
# The tour of the README, as it stands: every command is run, and prints what the page says.
. "$(dirname "$0")/rig.sh"

page=/src/README.md
hostname server # what the page calls it
rm -f /tmp/host-mark # the page begins with an empty /tmp

# Numbers that differ from run to run (a set that has not ended yet is joined by the next session),
# and the spaces that go with them.
plain() {
	sed -E -e 's/20[0-9]{2}-[0-9]{2}-[0-9]{2} [0-9:]{5}/TIME/g' -e 's/[0-9]{10}/INODE/g' \
		-e 's/\b[0-9]{2,5}\b/N/g' -e 's/^ *[0-9] (alice|\/)/S \1/' -e 's/set [0-9] /set S /' -e 's/ +/ /g' -e 's/^ //' -e 's/ $//'
}

# Runs $command in this shell, so that what it puts into the background stays.
run_command() {
	echo "# $command" >&2
	eval "$command" >/run/rig/tour.out 2>&1
	[[ $command == *'&' ]] || return 0
	background=$!
	wait_until 10 someone_is_live
}

someone_is_live() {
	[ -n "$(nsisolate list -n -o set)" ] && pgrep -u alice -x sleep >/dev/null
}

# What the page says, up to a line "..." that leaves the rest out.
compare() {
	local got want=$expected

	got=$(plain </run/rig/tour.out)
	if [[ $want == *$'\n...' ]]; then
		want=${want%$'\n...'}
		got=$(head -n "$(wc -l <<<"$want")" <<<"$got")
	fi
	expect_eq "$got" "$(plain <<<"$want")" "# ${command%%$'\n'*}"
}

finish() {
	[ -n "$command" ] || return 0
	case_begin "# ${command%%$'\n'*}"
	run_command
	compare
	case_ok
	count=$((count + 1))
}

command='' expected='' count=0 inside=false
while IFS= read -r line <&3; do
	case $inside:$line in
	'false:```console') inside=true ;;
	'true:```')
		finish
		command='' expected='' inside=false
		;;
	true:'# '*)
		finish
		command=${line#'# '} expected=''
		if [[ $command == *"<<'END'" ]]; then
			while IFS= read -r line <&3; do
				command+=$'\n'$line
				[ "$line" != END ] || break
			done
		fi
		;;
	true:*) expected+=${expected:+$'\n'}$line ;;
	esac
done 3<$page

case_begin "the tour has all of its stations"
for verb in check show run list matrix enter close; do
	grep -q "^# nsisolate $verb" $page || fail "no $verb"
done
[ $count -ge 10 ] || fail "only $count commands"
rm -f /tmp/readme-of-the-host && touch /tmp/host-mark
rm -rf $statedir/u2001
hostname rig
wait "$background" # it was ended
expect_all_gone
case_ok
