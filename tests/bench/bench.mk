# SPDX-License-Identifier: MIT
# The benchmark: what a login costs, beside others and the bare system calls.
bench_src := $(sort $(wildcard tests/bench/*.c))
bench_bin := $(B)/tests/bench/bench

$(bench_bin): $(bench_src:%.c=$(B)/%.o)
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $^ -lpam

.PHONY: bench bench-tools bench-peers
bench-tools: $(bench_bin)

bench: all $(tools) $(bench_bin) ## measure logins, write build/bench and docs/benchmarks.md (BENCH_QUICK=1: a minute)
	+tests/bench/run

bench-peers: ## fetch the modules of others that the benchmark compares with, without installing them
	tests/bench/peers

-include $(bench_src:%.c=$(B)/%.d)
