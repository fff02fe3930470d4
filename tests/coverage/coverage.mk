# SPDX-License-Identifier: MIT
# Which lines and branches do the tests reach?  COVERAGE=1 is a build that counts; counters.c says how.

COVERAGE_RINGS ?= unit pam fuzz session
.PHONY: coverage
coverage: ## which lines and branches the rings of COVERAGE_RINGS reach: writes docs/coverage.md; half an hour, root
	+tests/coverage/run $(COVERAGE_RINGS)

ifdef COVERAGE
counters := $(B)/tests/coverage/counters.o
counting := $(module) $(helper) $(B)/nsisolate-limits $(B)/nsisolate $(units) $(fuzzers)
$(lib_obj) $(module_obj) $(helper_obj) $(limits_obj) $(ctl_obj): \
	override CFLAGS += -fprofile-arcs -ftest-coverage -fdata-sections -fprofile-info-section=gcov_info
$(counters): override CPPFLAGS += -DCOUNTERS_DIR='"$(abspath $(B))/collected"'
$(counting): $(counters)
$(counting): private override LDFLAGS += -Wl,-T,tests/coverage/counters.ld $(counters)
override LDFLAGS += --coverage
endif
