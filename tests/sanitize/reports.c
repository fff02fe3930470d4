/* SPDX-License-Identifier: MIT */
/*
 * The place of a sanitizer's reports: a file for each process.  The environment of a login's
 * processes is cleared, so the options are in the program.  Leaks are not looked for at the end of
 * a process, as that needs ptrace(2) of a process that is not dumpable.
 */
#define REPORTS_TO "log_path=" REPORTS_DIR "/report:print_stacktrace=1"

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

__attribute__((visibility("default"))) const char *__asan_default_options(void)
{
	return REPORTS_TO ":detect_leaks=0";
}

__attribute__((visibility("default"))) const char *__ubsan_default_options(void)
{
	return REPORTS_TO;
}
