/* SPDX-License-Identifier: MIT */
/* The head of every unit test: cmocka, the headers that it needs before it, and TEST(). */
#ifndef NSI_TEST_H
#define NSI_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The function of a test case.  @state is what its set-up has left, if it has one. */
#define TEST(name) static void name(void **state __attribute__((unused)))

#endif /* NSI_TEST_H */
