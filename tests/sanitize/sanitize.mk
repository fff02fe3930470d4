# SPDX-License-Identifier: MIT
# SANITIZE=address,undefined or another list of -fsanitize: a report is a file in $(B)/collected, if that is there.
# PLANTED=1 adds a fault to the helper and one to the module, for which there must be a report.

.PHONY: check-sanitize
check-sanitize: ## logins with ASan in the helper and UBSan in the module, and that a report would be seen; needs root
	tests/run sanitize

ifdef SANITIZE
reports := $(B)/tests/sanitize/reports.o
planted := $(if $(PLANTED),$(B)/tests/sanitize/planted)
$(reports): override CPPFLAGS += -DREPORTS_DIR='"$(abspath $(B))/collected"'
$(module) $(helper): $(reports)
$(module) $(helper): override LDFLAGS += $(reports)
ifdef PLANTED
$(module): $(planted)_module.o
$(module): override LDFLAGS += $(planted)_module.o -Wl,--wrap=report_closed
$(helper): $(planted)_helper.o
$(helper): override LDFLAGS += $(planted)_helper.o -Wl,--wrap=call_free
endif
# A runtime of its own: the programs that load the module have none, and it exports nothing.
$(module): override LDFLAGS += $(if $(filter undefined,$(SANITIZE)),-static-libubsan)
endif
