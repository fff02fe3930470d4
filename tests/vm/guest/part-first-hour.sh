# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# docs/first-hour.md, as it stands: every command is typed, and answers what the page says.

# The page's commands, one after the other: "# COMMAND" and behind it the lines of the answer.
hour_read() { # FUNCTION: called with COMMAND and ANSWER for each
	local line command='' answer='' inside=
	while IFS= read -r line; do
		case $line in
		'```console') inside=1 ;;
		'```') [ -z "$command" ] || "$1" "$command" "${answer%$'\n'}"; inside='' command='' answer='' ;;
		'# '*)
			[ -n "$inside" ] || continue
			[ -z "$command" ] || "$1" "$command" "${answer%$'\n'}"
			command=${line#'# '} answer=''
			;;
		*) [ -z "$inside" ] || answer+=$line$'\n' ;;
		esac
	done <"$here/first-hour.md"
}

# "..." stands for the rest of a line, and alone on a line for any number of lines.
hour_matches() { # GOT WANT
	local pattern=$2
	pattern=${pattern//\\/\\\\} pattern=${pattern//\*/\\*} pattern=${pattern//\?/\\?} pattern=${pattern//\[/\\[}
	pattern=${pattern//.../*}
	# shellcheck disable=SC2053
	[[ $1 == $pattern ]]
}

hour_try() { # COMMAND ANSWER
	local out
	count=$((count + 1))
	echo "# $1" >&2
	out=$(run_as_written "$(sed 's/| *ssh /| ssh /' <<<"$1")" 2>/root/first-hour.err) ||
		fail "status $? from: $1: $out $(cat /root/first-hour.err)"
	out=$(sed -E 's/ +/ /g; s/^ //; s/ $//' <<<"$out")
	hour_matches "$out" "$(sed -E 's/ +/ /g; s/ $//' <<<"$2")" ||
		fail "from: $1: got '$out', and the page says '$2'"
}

case_begin "the three transcripts of docs/first-hour.md"
count=0
hour_read hour_try
[ "$count" -gt 25 ] || fail "the page has $count commands"
case_ok
