/* SPDX-License-Identifier: Apache-2.0 */
/* bench_view [MIB [ROUNDS]]: conversion and normalisation in GB/s of input, single thread, rounds
 * interleaved, median (best), beside reading and copying memory and iconv in the same run. The text is
 * made here: 8 KiB of Chinese, hanzi by falling frequency, then 8 KiB of English, and so on. */
#include <iconv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decode.h"
#include "weir/base/macros.h"
#include "weir/base/parse.h"
#include "weir/view/charset.h"
#include "weir/view/coded.h"
#include "weir/view/normal.h"

#define PIECE	   65536
#define ROUNDS_MAX 31

struct corpus {
	const char *name;
	uint8_t *data;
	size_t len;
};

struct engine {
	const char *name;
	size_t (*run)(const struct engine *engine, const struct corpus *corpus);
	enum weir_charset charset;
	int level;
	const char *iconv_name;
	unsigned corpora; /* bits */
};

enum { UTF8, ENGLISH, CSV, GB, BIG5, UTF16, BASE64, CORPORA };

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Hanzi of GB 2312's first level, the frequent ones far more often. */
static size_t chinese(uint8_t *gb, size_t len, uint64_t *state)
{
	size_t n = 0;

	while (n + 16 < len) {
		uint64_t r = random_next(state);
		unsigned a = (r & 0xffff) % 3755, b = (r >> 16 & 0xffff) % 3755;
		unsigned at = a * b / 3755 * (unsigned)(r >> 32 & 0xff) / 255;

		at = at * 2654435761u % 3755; /* the frequent ones stand anywhere */
		gb[n++] = (uint8_t)(0xb0 + at / 94);
		gb[n++] = (uint8_t)(0xa1 + at % 94);
		if (r >> 40 % 12 == 0 || (r >> 44) % 13 == 0) {
			gb[n++] = 0xa3;
			gb[n++] = 0xac;
		} else if ((r >> 48) % 40 == 0) {
			n += (size_t)snprintf((char *)gb + n, 8, "%u", (unsigned)(r >> 54));
		} else if ((r >> 50) % 60 == 0) {
			gb[n++] = '\n';
		}
	}
	return n;
}

static size_t english(uint8_t *out, size_t len, uint64_t *state)
{
	static const char *const words[] = {"the",     "customer", "of",     "policy",
					    "and",     "in",	   "holder", "a",
					    "insured", "to",	   "is",     "claim"};
	size_t n = 0;

	while (n + 16 < len) {
		uint64_t r = random_next(state);
		const char *word = words[r % ARRAY_SIZE(words)];
		size_t l = strlen(word);

		memcpy(out + n, word, l);
		n += l;
		out[n++] = (r >> 32) % 14 == 0 ? '\n' : (r >> 40) % 12 == 0 ? ',' : ' ';
	}
	return n;
}

static size_t rows(uint8_t *out, size_t len, uint64_t *state)
{
	size_t n = 0;

	while (n + 128 < len) {
		uint64_t r = random_next(state);

		n += (size_t)snprintf(
			(char *)out + n, 128, "%u,name%u,13%09u,%018u,a%u@example.com\n",
			(unsigned)(n / 60), (unsigned)(r & 0xfff), (unsigned)(r % 1000000000),
			(unsigned)(r >> 32), (unsigned)(r >> 40 & 0xffff));
	}
	return n;
}

static size_t convert(const char *to, const char *from, const uint8_t *in, size_t len, uint8_t *out,
		      size_t size)
{
	iconv_t cd = iconv_open(to, from);
	char *ip = (char *)in, *op = (char *)out;

	if (cd == (iconv_t)-1)
		exit(1);
	while (len > 0 && iconv(cd, &ip, &len, &op, &size) == (size_t)-1) {
		/* what the target does not know is left out; a cut character ends it */
		size_t skip = (uint8_t)*ip >= 0xe0 ? 3 : 1;

		if (len < 4 || size < 16)
			break;
		ip += skip;
		len -= skip;
	}
	iconv_close(cd);
	return (size_t)(op - (char *)out);
}

static void make(struct corpus *corpus, size_t size)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint64_t state = 88172645463325252u;
	uint8_t *gb = malloc(size);
	size_t n = 0, u;

	while (n + 16384 < size) {
		n += chinese(gb + n, 8192, &state);
		n += english(gb + n, 8192, &state);
	}
	for (int i = 0; i < CORPORA; i++)
		corpus[i].data = malloc(size * 2);
	corpus[GB] = (struct corpus){"gb18030", gb, n};
	u = convert("UTF-8", "GB18030", gb, n, corpus[UTF8].data, size * 2);
	corpus[UTF8].name = "utf8";
	corpus[UTF8].len = u;
	corpus[UTF16].name = "utf16le";
	corpus[UTF16].len =
		convert("UTF-16LE", "UTF-8", corpus[UTF8].data, u, corpus[UTF16].data, size * 2);
	corpus[BIG5].name = "big5";
	corpus[BIG5].len =
		convert("BIG5", "UTF-8", corpus[UTF8].data, u, corpus[BIG5].data, size * 2);
	corpus[ENGLISH].name = "english";
	corpus[ENGLISH].len = english(corpus[ENGLISH].data, size, &state);
	corpus[CSV].name = "csv";
	corpus[CSV].len = rows(corpus[CSV].data, size, &state);
	corpus[BASE64].name = "base64";
	for (n = 0; n < size; n++)
		corpus[BASE64].data[n] =
			n % 77 == 76 ? '\n' : (uint8_t)alphabet[random_next(&state) % 64];
	corpus[BASE64].len = size;
}

static uint8_t block[PIECE * 4];

static size_t run_read(const struct engine *engine, const struct corpus *corpus)
{
	typedef uint64_t wide __attribute__((vector_size(64), aligned(1)));
	wide sum = {0}, other = {0};

	for (size_t at = 0; at + 128 <= corpus->len; at += 128) {
		sum ^= *(const wide *)(corpus->data + at);
		other ^= *(const wide *)(corpus->data + at + 64);
	}
	sum ^= other;
	return (size_t)(sum[0] ^ sum[3] ^ sum[7]);
}

static size_t run_copy(const struct engine *engine, const struct corpus *corpus)
{
	size_t sum = 0;

	for (size_t at = 0; at < corpus->len; at += PIECE) {
		memcpy(block, corpus->data + at, WEIR_MIN((size_t)PIECE, corpus->len - at));
		sum += block[at % PIECE];
	}
	return sum;
}

static size_t run_decode(const struct engine *engine, const struct corpus *corpus)
{
	size_t sum = 0;

	for (size_t at = 0; at < corpus->len;) {
		size_t used, left = WEIR_MIN((size_t)PIECE, corpus->len - at);

		sum += weir_view_decode(engine->charset, corpus->data + at, left, true, block,
					sizeof(block), &used, (enum weir_view_level)engine->level);
		at += used;
	}
	return sum;
}

static size_t run_iconv(const struct engine *engine, const struct corpus *corpus)
{
	iconv_t cd = iconv_open("UTF-8", engine->iconv_name);
	size_t sum = 0;

	for (size_t at = 0; at < corpus->len;) {
		size_t left = WEIR_MIN((size_t)PIECE, corpus->len - at), room = sizeof(block);
		char *ip = (char *)corpus->data + at, *op = (char *)block;
		size_t before = left;

		if (iconv(cd, &ip, &left, &op, &room) == (size_t)-1 && before == left)
			break;
		at += before - left;
		sum += sizeof(block) - room;
	}
	iconv_close(cd);
	return sum;
}

static size_t run_guess(const struct engine *engine, const struct corpus *corpus)
{
	size_t bom, sum = 0;

	for (size_t at = 0; at + WEIR_CHARSET_SAMPLE <= corpus->len; at += WEIR_CHARSET_SAMPLE)
		sum += weir_charset_guess(corpus->data + at, WEIR_CHARSET_SAMPLE, false,
					  WEIR_CHARSET_BYTES, &bom);
	return sum;
}

static size_t run_normal(const struct engine *engine, const struct corpus *corpus)
{
	struct weir_normal normal = {0};
	size_t sum = 0;

	for (size_t at = 0; at < corpus->len; at += PIECE) {
		if (weir_normalise(corpus->data + at, WEIR_MIN((size_t)PIECE, corpus->len - at),
				   &normal) < 0)
			exit(1);
		sum += normal.len;
	}
	weir_normal_done(&normal);
	return sum;
}

static size_t run_base64(const struct engine *engine, const struct corpus *corpus)
{
	struct weir_coded_stream stream = {.coding = WEIR_CODING_BASE64};
	size_t sum = 0;

	for (size_t at = 0; at < corpus->len; at += PIECE)
		sum += weir_coded_stream(&stream, corpus->data + at,
					 WEIR_MIN((size_t)PIECE, corpus->len - at), block);
	return sum;
}

#define ONLY(x) (1u << (x))
static const struct engine engines[] = {
	{"memory read", run_read, 0, 0, NULL, ~0u},
	{"memcpy", run_copy, 0, 0, NULL, ~0u},
	{"iconv", run_iconv, 0, 0, "GB18030", ONLY(GB)},
	{"iconv", run_iconv, 0, 0, "BIG5", ONLY(BIG5)},
	{"iconv", run_iconv, 0, 0, "UTF-16LE", ONLY(UTF16)},
	{"decode portable", run_decode, WEIR_CHARSET_GB18030, VIEW_PORTABLE, NULL, ONLY(GB)},
	{"decode avx2", run_decode, WEIR_CHARSET_GB18030, VIEW_AVX2, NULL, ONLY(GB)},
	{"decode avx512", run_decode, WEIR_CHARSET_GB18030, VIEW_AVX512, NULL, ONLY(GB)},
	{"decode avx2", run_decode, WEIR_CHARSET_BIG5, VIEW_AVX2, NULL, ONLY(BIG5)},
	{"decode portable", run_decode, WEIR_CHARSET_UTF16LE, VIEW_PORTABLE, NULL, ONLY(UTF16)},
	{"decode avx2", run_decode, WEIR_CHARSET_UTF16LE, VIEW_AVX2, NULL, ONLY(UTF16)},
	{"decode avx512", run_decode, WEIR_CHARSET_UTF16LE, VIEW_AVX512, NULL, ONLY(UTF16)},
	{"guess", run_guess, 0, 0, NULL, ~ONLY(BASE64)},
	{"normalise", run_normal, 0, 0, NULL, ONLY(UTF8) | ONLY(ENGLISH) | ONLY(CSV)},
	{"base64 stream", run_base64, 0, 0, NULL, ONLY(BASE64)},
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static double rate[CORPORA][ARRAY_SIZE(engines)][ROUNDS_MAX];
	struct corpus corpus[CORPORA] = {0};
	uint32_t mib = 32, rounds = 7;
	size_t sink = 0;

	if ((argc > 1 && weir_parse_u32(argv[1], &mib) < 0) ||
	    (argc > 2 && weir_parse_u32(argv[2], &rounds) < 0) || mib < 1 || mib > 1024 ||
	    rounds < 1 || rounds > ROUNDS_MAX) {
		fprintf(stderr, "usage: bench_view [MIB 1-1024 [ROUNDS 1-%d]]\n", ROUNDS_MAX);
		return 2;
	}
	make(corpus, (size_t)mib << 20);
	for (uint32_t round = 0; round < rounds; round++)
		for (int c = 0; c < CORPORA; c++)
			for (size_t e = 0; e < ARRAY_SIZE(engines); e++) {
				double start = seconds();

				if (!(engines[e].corpora & ONLY(c)) ||
				    engines[e].level > (int)weir_view_level())
					continue;
				sink += engines[e].run(&engines[e], &corpus[c]);
				rate[c][e][round] =
					(double)corpus[c].len / (seconds() - start) * 1e-9;
			}
	printf("%u MiB, %u rounds; GB/s of input, median (best), and the median over that of "
	       "memory "
	       "read, memcpy\n",
	       mib, rounds);
	for (int c = 0; c < CORPORA; c++)
		for (size_t e = 0; e < ARRAY_SIZE(engines); e++) {
			double *r = rate[c][e];

			qsort(r, rounds, sizeof(*r), by_value);
			if (r[rounds - 1] > 0)
				printf("%-8s %-16s %6.2f (%5.2f)  %5.2f %5.2f\n", corpus[c].name,
				       engines[e].name, r[rounds / 2], r[rounds - 1],
				       r[rounds / 2] / rate[c][0][rounds / 2],
				       r[rounds / 2] / rate[c][1][rounds / 2]);
		}
	return sink == 1 ? 3 : 0;
}
