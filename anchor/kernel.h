/* SPDX-License-Identifier: MIT */
/* System calls, with or without a C library. */
#ifndef NSI_ANCHOR_KERNEL_H
#define NSI_ANCHOR_KERNEL_H

#include <sys/syscall.h>

/*
 * DOC: why there is no C library
 *
 * There are as many anchors as live sets.  A program that is linked with glibc, statically,
 * dirties some 30 KiB before its main(), and its page tables are as large again; this one
 * dirties a page of stack.  For a machine that is none of those below, the Makefile leaves
 * -ffreestanding out, and the same program is linked with the C library.
 *
 * kernel_call() is syscall(2), but for a failure, which it returns as -errno (below zero).
 * The program starts in anchor_run(), which gets argv and the environment, each ended by NULL.
 */
void anchor_run(char **argv, char **env) __attribute__((noreturn));

#if __STDC_HOSTED__

#include <errno.h>
#include <unistd.h>

static inline long kernel_call(long number, long a, long b, long c, long d)
{
	long r = syscall(number, a, b, c, d);

	return r < 0 ? -errno : r;
}

int main(int argc, char **argv, char **env)
{
	(void)argc;
	anchor_run(argv, env);
}

#else

#if defined(__x86_64__) && defined(__LP64__)

static inline long kernel_call(long number, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return r;
}

/* The first frame is aligned, and has nobody to return to (System V ABI, 3.4.1). */
__asm__(".globl _start\n"
	"_start:\n"
	"	endbr64\n"
	"	xorl %ebp, %ebp\n"
	"	movq %rsp, %rdi\n"
	"	andq $-16, %rsp\n"
	"	call kernel_start\n");

#elif defined(__aarch64__)

static inline long kernel_call(long number, long a, long b, long c, long d)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
	return x0;
}

__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	bl kernel_start\n");

#elif defined(__riscv) && __riscv_xlen == 64

static inline long kernel_call(long number, long a, long b, long c, long d)
{
	register long a7 __asm__("a7") = number;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
	return a0;
}

__asm__(".globl _start\n"
	"_start:\n"
	"	mv a0, sp\n"
	"	andi sp, sp, -16\n"
	"	call kernel_start\n");

#else
#error "no system calls are known for this machine: build without -ffreestanding"
#endif

/* The initial stack (execve(2)): the count of arguments, the arguments, the environment. */
__attribute__((used, noreturn)) static void kernel_start(long *stack)
{
	char **argv = (char **)(stack + 1);

	anchor_run(argv, argv + stack[0] + 1);
}

#endif

#endif /* NSI_ANCHOR_KERNEL_H */
