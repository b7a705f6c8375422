/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_PROGRAMS_H
#define BENCH_PROGRAMS_H

/* What the kernel says of the BPF programs whose name begins with "weir_": how often they ran, and for how long. */

#include <stddef.h>
#include <stdint.h>

#define BENCH_PROGRAMS 128

struct btf;

struct program {
	uint32_t id;
	char name[64];	   /* the function of the kernel that it sits on, or its own name */
	uint64_t runs, ns; /* while an account was open */
};

/* While it is open the kernel keeps time of programs. */
struct account {
	int stats;
	struct btf *kernel; /* NULL: functions have no names */
};

/* 0 or negative errno: -EPERM where the kernel may not be asked. */
int bench_account_open(struct account *account);
void bench_account_close(struct account *account);

/* Fills in up to BENCH_PROGRAMS; the number, or negative errno. A guarded agent's programs are not there to be read. */
int bench_account_read(const struct account *account,
		       struct program programs[static BENCH_PROGRAMS]);

#endif
