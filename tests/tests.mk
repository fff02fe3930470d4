# SPDX-License-Identifier: MIT
# The rings of tests, from quick to complete.

.PHONY: check check-rings check-source check-unit check-pam check-session demo
RINGS ?= source unit pam docs fuzz session attack race fault
check: ## installs what is lacking; every test that this machine can run (as root: all)
	@tools/install-packages build test programs
	@tools/unpack-packages modules
	+@$(MAKE) --no-print-directory check-rings

check-rings: all $(units) $(tools) fuzzers ## the same without installing; RINGS="unit session:sshd" names some
	tests/run $(RINGS)

.PHONY: check-long
check-long: all $(units) $(tools) ## the long forms: every call with every error, 10,000 logins; hours, needs root
	FAULTS=1 UNIT_SECONDS=1200 tests/run unit
	LONG=1 SWEEP=full tests/run race attack fault container:slurm12 container:slurm13

check-source: all ## directions of includes, exports, sizes of files
	tests/run source

check-unit: $(units) ## the rooms one by one, no root needed
	tests/run unit

check-pam: all $(tools) ## the module alone: loading, arguments, return values
	tests/run pam

check-session: all $(tools) ## real consumers in private namespaces, needs root
	tests/run session

.PHONY: check-package check-container check-vm check-short
check-package: ## the Debian packages: lintian, hardening, the same bytes twice
	tests/run package

check-container: ## Debian 12 and 13 booted in containers, as people use them; needs root
	tests/run container

.PHONY: check-desktops
check-desktops: ## every display manager of Debian 12 and 13, with typed passwords and screenshots; needs root
	tests/run desktops

check-vm: ## the same on their own kernels in QEMU; slow, needs root
	tests/run vm:debian12 vm:debian13 vm:limits

check-short: ## Debian 12 on its own kernel in QEMU, booted once; needs root
	tests/run vm:short

.PHONY: check-bare
check-bare: ## the README's two commands on a Debian 12 and a Debian 13 that have nothing; needs root
	tests/run bare

.PHONY: check-compilers
check-compilers: ## gcc 12 to 16, clang 14 to 23, cmocka 1 and 2, cross to arm64 and i386; needs root
	tests/run compilers

.PHONY: check-systems
check-systems: ## Debian 12, 13, forky and sid, sysvinit, OpenRC, i386, arm64: writes docs/systems.md; needs root
	tests/systems/run

demo: ## two users log in over a real sshd and see different systems
	+tests/demo

.PHONY: test-tools test-units
test-tools: $(tools)
test-units: $(units)

# The fuzz targets: with FUZZ=1 CC=clang as libFuzzer programs, else as runners of a corpus.
fuzz_src  := $(sort $(wildcard tests/fuzz/fuzz_*.c))
fuzzers   := $(fuzz_src:%.c=$(B)/%)
fuzz_main := $(if $(FUZZ),,$(B)/tests/fuzz/standalone.o)
ifdef FUZZ
override CFLAGS  += -fsanitize=fuzzer-no-link
$(fuzzers): override LDFLAGS += -fsanitize=fuzzer
endif

$(B)/tests/fuzz/fuzz_%: $(B)/tests/fuzz/fuzz_%.o $(fuzz_main) $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^ $(helper_libs)

$(B)/tests/fuzz/fuzz_convert: $(B)/ctl/namespace_conf.o

$(B)/tests/fuzz/images $(B)/tests/fuzz/samples: $(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^ $(helper_libs)

-include $(patsubst %.c,$(B)/%.d,$(wildcard tests/fuzz/*.c))

.PHONY: fuzzers check-fuzz
fuzzers: $(fuzzers) $(if $(FUZZ),,$(B)/tests/fuzz/images $(B)/tests/fuzz/samples) ## the fuzz targets

check-fuzz: fuzzers ## the fuzz targets over their corpus, in a few seconds
	tests/run fuzz

include tests/bench/bench.mk
