/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_REPORT_FIGURES_H
#define WEIR_CONSOLE_REPORT_FIGURES_H

/* The little statistics that reports use; docs/modules/console.md says what they mean. Pure. */

#include <stdbool.h>
#include <stdint.h>

struct interval {
	bool known; /* false: too little was counted, the rest is 0 */
	double value, low, high;
};

/* A share k of n with Wilson's 95 % interval. Unknown with n = 0. */
struct interval figures_share(uint64_t k, uint64_t n);

/* The rate of counts after a change over that before it (counts by exposure), with a 95 % interval
 * from the normal approximation of the logarithm of two Poisson rates. Unknown when a count or an
 * exposure is 0. */
struct interval figures_ratio(uint64_t before, double exposure_before, uint64_t after,
			      double exposure_after);

/* Rounded to three decimals, as it is shown and compared. */
double figures_round(double value);

#endif
