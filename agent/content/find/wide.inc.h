/* SPDX-License-Identifier: Apache-2.0 */
/* Masks by comparing, for instruction sets that compare 16 or 32 bytes: behind their
 *   struct wide, wide_load(p), wide_equal(wide, c), wide_range(wide, first, last), wide_from(wide, c)
 * of which the last three give a mask of 64 bits. */

static always_inline_ void classify(const uint8_t *p, size_t n, struct columns *c)
{
	for (size_t i = FIND_FIRST; i < FIND_FIRST + n; i++, p += FIND_BLOCK) {
		struct wide bytes = wide_load(p);

		c->digit[i] = wide_range(bytes, '0', '9');
		c->upper[i] = wide_range(bytes, 'A', 'Z');
		c->letter[i] = c->upper[i] | wide_range(bytes, 'a', 'z');
		c->separator[i] = wide_range(bytes, ',', '/') | wide_equal(bytes, ' ') |
				  wide_equal(bytes, '_');
		c->at[i] = wide_equal(bytes, '@');
		c->less[i] = wide_equal(bytes, '<');
		c->high[i] = wide_from(bytes, 0x80);
		c->lead[i] = wide_from(bytes, 0xc0);
	}
}

static always_inline_ void classify_odd(const struct tables *tables, const uint8_t *p,
					uint64_t lead, struct find_odd_masks *o)
{
	struct wide bytes = wide_load(p), next = wide_load(p + 1);
	uint64_t equals = wide_equal(bytes, '=');

	o->escape = equals | wide_range(bytes, '%', '&') | wide_equal(bytes, '\\');
	o->breaks = 0;
	o->alike = wide_equal(bytes, 'O') | wide_equal(bytes, 'l') | wide_equal(bytes, 'I') |
		   wide_equal(bytes, '|');
	o->beyond = o->numerals = 0;
	if (o->escape) {
		uint64_t breaks =
			wide_equal(next, '\n') | wide_equal(next, '\r') | wide_equal(next, '?');

		o->breaks = equals & breaks;
		o->escape &= breaks | wide_equal(next, 'u') | wide_equal(next, '#') |
			     wide_range(next, '0', '9') | wide_range(next, 'A', 'F') |
			     wide_range(next, 'a', 'f');
	}
	if (lead)
		odd_prints(tables, p, lead, o);
}

static always_inline_ void classify_coded(const uint8_t *p, struct find_coded_masks *m)
{
	struct wide bytes = wide_load(p);

	m->extra = wide_equal(bytes, '+') | wide_equal(bytes, '/') | wide_equal(bytes, '_') |
		   wide_equal(bytes, '-');
	m->hex = wide_range(bytes, '0', '9') | wide_range(bytes, 'A', 'F') |
		 wide_range(bytes, 'a', 'f');
	m->gap = wide_equal(bytes, ' ') | wide_equal(bytes, ':') | wide_equal(bytes, '\n');
}
