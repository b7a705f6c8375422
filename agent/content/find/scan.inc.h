/* SPDX-License-Identifier: Apache-2.0 */
/* The pass itself, in two stages: masks of a few blocks, which keeps vectors and tables in
 * registers, then arithmetic on the masks, with calls where something shows. Included once by each
 * variant, behind its own
 *   struct tables, tables_load(&tables, finder)
 *   classify(p, &m), classify_odd(&tables, p, &m, &odd), classify_coded(p, &coded)
 *   classify_words(&tables, p, &m, &words), in the order of the blocks
 *   HANZI_BACK, LATIN_BACK: how many bytes before its bit in words a word begins
 * p[0..64 + FIND_BEHIND) is readable. */

#define FIND_BEHIND 8
#define FIND_BATCH  64

#define likely_(x)   __builtin_expect(!!(x), 1)
#define unlikely_(x) __builtin_expect(!!(x), 0)

#define always_inline_ inline __attribute__((always_inline))

/* What the block before leaves behind. */
struct carry {
	uint64_t digit, upper, letter, start, capitals, high, lead, less;
	uint64_t span, span2;			/* a chain; and 2 in a row */
	uint64_t alnum, alnum2, alnum4, alnum8; /* 1, 2, 4, 8 in a row */
	uint64_t coded, coded2, coded4, coded8;
	uint64_t hex, gap, pair, pair2, pair4; /* pairs with a gap before */
	uint64_t alike, alike_run, alike2, alike4;
	struct find_odd_block odd;
};

struct chain {
	bool open;
	size_t start;
};

struct pass {
	struct find_scan *scan;
	struct chain span, token;
};

/* Each bit says what stands n bytes before it. */
static always_inline_ uint64_t before(uint64_t now, uint64_t carry, unsigned n)
{
	return n ? now << n | carry >> (64 - n) : now;
}

static always_inline_ unsigned lowest(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits);
}

static always_inline_ uint64_t from_bit(unsigned n)
{
	return n >= 64 ? 0 : ~UINT64_C(0) << n;
}

/* 64 bits of what begins at bit `at` of two blocks. */
static always_inline_ uint64_t window(uint64_t first, uint64_t second, unsigned at)
{
	if (at >= 64)
		return second >> (at - 64);
	return at ? first >> at | second << (64 - at) : first;
}

/* Digits in a row, by halving: the ends of runs of 2, 4, 8 ... are those of the half, with the half
 * moved; then the longest is put together from the largest power on. No branch depends on the data.
 */
static always_inline_ unsigned longest_run(uint64_t runs)
{
	uint64_t of2 = runs & runs >> 1, of4 = of2 & of2 >> 2, of8 = of4 & of4 >> 4;
	uint64_t of16 = of8 & of8 >> 8, of32 = of16 & of16 >> 16;
	uint64_t left = ~UINT64_C(0), more;
	unsigned n = 0;

	more = of32;
	n += more ? 32 : 0;
	left = more ? more : left;
	more = left & of16 >> n;
	n += more ? 16 : 0;
	left = more ? more : left;
	more = left & of8 >> n;
	n += more ? 8 : 0;
	left = more ? more : left;
	more = left & of4 >> n;
	n += more ? 4 : 0;
	left = more ? more : left;
	more = left & of2 >> n;
	n += more ? 2 : 0;
	left = more ? more : left;
	return n + ((left & runs >> n) != 0);
}

/* A span of at most 64 bytes. */
static void short_span(struct find_scan *scan, size_t start, size_t end, uint64_t runs)
{
	unsigned len = (unsigned)(end - start), digits;

	runs &= len < 64 ? (UINT64_C(1) << len) - 1 : ~UINT64_C(0);
	digits = (unsigned)__builtin_popcountll(runs);
	find_append(scan, &(struct weir_candidate){
				  .start = (uint32_t)start,
				  .end = (uint32_t)end,
				  .place = WEIR_PLACE_SPAN,
				  .digits = (uint16_t)digits,
				  .longest = (uint8_t)(digits == len ? len : longest_run(runs)),
				  .separators = digits != len,
				  .runs = runs,
			  });
}

struct two_blocks {
	uint64_t first, second;
};

static void span_done(struct pass *pass, ptrdiff_t block, size_t start, size_t end,
		      struct two_blocks digit)
{
	ptrdiff_t first = (ptrdiff_t)start - (block - FIND_BLOCK);

	if (end - start <= 64 && first >= 0)
		short_span(pass->scan, start, end,
			   window(digit.first, digit.second, (unsigned)first));
	else
		find_emit_span(pass->scan, start, end);
}

/* bits: the chain. enough: those that end a chain of FIND_SPAN_MIN. */
static void spans(struct pass *pass, ptrdiff_t block, uint64_t bits, uint64_t enough,
		  struct two_blocks digit)
{
	struct chain *chain = &pass->span;

	if (chain->open) {
		unsigned end = ~bits ? lowest(~bits) : 64;

		if (end == 64)
			return;
		span_done(pass, block, chain->start, (size_t)(block + end), digit);
		chain->open = false;
		enough &= from_bit(end);
	}
	while (enough) {
		unsigned at = lowest(enough);
		uint64_t rest = ~bits >> at;
		size_t start = (size_t)(block + at - (FIND_SPAN_MIN - 1));

		if (block == pass->scan->first)
			start = find_span_start(pass->scan, start);
		if (!rest) {
			*chain = (struct chain){true, start};
			return;
		}
		at += lowest(rest);
		span_done(pass, block, start, (size_t)(block + at), digit);
		enough &= from_bit(at);
	}
}

static void tokens(struct pass *pass, ptrdiff_t block, uint64_t bits, uint64_t enough)
{
	struct chain *chain = &pass->token;

	if (chain->open) {
		unsigned end = ~bits ? lowest(~bits) : 64;

		if (end == 64)
			return;
		find_emit_token(pass->scan, chain->start, (size_t)(block + end));
		chain->open = false;
		enough &= from_bit(end);
	}
	while (enough) {
		unsigned at = lowest(enough);
		uint64_t rest = ~bits >> at;
		size_t start = (size_t)(block + at - (FIND_TOKEN_MIN - 1));

		if (block == pass->scan->first)
			start = find_token_start(pass->scan, start);
		if (!rest) {
			*chain = (struct chain){true, start};
			return;
		}
		at += lowest(rest);
		find_emit_token(pass->scan, start, (size_t)(block + at));
		enough &= from_bit(at);
	}
}

typedef void (*place_fn)(struct find_scan *scan, size_t at);

static void each(struct find_scan *scan, ptrdiff_t block, uint64_t bits, place_fn place)
{
	for (; bits; bits &= bits - 1)
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

static void each_at(struct find_scan *scan, ptrdiff_t block, uint64_t bits, enum weir_place place,
		    unsigned back, unsigned len)
{
	for (; bits; bits &= bits - 1) {
		size_t start = (size_t)(block + lowest(bits) - back);

		find_emit_at(scan, place, start, start + len);
	}
}

static always_inline_ void do_spans(struct pass *pass, struct carry *carry, ptrdiff_t block,
				    const uint8_t *p, const struct find_masks *m)
{
	uint64_t next = m->digit >> 1 | (uint64_t)((uint8_t)(p[64] - '0') < 10) << 63;
	uint64_t one = m->digit | (m->separator & before(m->digit, carry->digit, 1) & next);
	uint64_t two = one & before(one, carry->span, 1);
	uint64_t six = two & before(two, carry->span2, 2) & before(two, carry->span2, 4);

	if (unlikely_(six | pass->span.open))
		spans(pass, block, one, six, (struct two_blocks){carry->digit, m->digit});
	carry->span = one;
	carry->span2 = two;
}

static always_inline_ void do_iban(struct pass *pass, struct carry *carry, ptrdiff_t block,
				   const struct find_masks *m)
{
	uint64_t capitals = m->upper & before(m->upper, carry->upper, 1);
	uint64_t head =
		m->digit & before(m->digit, carry->digit, 1) & before(capitals, carry->capitals, 2);

	if (unlikely_(head))
		each(pass->scan, block, head, find_iban);
	carry->capitals = capitals;
}

static always_inline_ void do_tokens(struct pass *pass, struct carry *carry, ptrdiff_t block,
				     uint64_t alnum)
{
	uint64_t two = alnum & before(alnum, carry->alnum, 1);
	uint64_t four = two & before(two, carry->alnum2, 2);
	uint64_t eight = four & before(four, carry->alnum4, 4);
	uint64_t enough = eight & before(eight, carry->alnum8, 7);

	if (unlikely_(enough | pass->token.open))
		tokens(pass, block, alnum, enough);
	carry->alnum2 = two;
	carry->alnum4 = four;
	carry->alnum8 = eight;
}

static always_inline_ void do_signs(struct pass *pass, struct carry *carry, ptrdiff_t block,
				    unsigned places, const struct find_masks *m)
{
	struct find_scan *scan = pass->scan;

	if ((places & WEIR_PLACE_AT) && unlikely_(m->at))
		each(scan, block, m->at, find_at_sign);
	if ((places & WEIR_PLACE_PLATE) && (m->lead | carry->lead)) {
		uint64_t capital = m->upper &
				   before(m->high & ~m->lead, carry->high & ~carry->lead, 1) &
				   before(m->lead, carry->lead, 3);

		if (unlikely_(capital))
			each(scan, block, capital, find_plate);
	}
	if (places & WEIR_PLACE_HOUSE) {
		uint64_t lead = m->lead & before(m->digit, carry->digit, 1);

		if (unlikely_(lead))
			each(scan, block, lead, find_house);
	}
	if (places & WEIR_PLACE_FILLER) {
		uint64_t third = m->less & before(m->less, carry->less, 1) &
				 before(m->less, carry->less, 2) & ~before(m->less, carry->less, 3);

		if (unlikely_(third))
			each_at(scan, block, third, WEIR_PLACE_FILLER, 2, 3);
	}
}

static void coded_runs(struct find_scan *scan, ptrdiff_t block, uint64_t bits, place_fn place,
		       const size_t *until)
{
	while (bits) {
		place(scan, (size_t)(block + lowest(bits)));
		bits &= bits - 1;
		if ((ptrdiff_t)*until > block)
			bits &= from_bit((unsigned)WEIR_MIN((ptrdiff_t)*until - block,
							    (ptrdiff_t)FIND_BLOCK));
	}
}

static always_inline_ void do_coded(struct pass *pass, struct carry *carry, ptrdiff_t block,
				    const struct find_coded_masks *m, uint64_t alnum)
{
	struct find_scan *scan = pass->scan;
	uint64_t one, two, four, eight, run, pair, pair2, pair4, pairs;

	one = alnum | m->extra;
	two = one & before(one, carry->coded, 1);
	four = two & before(two, carry->coded2, 2);
	eight = four & before(four, carry->coded4, 4);
	run = eight & before(eight, carry->coded8, 8) & before(eight, carry->coded8, 16);
	pair = m->hex & before(m->hex, carry->hex, 1) & before(m->gap, carry->gap, 2);
	pair2 = pair & before(pair, carry->pair, 3);
	pair4 = pair2 & before(pair2, carry->pair2, 6);
	pairs = pair4 & before(pair4, carry->pair4, 12);
	if (unlikely_(run) && (ptrdiff_t)scan->coded_until < block + FIND_BLOCK)
		coded_runs(scan, block, run, find_coded, &scan->coded_until);
	if (unlikely_(pairs) && (ptrdiff_t)scan->pairs_until < block + FIND_BLOCK)
		coded_runs(scan, block, pairs, find_pairs, &scan->pairs_until);
	carry->coded = one;
	carry->coded2 = two;
	carry->coded4 = four;
	carry->coded8 = eight;
	carry->hex = m->hex;
	carry->gap = m->gap;
	carry->pair = pair;
	carry->pair2 = pair2;
	carry->pair4 = pair4;
}

static always_inline_ uint64_t alike_runs(struct carry *carry, uint64_t digit, uint64_t alike)
{
	uint64_t run = digit | alike;
	uint64_t run2 = run & before(run, carry->alike_run, 1);
	uint64_t run4 = run2 & before(run2, carry->alike2, 2);
	uint64_t run8 = run4 & before(run4, carry->alike4, 4);
	uint64_t ten = run8 & before(run2, carry->alike2, 8);

	carry->alike_run = run;
	carry->alike2 = run2;
	carry->alike4 = run4;
	return ten;
}

static always_inline_ void do_odd(struct pass *pass, struct carry *carry, ptrdiff_t block,
				  const uint8_t *p, const struct find_masks *m,
				  const struct find_odd_masks *o)
{
	const struct find_odd_block *last = &carry->odd;
	struct find_odd_block now;
	unsigned digits, numerals, all, escapes;
	uint64_t high, touching;

	/* a lead with a byte from 0x80 behind it */
	high = m->high >> 1 | (uint64_t)(p[64] >> 7) << 63;
	touching = (o->alike & before(m->digit, carry->digit, 1)) |
		   (m->digit & before(o->alike, carry->alike, 1));
	now.digit = m->digit;
	now.beyond = o->beyond & high;
	now.numeral = o->numerals;
	now.escape = o->escape;
	now.breaks = o->breaks;
	/* digits behind a digit and one character of two or three bytes */
	now.gap = m->digit & before(m->high, carry->high, 1) &
		  ((before(m->lead, carry->lead, 2) & before(m->digit, carry->digit, 3)) |
		   (before(m->lead, carry->lead, 3) & before(m->digit, carry->digit, 4)));
	now.alike = touching;
	now.ten = alike_runs(carry, m->digit, o->alike);
	now.digits = (unsigned)__builtin_popcountll(now.digit);
	now.numerals = (unsigned)__builtin_popcountll(now.numeral);
	now.escapes = (unsigned)__builtin_popcountll(now.escape);
	digits = now.digits + last->digits;
	numerals = now.numerals + last->numerals;
	escapes = now.escapes + last->escapes;
	all = digits + numerals;
	if (unlikely_(((now.beyond | last->beyond) != 0) | (numerals >= 4 && all >= 7) |
		      (escapes >= 4) | ((now.breaks | last->breaks) != 0) |
		      ((now.ten | last->ten) != 0 && (now.alike | last->alike) != 0) |
		      ((now.gap | last->gap) != 0 && digits >= 6)))
		find_odd(pass->scan, block, last, &now);
	carry->odd = now;
	carry->alike = o->alike;
}

static always_inline_ void do_words(struct pass *pass, struct carry *carry, ptrdiff_t block,
				    const struct find_masks *m, const struct find_word_masks *words)
{
	uint64_t capital = m->upper & ~before(m->upper, carry->upper, 1);
	/* where a latin word may begin: at a letter, but not behind one unless it is a capital
	 * behind a small one; words that begin otherwise are among the joined */
	uint64_t start = m->letter & (~before(m->letter, carry->letter, 1) | capital);
	uint64_t hanzi = words->hanzi & before(m->lead, carry->lead, HANZI_BACK);
	uint64_t latin = words->joined | (words->latin & before(start, carry->start, LATIN_BACK));

	if (unlikely_(hanzi))
		each_word(pass->scan, block, hanzi, HANZI_BACK, true);
	if (unlikely_(latin))
		each_word(pass->scan, block, latin, LATIN_BACK, false);
	carry->start = start;
}

static always_inline_ void step(struct pass *pass, struct carry *carry, ptrdiff_t block,
				unsigned places, const struct find_block_masks *masks,
				const uint8_t *p)
{
	const struct find_masks *m = &masks->m;
	uint64_t alnum = m->digit | m->letter;

	if (places & WEIR_PLACE_SPAN)
		do_spans(pass, carry, block, p, m);
	if (places & WEIR_PLACE_IBAN)
		do_iban(pass, carry, block, m);
	if (places & WEIR_PLACE_TOKEN)
		do_tokens(pass, carry, block, alnum);
	do_signs(pass, carry, block, places, m);
	if (places & WEIR_PLACE_CODED)
		do_coded(pass, carry, block, &masks->coded, alnum);
	if (places & WEIR_PLACE_ODD)
		do_odd(pass, carry, block, p, m, &masks->odd);
	if (places & WEIR_PLACE_WORD)
		do_words(pass, carry, block, m, &masks->words);
	carry->digit = m->digit;
	carry->upper = m->upper;
	carry->letter = m->letter;
	carry->high = m->high;
	carry->lead = m->lead;
	carry->less = m->less;
	carry->alnum = alnum;
}

static always_inline_ void classify_blocks(struct tables *state, const uint8_t *p, size_t n,
					   unsigned places, struct find_block_masks *masks)
{
	struct tables tables = *state;

	for (size_t i = 0; i < n; i++, p += FIND_BLOCK) {
		classify(p, &masks[i].m);
		if (places & WEIR_PLACE_WORD)
			classify_words(&tables, p, &masks[i].m, &masks[i].words);
		if (places & WEIR_PLACE_ODD)
			classify_odd(&tables, p, &masks[i].m, &masks[i].odd);
		if (places & WEIR_PLACE_CODED)
			classify_coded(p, &masks[i].coded);
	}
	*state = tables;
}

/* The block, or at the ends of the data a copy with NULs, which are nothing, around it. */
static always_inline_ const uint8_t *block_at(const struct find_scan *scan, ptrdiff_t block,
					      uint8_t copy[static FIND_BLOCK + FIND_BEHIND])
{
	size_t skip = block < 0 ? (size_t)-block : 0;
	size_t start = block < 0 ? 0 : (size_t)block;
	size_t most = FIND_BLOCK + FIND_BEHIND - skip;

	if (likely_(block >= 0 && (size_t)block + FIND_BLOCK + FIND_BEHIND <= scan->len))
		return scan->data + block;
	memset(copy, 0, FIND_BLOCK + FIND_BEHIND);
	if (start < scan->len)
		memcpy(copy + skip, scan->data + start, WEIR_MIN(most, scan->len - start));
	return copy;
}

/* The block before the first gives the carry and nothing else: what is found there begins before
 * `from`, or is found again. */
static always_inline_ void warm_up(struct pass *pass, struct carry *carry, struct tables *tables,
				   unsigned places)
{
	struct find_scan *scan = pass->scan;
	ptrdiff_t block = scan->first - FIND_BLOCK;
	uint8_t copy[FIND_BLOCK + FIND_BEHIND];
	struct find_block_masks masks;
	const uint8_t *p;
	size_t to = scan->to;

	if (block <= -FIND_BLOCK)
		return;
	p = block_at(scan, block, copy);
	scan->to = 0;
	classify_blocks(tables, p, 1, places, &masks);
	step(pass, carry, block, places, &masks, p);
	scan->to = to;
	scan->coded_until = scan->pairs_until = 0;
	scan->odd.open = false;
	pass->span.open = pass->token.open = false;
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

static void pass_end(struct pass *pass, ptrdiff_t block)
{
	struct find_scan *scan = pass->scan;
	size_t at = WEIR_MIN((size_t)block, scan->len);

	if (pass->span.open)
		find_emit_span(scan, pass->span.start, find_span_end(scan, at));
	if (pass->token.open)
		find_emit_token(scan, pass->token.start, find_token_end(scan, at));
	find_odd_end(scan, block);
}

static always_inline_ void run_places(struct find_scan *scan, const unsigned places)
{
	struct find_block_masks masks[FIND_BATCH];
	struct pass pass = {.scan = scan};
	struct carry carry = {0};
	uint8_t copy[FIND_BLOCK + FIND_BEHIND];
	struct tables tables;
	ptrdiff_t block = scan->first;

	tables_load(&tables, scan->finder);
	warm_up(&pass, &carry, &tables, places);
	/* one block more than asked for, where what began before `to` shows */
	while (block < (ptrdiff_t)scan->len + HANZI_BACK &&
	       block < (ptrdiff_t)(scan->to + FIND_BLOCK)) {
		size_t n = blocks_in_place(scan, block);
		const uint8_t *p = n ? scan->data + block : block_at(scan, block, copy);

		n = WEIR_MAX(n, (size_t)1);
		classify_blocks(&tables, p, n, places, masks);
		for (size_t i = 0; i < n && block < (ptrdiff_t)(scan->to + FIND_BLOCK); i++) {
			if (unlikely_(find_full(scan)) && block > (ptrdiff_t)scan->from)
				scan->to = WEIR_MIN(scan->to, (size_t)block);
			step(&pass, &carry, block, places, &masks[i], p + i * FIND_BLOCK);
			block += FIND_BLOCK;
		}
	}
	pass_end(&pass, block);
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
	else
		run_any(scan);
}
