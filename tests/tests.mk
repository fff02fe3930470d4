# SPDX-License-Identifier: MIT
# The rings of tests, from quick to complete.

.PHONY: check check-source check-unit check-pam check-session demo
check: all $(units) $(tools) ## every test that this machine can run (as root: all)
	tests/run source unit pam session

check-source: all ## directions of includes, exports, sizes of files
	tests/run source

check-unit: $(units) ## the rooms one by one, no root needed
	tests/run unit

check-pam: all $(tools) ## the module alone: loading, arguments, return values
	tests/run pam

check-session: all $(tools) ## real consumers in private namespaces, needs root
	tests/run session

demo: ## two people log in over a real sshd and see different worlds
	+tests/demo

.PHONY: test-tools
test-tools: $(tools)
