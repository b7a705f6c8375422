/* SPDX-License-Identifier: Apache-2.0 */
/* Check characters that are sums: the weights are the solution of one linear equation for each value,
 * modulo a prime. Ten is two and five, joined by the Chinese remainder theorem. */
#include "learn.h"

#include <string.h>

#define UNKNOWNS (WEIR_LEARN_LENGTH + 1)
/* So many equations beyond the unknowns must hold: by chance they do once in a hundred thousand million
 * times modulo two. */
#define SURPLUS 40

struct system {
	unsigned prime, unknowns, rank;
	uint8_t rows[UNKNOWNS][UNKNOWNS + 1]; /* reduced; row i leads in column lead[i] */
	uint8_t lead[UNKNOWNS];
	bool inconsistent;
};

static unsigned inverse(unsigned a, unsigned prime)
{
	for (unsigned i = 1; i < prime; i++)
		if (a * i % prime == 1)
			return i;
	return 0;
}

static void subtract(uint8_t *row, const uint8_t *by, unsigned factor, unsigned n, unsigned prime)
{
	for (unsigned i = 0; i < n; i++)
		row[i] = (uint8_t)((row[i] + (prime - factor) * by[i]) % prime);
}

/* One more equation, reduced by those before it. */
static void add_equation(struct system *s, uint8_t row[static UNKNOWNS + 1])
{
	unsigned n = s->unknowns + 1, lead = 0, factor;

	for (unsigned i = 0; i < s->rank; i++)
		if (row[s->lead[i]])
			subtract(row, s->rows[i], row[s->lead[i]], n, s->prime);
	while (lead < n && row[lead] == 0)
		lead++;
	if (lead == n)
		return;
	if (lead == s->unknowns) {
		s->inconsistent = true;
		return;
	}
	factor = inverse(row[lead], s->prime);
	for (unsigned i = 0; i < n; i++)
		row[i] = (uint8_t)(row[i] * factor % s->prime);
	for (unsigned i = 0; i < s->rank; i++)
		if (s->rows[i][lead])
			subtract(s->rows[i], row, s->rows[i][lead], n, s->prime);
	memcpy(s->rows[s->rank], row, n);
	s->lead[s->rank++] = (uint8_t)lead;
}

static int number_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : -1;
}

/* False when the values are no numbers with a check character of this modulus. */
static bool solve(const char *const *values, size_t n, unsigned len, unsigned modulus,
		  unsigned prime, struct system *s)
{
	*s = (struct system){.prime = prime, .unknowns = len};
	for (size_t v = 0; v < n && !s->inconsistent; v++) {
		uint8_t row[UNKNOWNS + 1] = {0};
		char last = values[v][len - 1];
		int check = modulus == 11 && last == 'X' ? 10 : number_of(last);

		if (check < 0 || check >= (int)modulus)
			return false;
		for (unsigned i = 0; i + 1 < len; i++) {
			int digit = number_of(values[v][i]);

			if (digit < 0)
				return false;
			row[i] = (uint8_t)((unsigned)digit % prime);
		}
		row[len - 1] = 1;
		row[len] = (uint8_t)((unsigned)check % prime);
		add_equation(s, row);
	}
	return !s->inconsistent && n >= s->rank + SURPLUS;
}

/* What is free is 0. */
static void solution(const struct system *s, uint8_t ret[static UNKNOWNS])
{
	memset(ret, 0, UNKNOWNS);
	for (unsigned i = 0; i < s->rank; i++)
		ret[s->lead[i]] = s->rows[i][s->unknowns];
}

static void put(struct weir_learn_weights *ret, unsigned modulus, unsigned len,
		const uint8_t weights[static UNKNOWNS])
{
	ret->modulus = modulus;
	ret->count = len - 1;
	memcpy(ret->weight, weights, len - 1);
	ret->constant = weights[len - 1];
}

static bool any_weight(const uint8_t weights[static UNKNOWNS], unsigned len)
{
	for (unsigned i = 0; i + 1 < len; i++)
		if (weights[i])
			return true;
	return false;
}

void learn_weights(const char *const *values, size_t n, unsigned len,
		   struct weir_learn_weights *ret)
{
	uint8_t two[UNKNOWNS], five[UNKNOWNS], joined[UNKNOWNS] = {0};
	struct system s;

	*ret = (struct weir_learn_weights){0};
	if (len < 3)
		return;
	if (solve(values, n, len, 11, 11, &s)) {
		solution(&s, joined);
		if (any_weight(joined, len))
			put(ret, 11, len, joined);
		return;
	}
	if (!solve(values, n, len, 10, 5, &s))
		return;
	solution(&s, five);
	if (!solve(values, n, len, 10, 2, &s))
		return;
	solution(&s, two);
	for (unsigned i = 0; i < len; i++) /* five x mod 5, two x mod 2 */
		joined[i] = (uint8_t)((five[i] * 6 + two[i] * 5) % 10);
	if (any_weight(joined, len))
		put(ret, 10, len, joined);
}
