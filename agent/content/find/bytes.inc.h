/* SPDX-License-Identifier: Apache-2.0 */
/* Prints without a shuffle: by tables in memory, at the places that masks leave. */

struct tables {
	const struct weir_finder *finder;
};

static void tables_load(struct tables *tables, const struct weir_finder *finder)
{
	tables->finder = finder;
}

static always_inline_ bool is_hex(uint8_t c)
{
	return (uint8_t)(c - '0') < 10 || (uint8_t)((c | 0x20) - 'a') < 6;
}

static always_inline_ bool is_break(const uint8_t *p)
{
	return p[0] == '=' && (p[1] == '\n' || p[1] == '\r' || p[1] == '?');
}

static always_inline_ bool is_escape(const uint8_t *p)
{
	return (p[0] == '\\' || p[0] == '%' || p[0] == '=' || p[0] == '&') &&
	       (is_hex(p[1]) || p[1] == 'u' || p[1] == '#' || p[1] == '?' || p[1] == '\n' ||
		p[1] == '\r');
}

static always_inline_ void odd_prints(const struct tables *tables, const uint8_t *p, uint64_t lead,
				      struct find_odd_masks *o)
{
	find_odd_prints_at(&tables->finder->odd, p, lead, o);
}

/* By the first two bytes of a word. */
static always_inline_ uint64_t heads_at(const struct tables *tables, const uint8_t *p,
					uint64_t from)
{
	const struct find_words *words = &tables->finder->words;
	uint64_t places = 0;

	for (; from; from &= from - 1) {
		unsigned at = (unsigned)__builtin_ctzll(from);
		unsigned head = p[at] | (unsigned)p[at + 1] << 8;

		places |= (uint64_t)(words->heads[head >> 3] >> (head & 7) & 1) << at;
	}
	return places;
}

#define HANZI_BACK 0
#define LATIN_BACK 0

static always_inline_ void classify_words(const struct tables *tables, const uint8_t *p,
					  const struct columns *c, size_t i,
					  struct find_word_masks *words)
{
	const struct find_words *all = &tables->finder->words;

	*words = (struct find_word_masks){0};
	if (all->hanzi.any)
		words->hanzi = heads_at(tables, p, c->lead[i]);
	if (all->latin.joined)
		words->joined = heads_at(tables, p, ~c->high[i]);
	else if (all->latin.any)
		words->latin = heads_at(tables, p, ~c->high[i]);
}
