/* SPDX-License-Identifier: MIT */
/* A fault of the module: with each session that is closed it adds beyond the range of an int. */
#include <limits.h>
#include <security/pam_modules.h>
#include <stdint.h>

void __real_report_closed(pam_handle_t *pamh, const char *user, uint32_t uid, uint64_t set);
void __wrap_report_closed(pam_handle_t *pamh, const char *user, uint32_t uid, uint64_t set);

void __wrap_report_closed(pam_handle_t *pamh, const char *user, uint32_t uid, uint64_t set)
{
	volatile int large = INT_MAX;

	large = large + 1; /* UBSan: signed-integer-overflow */
	__real_report_closed(pamh, user, uid, set);
}
