/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BENCH_PROGRAMS_H
#define BENCH_PROGRAMS_H

/* What the kernel says of the BPF programs whose name begins with "weir_": how often they ran, and for how long. */

#include <stddef.h>
#include <stdint.h>

#define BENCH_PROGRAMS 128

struct program {
	uint32_t id;
	char name[16];
	uint64_t runs, ns; /* since the first descriptor of bench_programs_count() was open */
};

/* Has the kernel keep time of programs, from now until the descriptor that is returned is closed; -EPERM where it may not. */
int bench_programs_count(void);

/* Fills in up to BENCH_PROGRAMS; the number, or negative errno. A guarded agent's programs are not there to be read. */
int bench_programs_read(struct program programs[static BENCH_PROGRAMS]);

#endif
