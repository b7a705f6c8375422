/* SPDX-License-Identifier: Apache-2.0 */
/* The pass itself, in three stages over a batch of blocks: masks of each block, with tables in
 * registers; arithmetic on columns of masks, which the compiler makes vectors of; calls for the few
 * blocks where something shows. Included once by each variant, behind its own
 *   struct tables, tables_load(&tables, finder)
 *   classify(p, &m), classify_odd(&tables, p, &m, &odd), classify_coded(p, &coded)
 *   classify_words(&tables, p, &m, &words), in the order of the blocks
 *   HANZI_BACK, LATIN_BACK: how many bytes before its bit in words a word begins
 * p[0..64 + FIND_BEHIND) is readable. */

#define FIND_BEHIND 8
#define FIND_BATCH  64 /* the blocks of a batch are the bits of a word */

#define likely_(x)   __builtin_expect(!!(x), 1)
#define unlikely_(x) __builtin_expect(!!(x), 0)

/* A mask of each block: [0] of the block before the batch, [1..n] of the batch. What stands behind
 * that is left from another batch; only [n + 1] of digit has its lowest bit right. */
typedef uint64_t column[FIND_BATCH + 2];

struct columns {
	column digit, separator, upper, letter, at, less, high, lead;
	column hanzi, latin, joined;
	column escape, breaks, alike, beyond, numeral;
	column extra, hex, gap;
	/* chains: n bytes in a row, what stands behind the end of one that is long enough */
	column span, span2, span6, span_end;
	column alnum, alnum2, alnum4, alnum8, alnum15, token_end;
	/* single places, by the byte that the function called wants */
	column sign, plate, iban, house, filler;
	column start, hanzi_word, latin_word;
	column coded, coded2, coded4, coded8, run;
	column pair, pair2, pair4, pairs;
	column like, like2, like4, like8, ten, touching, digit_gap, maybe_odd;
	column shows; /* any of what is looked at */
};

/* The masks of a few blocks side by side. */
typedef uint64_t masks
	__attribute__((vector_size(FIND_VECTOR), aligned(sizeof(uint64_t)), may_alias));

#define EACH_FEW(i, n) for (size_t i = 1; i <= (n); i += FIND_VECTOR / sizeof(uint64_t))

/* Of block i of a column and those after it. */
#define FEW(column, i) (*(masks *)((column) + (i)))

/* Each bit says what stands n bytes before it, n of 0 to 63. */
#define BEFORE(column, i, n) (FEW(column, i) << (n) | FEW(column, (i)-1) >> 1 >> (63 - (n)))

static always_inline_ unsigned lowest(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

static always_inline_ uint64_t from_bit(unsigned n)
{
	return n >= 64 ? 0 : ~UINT64_C(0) << n;
}

/* The 64 bits before bit `end` of block i, the last of them at the top. */
static always_inline_ uint64_t bits_before(const uint64_t *marks, size_t i, unsigned end)
{
	return marks[i] << 1 << (63 - end) | marks[i - 1] >> end;
}

/* --- columns --- */

static always_inline_ void mark_spans(struct columns *c, size_t n)
{
	EACH_FEW (i, n)
		FEW(c->span, i) =
			FEW(c->digit, i) | (FEW(c->separator, i) & BEFORE(c->digit, i, 1) &
					    (FEW(c->digit, i) >> 1 | FEW(c->digit, i + 1) << 63));
	EACH_FEW (i, n)
		FEW(c->span2, i) = FEW(c->span, i) & BEFORE(c->span, i, 1);
	EACH_FEW (i, n)
		FEW(c->span6, i) =
			FEW(c->span2, i) & BEFORE(c->span2, i, 2) & BEFORE(c->span2, i, 4);
	EACH_FEW (i, n)
		FEW(c->span_end, i) = BEFORE(c->span6, i, 1) & ~FEW(c->span, i);
}

static always_inline_ void mark_tokens(struct columns *c, size_t n)
{
	EACH_FEW (i, n)
		FEW(c->alnum2, i) = FEW(c->alnum, i) & BEFORE(c->alnum, i, 1);
	EACH_FEW (i, n)
		FEW(c->alnum4, i) = FEW(c->alnum2, i) & BEFORE(c->alnum2, i, 2);
	EACH_FEW (i, n)
		FEW(c->alnum8, i) = FEW(c->alnum4, i) & BEFORE(c->alnum4, i, 4);
	EACH_FEW (i, n)
		FEW(c->alnum15, i) = FEW(c->alnum8, i) & BEFORE(c->alnum8, i, 7);
	EACH_FEW (i, n)
		FEW(c->token_end, i) = BEFORE(c->alnum15, i, 1) & ~FEW(c->alnum, i);
}

static always_inline_ void mark_alnum(struct columns *c, size_t n)
{
	EACH_FEW (i, n)
		FEW(c->alnum, i) = FEW(c->digit, i) | FEW(c->letter, i);
}

static always_inline_ void mark_signs(struct columns *c, size_t n, unsigned places)
{
	if (places & WEIR_PLACE_AT)
		EACH_FEW (i, n)
			FEW(c->sign, i) =
				BEFORE(c->at, i, 1) &
				(FEW(c->digit, i) | FEW(c->letter, i) | FEW(c->separator, i)) &
				~BEFORE(c->high, i, 2);
	if (places & WEIR_PLACE_PLATE)
		EACH_FEW (i, n)
			FEW(c->plate, i) = FEW(c->upper, i) & BEFORE(c->high, i, 1) &
					   BEFORE(c->high, i, 2) & BEFORE(c->lead, i, 3) &
					   ~(BEFORE(c->lead, i, 1) | BEFORE(c->lead, i, 2));
	if (places & WEIR_PLACE_IBAN)
		EACH_FEW (i, n)
			FEW(c->iban, i) = FEW(c->digit, i) & BEFORE(c->digit, i, 1) &
					  BEFORE(c->upper, i, 2) & BEFORE(c->upper, i, 3);
	if (places & WEIR_PLACE_HOUSE)
		EACH_FEW (i, n)
			FEW(c->house, i) = FEW(c->lead, i) & BEFORE(c->digit, i, 1);
	if (places & WEIR_PLACE_FILLER)
		EACH_FEW (i, n)
			FEW(c->filler, i) = FEW(c->less, i) & BEFORE(c->less, i, 1) &
					    BEFORE(c->less, i, 2) & ~BEFORE(c->less, i, 3);
}

static always_inline_ void mark_words(struct columns *c, size_t n)
{
	/* where a latin word may begin: at a letter, but not behind one unless it is a capital
	 * behind a small one; words that begin otherwise are among the joined */
	EACH_FEW (i, n)
		FEW(c->start, i) =
			FEW(c->letter, i) &
			(~BEFORE(c->letter, i, 1) | (FEW(c->upper, i) & ~BEFORE(c->upper, i, 1)));
	EACH_FEW (i, n) {
		FEW(c->hanzi_word, i) = FEW(c->hanzi, i) & BEFORE(c->lead, i, HANZI_BACK);
		FEW(c->latin_word, i) =
			FEW(c->joined, i) | (FEW(c->latin, i) & BEFORE(c->start, i, LATIN_BACK));
	}
}

static always_inline_ void mark_coded(struct columns *c, size_t n)
{
	EACH_FEW (i, n) {
		FEW(c->coded, i) = FEW(c->alnum, i) | FEW(c->extra, i);
		FEW(c->pair, i) = FEW(c->hex, i) & BEFORE(c->hex, i, 1) & BEFORE(c->gap, i, 2);
	}
	EACH_FEW (i, n) {
		FEW(c->coded2, i) = FEW(c->coded, i) & BEFORE(c->coded, i, 1);
		FEW(c->pair2, i) = FEW(c->pair, i) & BEFORE(c->pair, i, 3);
	}
	EACH_FEW (i, n) {
		FEW(c->coded4, i) = FEW(c->coded2, i) & BEFORE(c->coded2, i, 2);
		FEW(c->pair4, i) = FEW(c->pair2, i) & BEFORE(c->pair2, i, 6);
	}
	EACH_FEW (i, n) {
		FEW(c->coded8, i) = FEW(c->coded4, i) & BEFORE(c->coded4, i, 4);
		FEW(c->pairs, i) = FEW(c->pair4, i) & BEFORE(c->pair4, i, 12);
	}
	EACH_FEW (i, n)
		FEW(c->run, i) =
			FEW(c->coded8, i) & BEFORE(c->coded8, i, 8) & BEFORE(c->coded8, i, 16);
}

/* The tenth and later of digits and what looks like one in a row. */
static always_inline_ void mark_alike(struct columns *c, size_t n)
{
	EACH_FEW (i, n) {
		FEW(c->like, i) = FEW(c->digit, i) | FEW(c->alike, i);
		FEW(c->touching, i) = (FEW(c->alike, i) & BEFORE(c->digit, i, 1)) |
				      (FEW(c->digit, i) & BEFORE(c->alike, i, 1));
	}
	EACH_FEW (i, n)
		FEW(c->like2, i) = FEW(c->like, i) & BEFORE(c->like, i, 1);
	EACH_FEW (i, n)
		FEW(c->like4, i) = FEW(c->like2, i) & BEFORE(c->like2, i, 2);
	EACH_FEW (i, n)
		FEW(c->like8, i) = FEW(c->like4, i) & BEFORE(c->like4, i, 4);
	EACH_FEW (i, n)
		FEW(c->ten, i) = FEW(c->like8, i) & BEFORE(c->like2, i, 8);
}

/* Of a pair of blocks one at least has what is marked here, if the pair may be odd. */
static always_inline_ void mark_odd(struct columns *c, size_t n)
{
	mark_alike(c, n);
	EACH_FEW (i, n) {
		/* a lead with a byte from 0x80 behind it */
		FEW(c->beyond, i) &= FEW(c->high, i) >> 1 | FEW(c->high, i + 1) << 63;
		/* digits behind a digit and one character of two or three bytes */
		FEW(c->digit_gap, i) = FEW(c->digit, i) & BEFORE(c->high, i, 1) &
				       ((BEFORE(c->lead, i, 2) & BEFORE(c->digit, i, 3)) |
					(BEFORE(c->lead, i, 3) & BEFORE(c->digit, i, 4)));
		FEW(c->maybe_odd, i) = FEW(c->beyond, i) | FEW(c->breaks, i) | FEW(c->ten, i) |
				       FEW(c->digit_gap, i) |
				       (FEW(c->numeral, i) & (FEW(c->numeral, i) - 1)) |
				       (FEW(c->escape, i) & (FEW(c->escape, i) - 1));
	}
}

static always_inline_ void mark_shows(struct columns *c, size_t n, unsigned places)
{
	EACH_FEW (i, n) {
		masks any = {0};

		if (places & WEIR_PLACE_SPAN)
			any |= FEW(c->span_end, i);
		if (places & WEIR_PLACE_TOKEN)
			any |= FEW(c->token_end, i);
		if (places & WEIR_PLACE_AT)
			any |= FEW(c->sign, i);
		if (places & WEIR_PLACE_PLATE)
			any |= FEW(c->plate, i);
		if (places & WEIR_PLACE_IBAN)
			any |= FEW(c->iban, i);
		if (places & WEIR_PLACE_HOUSE)
			any |= FEW(c->house, i);
		if (places & WEIR_PLACE_FILLER)
			any |= FEW(c->filler, i);
		if (places & WEIR_PLACE_WORD)
			any |= FEW(c->hanzi_word, i) | FEW(c->latin_word, i);
		if (places & WEIR_PLACE_CODED)
			any |= FEW(c->run, i) | FEW(c->pairs, i);
		if (places & WEIR_PLACE_ODD)
			any |= FEW(c->maybe_odd, i) | FEW(c->maybe_odd, i - 1);
		FEW(c->shows, i) = any;
	}
}

static always_inline_ void mark(struct columns *c, size_t n, unsigned places)
{
	if (places & WEIR_PLACE_SPAN)
		mark_spans(c, n);
	if (places & (WEIR_PLACE_TOKEN | WEIR_PLACE_CODED))
		mark_alnum(c, n);
	if (places & WEIR_PLACE_TOKEN)
		mark_tokens(c, n);
	mark_signs(c, n, places);
	if (places & WEIR_PLACE_WORD)
		mark_words(c, n);
	if (places & WEIR_PLACE_CODED)
		mark_coded(c, n);
	if (places & WEIR_PLACE_ODD)
		mark_odd(c, n);
	mark_shows(c, n, places);
}

/* --- blocks where something shows --- */

static always_inline_ void short_span(struct find_scan *scan, size_t end, unsigned len,
				      uint64_t runs)
{
	struct weir_candidate *span = find_slot(scan, end - len);
	unsigned digits = (unsigned)__builtin_popcountll(runs);

	if (!span)
		return;
	span->start = (uint32_t)(end - len);
	span->end = (uint32_t)end;
	span->place = WEIR_PLACE_SPAN;
	span->word = 0;
	span->digits = (uint16_t)digits;
	span->separators = (uint16_t)(len - digits);
	span->runs = runs;
	find_append(scan);
}

static always_inline_ void span_ends(struct find_scan *scan, ptrdiff_t block,
				     const struct columns *c, size_t i)
{
	for (uint64_t ends = c->span_end[i]; ends; ends &= ends - 1) {
		unsigned at = lowest(ends), len;
		uint64_t rest = ~bits_before(c->span, i, at);
		size_t end = (size_t)(block + at);

		if (unlikely_(!rest)) {
			find_emit_span(scan, find_span_start(scan, end), end);
			continue;
		}
		len = (unsigned)__builtin_clzll(rest);
		short_span(scan, end, len, bits_before(c->digit, i, at) >> (64 - len));
	}
}

static void token_ends(struct find_scan *scan, ptrdiff_t block, const struct columns *c, size_t i)
{
	for (uint64_t ends = c->token_end[i]; ends; ends &= ends - 1) {
		unsigned at = lowest(ends), len, digits;
		uint64_t rest = ~bits_before(c->alnum, i, at);
		size_t end = (size_t)(block + at);

		if (!rest) {
			find_emit_token(scan, find_token_start(scan, end), end);
			continue;
		}
		len = (unsigned)__builtin_clzll(rest);
		digits = (unsigned)__builtin_popcountll(bits_before(c->digit, i, at) >> (64 - len));
		if (digits > 0 && digits < len)
			find_emit_at(scan, WEIR_PLACE_TOKEN, end - len, end);
	}
}

typedef void (*place_fn)(struct find_scan *scan, size_t at);

static always_inline_ void each(struct find_scan *scan, ptrdiff_t block, uint64_t bits,
				place_fn place)
{
	for (; unlikely_(bits); bits &= bits - 1)
		place(scan, (size_t)(block + lowest(bits)));
}

/* Words that may begin `back` bytes before the bits. All are sieved first, without a branch on what
 * comes out. */
static always_inline_ void each_word(struct find_scan *scan, ptrdiff_t block, uint64_t bits,
				     unsigned back, bool hanzi)
{
	ptrdiff_t first = block - (ptrdiff_t)back;
	uint64_t left = 0;

	if (first < 0 || (size_t)first + FIND_BLOCK + 8 > scan->len)
		left = bits;
	else
		for (; bits; bits &= bits - 1) {
			unsigned at = lowest(bits);

			left |= (uint64_t)find_words_may(scan->words, hanzi,
							 scan->data + first + at)
				<< at;
		}
	for (; left; left &= left - 1) {
		ptrdiff_t at = first + (ptrdiff_t)lowest(left);

		/* a print of one kind may fit bytes of the other */
		if (at >= 0 && at < (ptrdiff_t)scan->len && (scan->data[at] >= 0x80) == hanzi)
			find_words(scan, (size_t)at);
	}
}

static void coded_runs(struct find_scan *scan, ptrdiff_t block, uint64_t bits, place_fn place,
		       const size_t *until)
{
	while (bits) {
		if ((ptrdiff_t)*until > block)
			bits &= from_bit((unsigned)WEIR_MIN((ptrdiff_t)*until - block,
							    (ptrdiff_t)FIND_BLOCK));
		if (!bits)
			return;
		place(scan, (size_t)(block + lowest(bits)));
		bits &= bits - 1;
	}
}

static void odd_block_of(const struct columns *c, size_t i, struct find_odd_block *ret)
{
	*ret = (struct find_odd_block){
		.digit = c->digit[i],
		.beyond = c->beyond[i],
		.numeral = c->numeral[i],
		.escape = c->escape[i],
		.breaks = c->breaks[i],
		.gap = c->digit_gap[i],
		.ten = c->ten[i],
		.alike = c->touching[i],
		.digits = (unsigned)__builtin_popcountll(c->digit[i]),
		.numerals = (unsigned)__builtin_popcountll(c->numeral[i]),
		.escapes = (unsigned)__builtin_popcountll(c->escape[i]),
	};
}

static void odd_pair(struct find_scan *scan, ptrdiff_t block, const struct columns *c, size_t i)
{
	struct find_odd_block last, now;
	unsigned digits, numerals;

	odd_block_of(c, i - 1, &last);
	odd_block_of(c, i, &now);
	digits = now.digits + last.digits;
	numerals = now.numerals + last.numerals;
	if (((now.beyond | last.beyond) != 0) | (numerals >= 4 && digits + numerals >= 7) |
	    (now.escapes + last.escapes >= 4) | ((now.breaks | last.breaks) != 0) |
	    ((now.ten | last.ten) != 0 && (now.alike | last.alike) != 0) |
	    ((now.gap | last.gap) != 0 && digits >= 6))
		find_odd(scan, block, &last, &now);
}

static always_inline_ void show(struct find_scan *scan, ptrdiff_t block, unsigned places,
				const struct columns *c, size_t i)
{
	if (places & WEIR_PLACE_SPAN)
		span_ends(scan, block, c, i);
	if (places & WEIR_PLACE_TOKEN)
		token_ends(scan, block, c, i);
	if (places & WEIR_PLACE_AT)
		each(scan, block - 1, c->sign[i], find_at_sign);
	if (places & WEIR_PLACE_PLATE)
		each(scan, block, c->plate[i], find_plate);
	if (places & WEIR_PLACE_IBAN)
		each(scan, block, c->iban[i], find_iban);
	if (places & WEIR_PLACE_HOUSE)
		each(scan, block, c->house[i], find_house);
	if (places & WEIR_PLACE_FILLER)
		each(scan, block, c->filler[i], find_filler);
	if (places & WEIR_PLACE_CODED) {
		coded_runs(scan, block, c->run[i], find_coded, &scan->coded_until);
		coded_runs(scan, block, c->pairs[i], find_pairs, &scan->pairs_until);
	}
	if ((places & WEIR_PLACE_ODD) && (c->maybe_odd[i] | c->maybe_odd[i - 1]))
		odd_pair(scan, block, c, i);
	if (places & WEIR_PLACE_WORD) {
		if (unlikely_(c->hanzi_word[i]))
			each_word(scan, block, c->hanzi_word[i], HANZI_BACK, true);
		if (unlikely_(c->latin_word[i]))
			each_word(scan, block, c->latin_word[i], LATIN_BACK, false);
	}
}

/* Returns how many blocks were looked at: all of the batch, unless no more candidates fit. */
static always_inline_ size_t show_all(struct find_scan *scan, ptrdiff_t block, unsigned places,
				      const struct columns *c, size_t n)
{
	uint64_t shows = 0;

	for (size_t i = 0; i < n; i++)
		shows |= (uint64_t)(c->shows[i + 1] != 0) << i;
	/* what the block before the first shows begins before `from`, or shows again */
	if (block < scan->first)
		shows &= ~UINT64_C(1);
	for (; shows; shows &= shows - 1) {
		unsigned i = lowest(shows);
		ptrdiff_t here = block + (ptrdiff_t)i * FIND_BLOCK;

		if (unlikely_(find_full(scan)) && here > (ptrdiff_t)scan->from) {
			scan->to = WEIR_MIN(scan->to, (size_t)here);
			n = i + 1;
			shows = UINT64_C(1) << i;
		}
		show(scan, here, places, c, i + 1);
	}
	return n;
}

/* --- the pass --- */

static always_inline_ void classify_blocks(struct tables *state, const uint8_t *p, size_t n,
					   unsigned places, struct columns *c)
{
	struct tables tables = *state;

	for (size_t i = 1; i <= n; i++, p += FIND_BLOCK) {
		struct find_masks m;
		struct find_word_masks words;
		struct find_odd_masks odd;
		struct find_coded_masks coded;

		/* the batch behind this one, which the processor does not foresee across a page */
		__builtin_prefetch(p + FIND_BATCH * FIND_BLOCK);
		classify(p, &m);
		c->digit[i] = m.digit;
		c->separator[i] = m.separator;
		c->upper[i] = m.upper;
		c->letter[i] = m.letter;
		c->at[i] = m.at;
		c->high[i] = m.high;
		c->lead[i] = m.lead;
		if (places & WEIR_PLACE_FILLER)
			c->less[i] = m.less;
		if (places & WEIR_PLACE_WORD) {
			classify_words(&tables, p, &m, &words);
			c->hanzi[i] = words.hanzi;
			c->latin[i] = words.latin;
			c->joined[i] = words.joined;
		}
		if (places & WEIR_PLACE_ODD) {
			classify_odd(&tables, p, &m, &odd);
			c->escape[i] = odd.escape;
			c->breaks[i] = odd.breaks;
			c->alike[i] = odd.alike;
			c->beyond[i] = odd.beyond;
			c->numeral[i] = odd.numerals;
		}
		if (places & WEIR_PLACE_CODED) {
			classify_coded(p, &coded);
			c->extra[i] = coded.extra;
			c->hex[i] = coded.hex;
			c->gap[i] = coded.gap;
		}
	}
	c->digit[n + 1] = (uint8_t)(*p - '0') < 10;
	c->high[n + 1] = *p >> 7;
	*state = tables;
}

/* Block n of the batch becomes the one before the next. */
static void columns_next(struct columns *c, size_t n)
{
	column *each_column = (column *)c;

	for (size_t i = 0; i < sizeof(*c) / sizeof(column); i++)
		each_column[i][0] = each_column[i][n];
}

static void columns_start(struct columns *c)
{
	column *each_column = (column *)c;

	for (size_t i = 0; i < sizeof(*c) / sizeof(column); i++)
		each_column[i][0] = 0;
}

/* The block, or at the ends of the data a copy with NULs, which are nothing, around it. */
static always_inline_ const uint8_t *block_at(const struct find_scan *scan, ptrdiff_t block,
					      uint8_t copy[static FIND_BLOCK + FIND_BEHIND])
{
	size_t skip = block < 0 ? (size_t)-block : 0;
	size_t start = block < 0 ? 0 : (size_t)block;
	size_t most = FIND_BLOCK + FIND_BEHIND - skip;

	memset(copy, 0, FIND_BLOCK + FIND_BEHIND);
	if (start < scan->len)
		memcpy(copy + skip, scan->data + start, WEIR_MIN(most, scan->len - start));
	return copy;
}

/* How many blocks from this one on can be read where they are: 0 at the ends of the data. */
static size_t blocks_in_place(const struct find_scan *scan, ptrdiff_t block)
{
	size_t readable = scan->len < FIND_BEHIND ? 0 : scan->len - FIND_BEHIND;
	size_t wanted = scan->to + 2 * FIND_BLOCK - 1;

	if (block < 0 || (size_t)block > readable || (size_t)block > wanted)
		return 0;
	wanted = WEIR_MIN((wanted - (size_t)block) / FIND_BLOCK, (size_t)FIND_BATCH);
	return WEIR_MIN((readable - (size_t)block) / FIND_BLOCK, wanted);
}

/* Chains that go on behind the last block. */
static void pass_end(struct find_scan *scan, ptrdiff_t block, unsigned places,
		     const struct columns *c)
{
	size_t at = WEIR_MIN((size_t)block, scan->len);

	if ((places & WEIR_PLACE_SPAN) && c->span[0] >> 63)
		find_emit_span(scan, find_span_start(scan, at), find_span_end(scan, at));
	if ((places & WEIR_PLACE_TOKEN) && c->alnum[0] >> 63)
		find_emit_token(scan, find_token_start(scan, at), find_token_end(scan, at));
	find_odd_end(scan, block);
}

static always_inline_ void run_places(struct find_scan *scan, const unsigned places)
{
	struct columns columns;
	struct tables tables;
	uint8_t copy[FIND_BLOCK + FIND_BEHIND];
	/* the block before the first has what goes on into it */
	ptrdiff_t block = scan->first > 0 ? scan->first - FIND_BLOCK : scan->first;

	tables_load(&tables, scan->finder);
	columns_start(&columns);
	/* one block more than asked for, where what began before `to` shows */
	while (block < (ptrdiff_t)scan->len + HANZI_BACK &&
	       block < (ptrdiff_t)(scan->to + FIND_BLOCK)) {
		size_t n = blocks_in_place(scan, block);
		const uint8_t *p = n ? scan->data + block : block_at(scan, block, copy);

		n = WEIR_MAX(n, (size_t)1);
		classify_blocks(&tables, p, n, places, &columns);
		mark(&columns, n, places);
		n = show_all(scan, block, places, &columns, n);
		columns_next(&columns, n);
		block += (ptrdiff_t)n * FIND_BLOCK;
	}
	pass_end(scan, block, places, &columns);
}

/* Known places make a loop without what they do not need. */
static void run_core(struct find_scan *scan)
{
	run_places(scan, FIND_CORE);
}

static void run_all(struct find_scan *scan)
{
	run_places(scan, WEIR_PLACE_ALL);
}

static void run_words(struct find_scan *scan)
{
	run_places(scan, WEIR_PLACE_WORD);
}

static void run_any(struct find_scan *scan)
{
	run_places(scan, scan->places);
}

static void run(struct find_scan *scan)
{
	if (scan->places == FIND_CORE)
		run_core(scan);
	else if (scan->places == WEIR_PLACE_ALL)
		run_all(scan);
	else if (scan->places == WEIR_PLACE_WORD)
		run_words(scan);
	else
		run_any(scan);
}
