# shellcheck shell=bash
# SPDX-License-Identifier: MIT
# What does docs/debian.md tell an administrator to type?  The document itself is read and run.

doc_commands() {
	sed -n '/^```sh$/,/^```$/{/^```/d;p}' "$here/debian.md"
}

run_as_written() { # COMMAND
	local ssh="ssh ${ssh_options[*]}"

	bash -c "${1/#ssh /$ssh }" </dev/null
}

# All but the first, which installs the packages.
run_the_rest() {
	local command out

	while IFS= read -r command; do
		out=$(run_as_written "$command" 2>&1) || fail "status $? from: $command: $out"
		[[ $command != ssh* ]] || expect_eq "$(xargs <<<"$out")" vmtest-alice "what alice sees"
	done < <(doc_commands | tail -n +2)
}
