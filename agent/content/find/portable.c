/* SPDX-License-Identifier: Apache-2.0 */
/* Plain C, a byte at a time. */

#include <string.h>

#include "masks.h"
#include "scan.h"

#include "bytes.inc.h"

static always_inline_ void classify_block(const uint8_t *p, struct columns *c, size_t block)
{
	c->digit[block] = c->separator[block] = c->upper[block] = c->letter[block] = 0;
	c->at[block] = c->less[block] = c->high[block] = c->lead[block] = 0;
	for (unsigned i = 0; i < FIND_BLOCK; i++) {
		uint8_t byte = p[i];
		uint64_t bit = UINT64_C(1) << i;

		c->digit[block] |= (uint8_t)(byte - '0') < 10 ? bit : 0;
		c->upper[block] |= (uint8_t)(byte - 'A') < 26 ? bit : 0;
		c->letter[block] |= (uint8_t)((byte | 0x20) - 'a') < 26 ? bit : 0;
		c->separator[block] |=
			byte == ' ' || (byte >= ',' && byte <= '/') || byte == '_' ? bit : 0;
		c->at[block] |= byte == '@' ? bit : 0;
		c->less[block] |= byte == '<' ? bit : 0;
		c->high[block] |= byte >= 0x80 ? bit : 0;
		c->lead[block] |= byte >= 0xc0 ? bit : 0;
	}
}

static always_inline_ void classify(const uint8_t *p, size_t n, struct columns *c)
{
	for (size_t i = 0; i < n; i++)
		classify_block(p + i * FIND_BLOCK, c, FIND_FIRST + i);
}

static always_inline_ void classify_odd(const struct tables *tables, const uint8_t *p,
					uint64_t lead, struct find_odd_masks *o)
{
	*o = (struct find_odd_masks){0};
	for (unsigned i = 0; i < FIND_BLOCK; i++) {
		uint64_t bit = UINT64_C(1) << i;
		uint8_t c = p[i];

		o->escape |= is_escape(p + i) ? bit : 0;
		o->breaks |= is_break(p + i) ? bit : 0;
		o->alike |= c == 'O' || c == 'l' || c == 'I' || c == '|' ? bit : 0;
	}
	odd_prints(tables, p, lead, o);
}

static always_inline_ void classify_coded(const uint8_t *p, struct find_coded_masks *m)
{
	*m = (struct find_coded_masks){0};
	for (unsigned i = 0; i < FIND_BLOCK; i++) {
		uint8_t c = p[i];
		uint64_t bit = UINT64_C(1) << i;

		m->extra |= c == '+' || c == '/' || c == '_' || c == '-' ? bit : 0;
		m->hex |= is_hex(c) ? bit : 0;
		m->gap |= c == ' ' || c == ':' || c == '\n' ? bit : 0;
	}
}

#define FIND_VECTOR 16

#include "scan.inc.h"

static bool usable(void)
{
	return true;
}

const struct find_variant find_variant_portable = {"portable", usable, run};
