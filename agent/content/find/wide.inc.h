/* SPDX-License-Identifier: Apache-2.0 */
/* Masks by comparing, for instruction sets that compare 16 or 32 bytes: behind their
 *   struct wide, wide_load(p), wide_equal(wide, c), wide_range(wide, first, last), wide_from(wide, c)
 * of which the last three give a mask of 64 bits. */

static always_inline_ void classify(const uint8_t *p, struct find_masks *m)
{
	struct wide bytes = wide_load(p);

	m->digit = wide_range(bytes, '0', '9');
	m->upper = wide_range(bytes, 'A', 'Z');
	m->letter = m->upper | wide_range(bytes, 'a', 'z');
	m->separator =
		wide_range(bytes, ',', '/') | wide_equal(bytes, ' ') | wide_equal(bytes, '_');
	m->at = wide_equal(bytes, '@');
	m->less = wide_equal(bytes, '<');
	m->high = wide_from(bytes, 0x80);
	m->lead = wide_from(bytes, 0xc0);
}

static always_inline_ void classify_odd(const struct tables *tables, const uint8_t *p,
					const struct find_masks *m, struct find_odd_masks *o)
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
	if (m->lead)
		odd_prints(tables, p, m->lead, o);
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
