/* SPDX-License-Identifier: Apache-2.0 */
/* The pass itself, in three stages over a batch of blocks: masks of each block, with tables in
 * registers; arithmetic on columns of masks, which the compiler makes vectors of; calls for the few
 * blocks where something shows. Included once by each variant, behind its own
 *   struct tables, tables_load(&tables, finder)
 *   classify(p, n, &columns) of n blocks: digit to lead
 *   classify_odd(&tables, p, lead, &odd), classify_coded(p, &coded)
 *   classify_words(&tables, p, &columns, i, &words) of block i, the one before it classified
 *   HANZI_BACK, LATIN_BACK: how many bytes before its bit in words a word begins
 * p[-FIND_BEFORE..64 + FIND_BEHIND) is readable. */

#define FIND_BEFORE 8
#define FIND_BEHIND 8
#define FIND_COPY   (FIND_BEFORE + FIND_BLOCK + FIND_BEHIND)

#define likely_(x)   __builtin_expect(!!(x), 1)
#define unlikely_(x) __builtin_expect(!!(x), 0)

/* The masks of a few blocks side by side. */
typedef uint64_t masks __attribute__((vector_size(FIND_VECTOR), may_alias));
typedef masks masks_anywhere __attribute__((aligned(sizeof(uint64_t))));

#define FEW_BLOCKS (FIND_VECTOR / sizeof(uint64_t))

/* Bit n: the mask of block n is not empty. */
static always_inline_ unsigned few_show(masks some)
{
#if FIND_VECTOR == 64
	return _mm512_test_epi64_mask((__m512i)some, (__m512i)some);
#elif FIND_VECTOR == 32
	return ~(unsigned)_mm256_movemask_pd((__m256d)(some == 0)) & 15;
#else
	return (unsigned)(some[0] != 0) | (unsigned)(some[1] != 0) << 1;
#endif
}

/* Of block i of a column and those after it. */
#define FEW(column, i) (*(masks *)((column) + (i)))

/* Each bit says what stands one byte behind it. */
#define BEHIND(column, i) (FEW(column, i) >> 1 | *(masks_anywhere *)((column) + (i) + 1) << 63)

/* The last of some blocks, and all but the last of those behind them. */
#if FIND_VECTOR == 64
#define shift_in(some, next) __builtin_shufflevector(some, next, 7, 8, 9, 10, 11, 12, 13, 14)
#elif FIND_VECTOR == 32
#define shift_in(some, next) __builtin_shufflevector(some, next, 3, 4, 5, 6)
#else
#define shift_in(some, next) __builtin_shufflevector(some, next, 1, 2)
#endif

/* The masks of a few blocks, and of the block before each. */
struct chain {
	masks now, before;
};

/* Of what arithmetic looks back at, the last few blocks: the last of them is the one before the next. */
struct carry {
	struct core_carry {
		masks digit, upper, letter, alnum, at, high, lead, start, span, span2, span6;
	} core;
	struct other_carry {
		masks less, alnum2, alnum4, alnum8, alnum15;
		masks hex, gap, pair, pair2, pair4, coded, coded2, coded4, coded8;
		masks alike, like, like2, like4, like8, maybe_odd;
	} other;
};

static always_inline_ struct chain chain_of(masks now, masks *last)
{
	struct chain chain = {now, shift_in(*last, now)};

	*last = now;
	return chain;
}

/* Each bit says what stands n bytes before it, n of 0 to 63. */
static always_inline_ masks back(struct chain chain, unsigned n)
{
	if (n == 0)
		return chain.now;
	return chain.now << n | chain.before >> (64 - n);
}

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

static always_inline_ masks mark_spans(struct columns *c, struct carry *last, size_t i,
				       struct chain digit)
{
	masks gaps = FEW(c->separator, i) & back(digit, 1) & BEHIND(c->digit, i);
	struct chain span = chain_of(digit.now | gaps, &last->core.span), span2, span6;

	span2 = chain_of(span.now & back(span, 1), &last->core.span2);
	span6 = chain_of(span2.now & back(span2, 2) & back(span2, 4), &last->core.span6);
	FEW(c->span, i) = span.now;
	return back(span6, 1) & ~span.now;
}

static always_inline_ masks mark_tokens(struct columns *c, struct carry *last, size_t i,
					struct chain alnum)
{
	struct chain two = chain_of(alnum.now & back(alnum, 1), &last->other.alnum2);
	struct chain four = chain_of(two.now & back(two, 2), &last->other.alnum4);
	struct chain eight = chain_of(four.now & back(four, 4), &last->other.alnum8);
	struct chain fifteen = chain_of(eight.now & back(eight, 7), &last->other.alnum15);

	return FEW(c->token_end, i) = back(fifteen, 1) & ~alnum.now;
}

/* What arithmetic of several kinds looks at. */
struct classes {
	struct chain digit, upper, letter, high, lead, alnum;
};

/* Places of which no byte is marked twice, and which stand in the order of their marks: behind a span, behind an '@',
 * at the capital of a plate, at the second digit of an IBAN. Of signs and plates the bytes decide later. */
static always_inline_ masks mark_apart(struct columns *c, struct carry *last, size_t i,
				       unsigned places, const struct classes *of)
{
	masks any = {0};

	if (places & WEIR_PLACE_AT) {
		struct chain at = chain_of(FEW(c->at, i), &last->core.at);

		any |= back(at, 1) & (of->digit.now | of->letter.now | FEW(c->separator, i)) &
		       ~back(of->high, 2);
	}
	if (places & WEIR_PLACE_PLATE)
		any |= of->upper.now & back(of->high, 1) & back(of->high, 2) & back(of->lead, 3) &
		       ~(back(of->lead, 1) | back(of->lead, 2));
	if (places & WEIR_PLACE_IBAN)
		any |= of->digit.now & back(of->digit, 1) & back(of->upper, 2) &
		       back(of->upper, 3) & ~back(of->alnum, 4);
	/* by this a mark of a span is told from the others */
	if (places & WEIR_PLACE_SPAN)
		any |= mark_spans(c, last, i, of->digit);
	else
		FEW(c->span, i) = (masks){0};
	return FEW(c->apart, i) = any;
}

static always_inline_ masks mark_signs(struct columns *c, struct carry *last, size_t i,
				       unsigned places, const struct classes *of)
{
	masks any = {0};

	if (places & WEIR_PLACE_HOUSE)
		any |= FEW(c->house, i) = of->lead.now & back(of->digit, 1);
	if (places & WEIR_PLACE_FILLER) {
		struct chain less = chain_of(FEW(c->less, i), &last->other.less);

		any |= FEW(c->filler, i) =
			less.now & back(less, 1) & back(less, 2) & ~back(less, 3);
	}
	return any;
}

static always_inline_ masks mark_words(struct columns *c, struct carry *last, size_t i,
				       const struct classes *of)
{
	/* where a latin word may begin: at a letter, but not behind one unless it is a capital
	 * behind a small one; words that begin otherwise are among the joined */
	struct chain start = chain_of(
		of->letter.now & (~back(of->letter, 1) | (of->upper.now & ~back(of->upper, 1))),
		&last->core.start);

	FEW(c->hanzi_word, i) = FEW(c->hanzi, i) & back(of->lead, HANZI_BACK);
	FEW(c->latin_word, i) = FEW(c->joined, i) | (FEW(c->latin, i) & back(start, LATIN_BACK));
	return FEW(c->hanzi_word, i) | FEW(c->latin_word, i);
}

static always_inline_ masks mark_coded(struct columns *c, struct carry *last, size_t i,
				       struct chain alnum)
{
	struct chain coded = chain_of(alnum.now | FEW(c->extra, i), &last->other.coded);
	struct chain coded2 = chain_of(coded.now & back(coded, 1), &last->other.coded2);
	struct chain coded4 = chain_of(coded2.now & back(coded2, 2), &last->other.coded4);
	struct chain coded8 = chain_of(coded4.now & back(coded4, 4), &last->other.coded8);
	struct chain hex = chain_of(FEW(c->hex, i), &last->other.hex);
	struct chain gap = chain_of(FEW(c->gap, i), &last->other.gap);
	struct chain pair = chain_of(hex.now & back(hex, 1) & back(gap, 2), &last->other.pair);
	struct chain pair2 = chain_of(pair.now & back(pair, 3), &last->other.pair2);
	struct chain pair4 = chain_of(pair2.now & back(pair2, 6), &last->other.pair4);

	FEW(c->run, i) = coded8.now & back(coded8, 8) & back(coded8, 16);
	FEW(c->pairs, i) = pair4.now & back(pair4, 12);
	return FEW(c->run, i) | FEW(c->pairs, i);
}

/* The tenth and later of digits and what looks like one in a row. */
static always_inline_ masks mark_alike(struct columns *c, struct carry *last, size_t i,
				       struct chain digit)
{
	struct chain alike = chain_of(FEW(c->alike, i), &last->other.alike);
	struct chain like = chain_of(digit.now | alike.now, &last->other.like);
	struct chain like2 = chain_of(like.now & back(like, 1), &last->other.like2);
	struct chain like4 = chain_of(like2.now & back(like2, 2), &last->other.like4);
	struct chain like8 = chain_of(like4.now & back(like4, 4), &last->other.like8);

	FEW(c->touching, i) = (alike.now & back(digit, 1)) | (digit.now & back(alike, 1));
	return FEW(c->ten, i) = like8.now & back(like2, 8);
}

/* Of a pair of blocks one at least has what is marked here, if the pair may be odd. */
static always_inline_ masks mark_odd(struct columns *c, struct carry *last, size_t i,
				     const struct classes *of)
{
	struct chain odd;
	masks any = mark_alike(c, last, i, of->digit);

	/* a lead with a byte from 0x80 behind it */
	any |= FEW(c->beyond, i) &= BEHIND(c->high, i);
	/* digits behind a digit and one character of two or three bytes */
	any |= FEW(c->digit_gap, i) = of->digit.now & back(of->high, 1) &
				      ((back(of->lead, 2) & back(of->digit, 3)) |
				       (back(of->lead, 3) & back(of->digit, 4)));
	any |= FEW(c->breaks, i) | (FEW(c->numeral, i) & (FEW(c->numeral, i) - 1)) |
	       (FEW(c->escape, i) & (FEW(c->escape, i) - 1));
	odd = chain_of(any, &last->other.maybe_odd);
	FEW(c->maybe_odd, i) = any;
	return any | odd.before;
}

static always_inline_ masks mark_few(struct columns *c, struct carry *last, size_t i,
				     unsigned places)
{
	const struct classes of = {
		.digit = chain_of(FEW(c->digit, i), &last->core.digit),
		.upper = chain_of(FEW(c->upper, i), &last->core.upper),
		.letter = chain_of(FEW(c->letter, i), &last->core.letter),
		.high = chain_of(FEW(c->high, i), &last->core.high),
		.lead = chain_of(FEW(c->lead, i), &last->core.lead),
		.alnum = chain_of(FEW(c->digit, i) | FEW(c->letter, i), &last->core.alnum),
	};
	masks any = mark_apart(c, last, i, places, &of);

	any |= mark_signs(c, last, i, places, &of);
	if (places & WEIR_PLACE_TOKEN) {
		FEW(c->alnum, i) = of.alnum.now;
		any |= mark_tokens(c, last, i, of.alnum);
	}
	if (places & WEIR_PLACE_WORD)
		any |= mark_words(c, last, i, &of);
	if (places & WEIR_PLACE_CODED)
		any |= mark_coded(c, last, i, of.alnum);
	if (places & WEIR_PLACE_ODD)
		any |= mark_odd(c, last, i, &of);
	return any;
}

/* Blocks behind the last one were marked with it: it becomes the last of the few. */
static always_inline_ void carry_ends(struct carry *carry, size_t n, unsigned places)
{
	masks *each_carry = (masks *)carry;
	size_t carried = places & ~(unsigned)FIND_CORE ? sizeof(*carry) : sizeof(carry->core);

	if (n % FEW_BLOCKS == 0)
		return;
	for (size_t i = 0; i < carried / sizeof(masks); i++)
		each_carry[i][FEW_BLOCKS - 1] = each_carry[i][n % FEW_BLOCKS - 1];
}

/* A copy, which stays in registers; what places without FIND_CORE alone look at is left out of it. */
static always_inline_ void carry_copy(struct carry *to, const struct carry *from, unsigned places)
{
	to->core = from->core;
	if (places & ~(unsigned)FIND_CORE)
		to->other = from->other;
}

/* Returns which blocks show anything, the first of them as the lowest bit. */
static always_inline_ uint64_t mark(struct columns *c, struct carry *carry, size_t n,
				    unsigned places)
{
	struct carry last = {0};
	uint64_t shows = 0;

	carry_copy(&last, carry, places);
	for (size_t i = 0; i < n; i += FEW_BLOCKS)
		shows |= (uint64_t)few_show(mark_few(c, &last, FIND_FIRST + i, places)) << i;
	carry_copy(carry, &last, places);
	carry_ends(carry, n, places);
	return shows & ~from_bit((unsigned)n);
}

/* --- blocks where something shows --- */

/* The 57 to 64 bits up to bit `at` of block i, which is the highest; zeros below them. */
static always_inline_ uint64_t bits_up_to(const uint64_t *marks, size_t i, unsigned at)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	uint64_t bits;

	memcpy(&bits, (const uint8_t *)(marks + i) + at / 8 - 7, sizeof(bits));
	return bits << (7 - at % 8);
#else
	return bits_before(marks, i, at) >> 1 | marks[i] >> at << 63;
#endif
}

/* The places apart of a block. */
static always_inline_ void apart(struct find_scan *scan, ptrdiff_t block, const struct columns *c,
				 size_t i)
{
	struct weir_candidate *first = scan->next, *slot = first;

	for (uint64_t marks = c->apart[i]; marks; marks &= marks - 1) {
		unsigned at = lowest(marks), len, digits;
		uint64_t span = bits_up_to(c->span, i, at), runs;
		uint32_t end = (uint32_t)(block + at);

		if (span >> 62 != 1) { /* not the mark, but the byte before it */
			slot += find_single(scan->data + end, end, slot);
			continue;
		}
		len = (unsigned)__builtin_clzll(~(span << 1));
		if (unlikely_(len > 55)) {
			scan->next = slot;
			find_emit_span(scan, find_span_start(scan, end), end);
			slot = scan->next;
			if (slot > scan->end - FIND_BLOCK) /* it came in very many pieces */
				break;
			continue;
		}
		runs = bits_up_to(c->digit, i, at) >> (63 - len);
		digits = (unsigned)__builtin_popcountll(runs);
		find_write(slot, end - len, end, WEIR_PLACE_SPAN, digits, len - digits, runs);
		slot++;
	}
	find_close(scan, first, slot);
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
	apart(scan, block, c, i);
	if (places & WEIR_PLACE_TOKEN)
		token_ends(scan, block, c, i);
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
				      const struct columns *c, uint64_t shows, size_t n)
{
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
		show(scan, here, places, c, FIND_FIRST + i);
	}
	return n;
}

/* --- the pass --- */

static always_inline_ void classify_blocks(const struct tables *tables, const uint8_t *p, size_t n,
					   unsigned places, struct columns *c)
{
	const uint8_t *end = p + n * FIND_BLOCK;

	classify(p, n, c);
	for (size_t i = FIND_FIRST; i < FIND_FIRST + n; i++, p += FIND_BLOCK) {
		struct find_word_masks words;
		struct find_odd_masks odd;
		struct find_coded_masks coded;

		/* the batch behind this one, which the processor does not foresee across a page */
		__builtin_prefetch(p + FIND_BATCH * FIND_BLOCK);
		if (places & WEIR_PLACE_WORD) {
			classify_words(tables, p, c, i, &words);
			c->hanzi[i] = words.hanzi;
			c->latin[i] = words.latin;
			c->joined[i] = words.joined;
		}
		if (places & WEIR_PLACE_ODD) {
			classify_odd(tables, p, c->lead[i], &odd);
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
	c->digit[FIND_FIRST + n] = (uint8_t)(*end - '0') < 10;
	c->high[FIND_FIRST + n] = *end >> 7;
}

/* The last of n blocks becomes the one before the next, in the columns that are looked back in. */
static always_inline_ void columns_next(struct columns *c, size_t n, unsigned places)
{
#define NEXT(column) c->column[FIND_FIRST - 1] = c->column[FIND_FIRST + n - 1]
	NEXT(digit);
	NEXT(high);
	if (places & WEIR_PLACE_SPAN)
		NEXT(span);
	if (places & WEIR_PLACE_TOKEN)
		NEXT(alnum);
	if (places & WEIR_PLACE_ODD) {
		NEXT(beyond);
		NEXT(numeral);
		NEXT(escape);
		NEXT(breaks);
		NEXT(digit_gap);
		NEXT(ten);
		NEXT(touching);
		NEXT(maybe_odd);
	}
#undef NEXT
}

static always_inline_ void columns_start(struct columns *c)
{
	c->digit[FIND_FIRST - 1] = c->span[FIND_FIRST - 1] = c->alnum[FIND_FIRST - 1] = 0;
	c->high[FIND_FIRST - 1] = 0;
	c->beyond[FIND_FIRST - 1] = c->numeral[FIND_FIRST - 1] = c->escape[FIND_FIRST - 1] = 0;
	c->breaks[FIND_FIRST - 1] = c->digit_gap[FIND_FIRST - 1] = c->ten[FIND_FIRST - 1] = 0;
	c->touching[FIND_FIRST - 1] = c->maybe_odd[FIND_FIRST - 1] = 0;
}

/* A block at the ends of the data as a copy with NULs, which are nothing, around it. */
static always_inline_ const uint8_t *block_at(const struct find_scan *scan, ptrdiff_t block,
					      uint8_t copy[static FIND_COPY])
{
	ptrdiff_t first = block - FIND_BEFORE;
	size_t skip = first < 0 ? (size_t)-first : 0;
	size_t start = first < 0 ? 0 : (size_t)first;

	memset(copy, 0, FIND_COPY);
	if (start < scan->len)
		memcpy(copy + skip, scan->data + start,
		       WEIR_MIN(FIND_COPY - skip, scan->len - start));
	return copy + FIND_BEFORE;
}

/* How many blocks from this one on can be read where they are: 0 at the ends of the data. */
static size_t blocks_in_place(const struct find_scan *scan, ptrdiff_t block)
{
	size_t readable = scan->len < FIND_BEHIND ? 0 : scan->len - FIND_BEHIND;
	size_t wanted = scan->to + 2 * FIND_BLOCK - 1;

	if (block < FIND_BEFORE || (size_t)block > readable || (size_t)block > wanted)
		return 0;
	wanted = WEIR_MIN((wanted - (size_t)block) / FIND_BLOCK, (size_t)FIND_BATCH);
	return WEIR_MIN((readable - (size_t)block) / FIND_BLOCK, wanted);
}

/* Chains that go on behind the last block. */
static void pass_end(struct find_scan *scan, ptrdiff_t block, unsigned places,
		     const struct columns *c)
{
	size_t at = WEIR_MIN((size_t)block, scan->len);

	if ((places & WEIR_PLACE_SPAN) && c->span[FIND_FIRST - 1] >> 63)
		find_emit_span(scan, find_span_start(scan, at), find_span_end(scan, at));
	if ((places & WEIR_PLACE_TOKEN) && c->alnum[FIND_FIRST - 1] >> 63)
		find_emit_token(scan, find_token_start(scan, at), find_token_end(scan, at));
	find_odd_end(scan, block);
}

static always_inline_ void run_places(struct find_scan *scan, const unsigned places)
{
	struct columns columns;
	struct carry carry;
	struct tables tables;
	uint8_t copy[FIND_COPY];
	/* the block before the first has what goes on into it */
	ptrdiff_t block = scan->first > 0 ? scan->first - FIND_BLOCK : scan->first;

	tables_load(&tables, scan->finder);
	columns_start(&columns);
	carry_copy(&carry, &(struct carry){0}, places);
	/* one block more than asked for, where what began before `to` shows */
	while (block < (ptrdiff_t)scan->len + HANZI_BACK &&
	       block < (ptrdiff_t)(scan->to + FIND_BLOCK)) {
		size_t n = blocks_in_place(scan, block);
		const uint8_t *p = n ? scan->data + block : block_at(scan, block, copy);
		uint64_t shows;

		n = WEIR_MAX(n, (size_t)1);
		classify_blocks(&tables, p, n, places, &columns);
		shows = mark(&columns, &carry, n, places);
		n = show_all(scan, block, places, &columns, shows, n);
		columns_next(&columns, n, places);
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
