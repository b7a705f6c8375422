/* SPDX-License-Identifier: Apache-2.0 */
#include "figures.h"

#include <math.h>

#define Z 1.959963984540054 /* the normal distribution's 97.5 % point */

struct interval figures_share(uint64_t k, uint64_t n)
{
	const double p = n ? (double)k / (double)n : 0, m = (double)n;
	double centre, half;

	if (n == 0)
		return (struct interval){};
	centre = (p + Z * Z / (2 * m)) / (1 + Z * Z / m);
	half = Z / (1 + Z * Z / m) * sqrt(p * (1 - p) / m + Z * Z / (4 * m * m));
	return (struct interval){.known = true,
				 .value = p,
				 .low = fmax(0, centre - half),
				 .high = fmin(1, centre + half)};
}

struct interval figures_ratio(uint64_t before, double exposure_before, uint64_t after,
			      double exposure_after)
{
	double ratio, spread;

	if (!before || !after || exposure_before <= 0 || exposure_after <= 0)
		return (struct interval){};
	ratio = ((double)after / exposure_after) / ((double)before / exposure_before);
	spread = exp(Z * sqrt(1.0 / (double)before + 1.0 / (double)after));
	return (struct interval){
		.known = true, .value = ratio, .low = ratio / spread, .high = ratio * spread};
}

double figures_round(double value)
{
	return round(value * 1000) / 1000;
}
