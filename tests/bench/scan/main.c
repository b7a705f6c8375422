/* SPDX-License-Identifier: Apache-2.0 */
/* bench_scan: the engine's core against its peers and the machine's limits, on the same bytes in the
 * same run. Prints figures; fails only when engines disagree about what there is. */

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "corpora.h"
#include "engines.h"
#include "twenty.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"

#define ROUNDS_MAX 31

struct options {
	size_t size; /* of a corpus */
	unsigned rounds;
	bool quick;
	const char *hs_lib, *vs_lib, *write, *only, *engine;
};

enum row {
	ROW_READ,
	ROW_MEMCHR,
	ROW_CORE,
	ROW_FIND,
	ROW_PLACES,  /* the finder with every kind of place */
	ROW_PRODUCT, /* the same with the catalogue's words */
	ROW_CONTEXT, /* words of context alone */
	ROW_AVX512,
	ROW_AVX2,
	ROW_SSE2,
	ROW_NEON,
	ROW_PORTABLE,
	ROW_PIECES_64K,
	ROW_PIECES_4K,
	ROW_PCRE,
	ROW_HS_WRITTEN,
	ROW_HS_TUNED,
	ROW_VS_WRITTEN,
	ROW_VS_TUNED,
	ROW_RE2_SET, /* which patterns, not where */
	ROW_FULL,
	ROWS
};

static const char *const row_names[ROWS] = {"memory read",
					    "memchr",
					    "weir core",
					    "  finder alone",
					    "  finder, all places",
					    "  finder, product words",
					    "  finder, context words",
					    "  core avx512",
					    "  core avx2",
					    "  core sse2",
					    "  core neon",
					    "  core portable",
					    "  core, 64 KiB pieces",
					    "  core, 4 KiB pieces",
					    "pcre2 jit, separate",
					    "hyperscan as written",
					    "hyperscan tuned",
					    "vectorscan as written",
					    "vectorscan tuned",
					    "re2 set of 64 KiB pieces",
					    "weir full"};

static const char *const variants[] = {"avx512", "avx2", "sse2", "neon", "portable"};

struct bench {
	const struct options *options;
	struct core *core, *places, *product, *context, *variant[ARRAY_SIZE(variants)];
	struct pcre *pcre;
	struct hyperscan *hs, *vs;
	struct re2 *re2;
	struct full *full;
	double speed[CORPORA][ROWS][ROUNDS_MAX];
	uint64_t candidates[CORPORA];
	unsigned failures;
	uint64_t sink; /* keeps results alive */
};

/* Of this thread, so that what else the machine does is left out. */
static uint64_t cpu_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * WEIR_NSEC_PER_SEC + (uint64_t)now.tv_nsec;
}

static bool has_row(const struct bench *bench, enum row row)
{
	if (bench->options->engine && row != ROW_READ &&
	    !strstr(row_names[row], bench->options->engine))
		return false;
	switch (row) {
	case ROW_AVX512 ... ROW_PORTABLE:
		return bench->variant[row - ROW_AVX512];
	case ROW_HS_WRITTEN:
	case ROW_HS_TUNED:
		return bench->hs;
	case ROW_VS_WRITTEN:
	case ROW_VS_TUNED:
		return bench->vs;
	case ROW_RE2_SET:
		return bench->re2;
	default:
		return true;
	}
}

static uint64_t run_row(struct bench *bench, enum row row, const uint8_t *data, size_t len)
{
	struct hits hits;

	switch (row) {
	case ROW_READ:
		return limit_read(data, len);
	case ROW_MEMCHR:
		return limit_memchr(data, len);
	case ROW_CORE:
		return core_scan(bench->core, data, len, 0, &hits);
	case ROW_FIND:
		return core_find(bench->core, data, len);
	case ROW_PLACES:
		return core_find(bench->places, data, len);
	case ROW_PRODUCT:
		return core_find(bench->product, data, len);
	case ROW_CONTEXT:
		return core_find(bench->context, data, len);
	case ROW_PIECES_64K:
		return core_scan(bench->core, data, len, 65536, &hits);
	case ROW_PIECES_4K:
		return core_scan(bench->core, data, len, 4096, &hits);
	case ROW_PCRE:
		pcre_scan(bench->pcre, data, len, &hits);
		return hits.count[0];
	case ROW_HS_WRITTEN:
		return hyperscan_written(bench->hs, data, len);
	case ROW_HS_TUNED:
		hyperscan_tuned(bench->hs, data, len, &hits);
		return hits.count[0];
	case ROW_VS_WRITTEN:
		return hyperscan_written(bench->vs, data, len);
	case ROW_VS_TUNED:
		hyperscan_tuned(bench->vs, data, len, &hits);
		return hits.count[0];
	case ROW_RE2_SET:
		return re2_scan(bench->re2, data, len);
	case ROW_FULL:
		return full_scan(bench->full, data, len);
	default:
		return core_scan(bench->variant[row - ROW_AVX512], data, len, 0, &hits);
	}
}

static double speed_of(struct bench *bench, enum row row, const struct corpus *corpus)
{
	uint64_t start = cpu_ns();

	bench->sink += run_row(bench, row, corpus->data, corpus->len);
	return (double)corpus->len / (double)(cpu_ns() - start);
}

/* Rounds go over all engines, so that a neighbour's load falls on all of them. */
static void measure(struct bench *bench, enum corpus_kind kind, const struct corpus *corpus)
{
	for (unsigned round = 0; round < bench->options->rounds; round++)
		for (unsigned row = 0; row < ROWS; row++)
			if (has_row(bench, row))
				bench->speed[kind][row][round] = speed_of(bench, row, corpus);
}

static void compare(struct bench *bench, const char *corpus, const char *name,
		    const struct hits *expected, const struct hits *got, bool fatal)
{
	for (unsigned i = 0; i < PATTERNS; i++) {
		if (expected->count[i] == got->count[i] && expected->sum[i] == got->sum[i])
			continue;
		printf("%s: %s: %s: pcre2 %llu, here %llu\n", fatal ? "DIFFERS" : "note", corpus,
		       name, (unsigned long long)expected->count[i],
		       (unsigned long long)got->count[i]);
		printf("         (%s)\n", pattern_texts[i].name);
		bench->failures += fatal;
	}
}

static void check(struct bench *bench, enum corpus_kind kind, const struct corpus *corpus)
{
	size_t len = corpus->len;
	const char *name = corpus_name(kind);
	struct hits expected, got;
	uint64_t all = 0;

	pcre_scan(bench->pcre, corpus->data, len, &expected);
	core_scan(bench->core, corpus->data, len, 0, &got);
	compare(bench, name, "weir core", &expected, &got, true);
	core_scan(bench->core, corpus->data, len, 4096, &got);
	compare(bench, name, "weir core, 4 KiB pieces", &expected, &got, true);
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
		if (bench->variant[i]) {
			core_scan(bench->variant[i], corpus->data, len, 0, &got);
			compare(bench, name, variants[i], &expected, &got, true);
		}
	if (bench->hs) {
		hyperscan_tuned(bench->hs, corpus->data, len, &got);
		compare(bench, name, "hyperscan tuned", &expected, &got, false);
	}
	for (unsigned i = 0; i < PATTERNS; i++)
		all += expected.count[i];
	bench->candidates[kind] = core_scan(bench->core, corpus->data, len, 0, &got);
	printf("%-8s %6.1f MiB compared: %llu hits, %.3f thousand candidates per MiB\n", name,
	       (double)len / 1048576, (unsigned long long)all,
	       (double)bench->candidates[kind] / ((double)len / 1048576) / 1000);
	fflush(stdout);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(const struct bench *bench, enum corpus_kind kind, enum row row,
		     double *ret_max)
{
	unsigned rounds = bench->options->rounds;
	double sorted[ROUNDS_MAX];

	memcpy(sorted, bench->speed[kind][row], rounds * sizeof(sorted[0]));
	qsort(sorted, rounds, sizeof(sorted[0]), by_value);
	if (ret_max)
		*ret_max = sorted[rounds - 1];
	return sorted[rounds / 2];
}

static bool shown(const struct bench *bench, enum corpus_kind kind)
{
	return bench->speed[kind][ROW_READ][0] > 0;
}

static void print_head(const struct bench *bench)
{
	printf("\n%-26s", "GB/s of CPU: median (max)");
	for (unsigned kind = 0; kind < CORPORA; kind++)
		if (shown(bench, kind))
			printf(" %15s", corpus_name(kind));
	printf("\n");
}

static void print_speeds(const struct bench *bench)
{
	print_head(bench);
	for (unsigned row = 0; row < ROWS; row++) {
		if (!has_row(bench, row))
			continue;
		printf("%-26s", row_names[row]);
		for (unsigned kind = 0; kind < CORPORA; kind++) {
			double most, middle;

			if (!shown(bench, kind))
				continue;
			middle = median(bench, kind, row, &most);
			printf(middle < 0.5 ? " %6.3f (%6.3f)" : " %6.2f (%6.2f)", middle, most);
		}
		printf("\n");
	}
}

/* Goals as ratios of medians; 0: none stated. */
struct goal {
	enum row than;
	const char *name;
	double at_least[CORPORA];
};

static const struct goal goals[] = {
	{ROW_HS_WRITTEN, "x hyperscan as written", {15, 30, 24, 16, 0, 0, 0}},
	{ROW_HS_TUNED, "x hyperscan tuned", {4.5, 7, 8, 4.5, 6, 0, 0}},
	{ROW_RE2_SET, "x re2 set", {0, 3.5, 4, 0, 0, 0, 0}},
	{ROW_PCRE, "x pcre2 jit", {0, 45, 0, 0, 0, 0, 0}},
	{ROW_READ, "of memory read", {0.30, 0, 0, 0, 0, 0, 0}},
};

static void print_ratios(const struct bench *bench)
{
	printf("\n%-26s", "weir core, ratio (goal)");
	for (unsigned kind = 0; kind < CORPORA; kind++)
		if (shown(bench, kind))
			printf(" %15s", corpus_name(kind));
	printf("\n");
	for (size_t i = 0; i < ARRAY_SIZE(goals); i++) {
		if (!has_row(bench, goals[i].than))
			continue;
		printf("%-26s", goals[i].name);
		for (unsigned kind = 0; kind < CORPORA; kind++) {
			double ratio, goal = goals[i].at_least[kind];

			if (!shown(bench, kind))
				continue;
			ratio = median(bench, kind, ROW_CORE, NULL) /
				median(bench, kind, goals[i].than, NULL);
			if (goal > 0)
				printf(" %6.2f (%5.2f)%s", ratio, goal, ratio >= goal ? "+" : "-");
			else
				printf(" %6.2f        ", ratio);
		}
		printf("\n");
	}
	for (enum row row = ROW_PIECES_64K; row <= ROW_PIECES_4K; row++) {
		printf("%-26s", row == ROW_PIECES_64K ? "loss at 64 KiB, %" : "loss at 4 KiB, %");
		for (unsigned kind = 0; kind < CORPORA; kind++)
			if (shown(bench, kind))
				printf(" %6.1f (%5s) ",
				       100 - 100 * median(bench, kind, row, NULL) /
						       median(bench, kind, ROW_CORE, NULL),
				       row == ROW_PIECES_64K ? "<5" : "<10");
		printf("\n");
	}
}

static double compile_once(void)
{
	struct weir_finder *finder = NULL;
	uint64_t start = cpu_ns();
	int r = weir_finder_new(pattern_words, WORDS, TWENTY_PLACES, &finder);
	double took = (double)(cpu_ns() - start) / 1e6;

	if (r == 0)
		weir_finder_free(finder);
	return took;
}

static void print_compile(const struct bench *bench)
{
	double best = compile_once();

	for (unsigned i = 0; i < 20; i++)
		best = WEIR_MIN(best, compile_once());
	printf("\nthe built-in set compiles in %.3f ms (goal 1) to %.1f KiB (goal 1024); runs %s\n",
	       best, (double)weir_finder_size(core_finder(bench->core)) / 1024,
	       weir_finder_variant(core_finder(bench->core)));
}

/* Text that is nothing but candidates, or chains without end: time per byte must not grow. */
static void print_linear(struct bench *bench)
{
	static const char *const units[] = {
		"1",	"1 ",	   "a1",
		"@a",	"京A",	   "<<<a",
		"4a ",	"\\u0031", "QWxhZGRpbjpvcGVuIHNlc2FtZTEyMzQ1Njc4OTAxMjM0NTY3ODkw\n",
		"密码", "AB12 ",   "1.1.1.",
		"1111 "};
	static const size_t sizes[] = {1 << 16, 1 << 18, 1 << 20, 1 << 22};

	printf("\nadversarial input, ns per byte of all places, at");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		printf(" %zu KiB", sizes[i] / 1024);
	printf("\n");
	for (size_t u = 0; u < ARRAY_SIZE(units); u++) {
		uint8_t *data _cleanup_(freep) = malloc(sizes[ARRAY_SIZE(sizes) - 1]);
		size_t n = strlen(units[u]);

		if (!data)
			return;
		for (size_t i = 0; i < sizes[ARRAY_SIZE(sizes) - 1]; i++)
			data[i] = (uint8_t)units[u][i % n];
		printf("  %-10.*s", (int)WEIR_MIN(n, (size_t)8), units[u]);
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			uint64_t start = cpu_ns();

			bench->sink += core_find(bench->places, data, sizes[i]);
			printf(" %7.2f", (double)(cpu_ns() - start) / (double)sizes[i]);
		}
		printf("\n");
	}
}

static int bench_corpus(struct bench *bench, enum corpus_kind kind, const struct corpus *corpus)
{
	const struct options *options = bench->options;
	char path[4096];

	if (options->write) {
		snprintf(path, sizeof(path), "%s/%s", options->write, corpus_name(kind));
		return weir_write_file_atomic(-1, path, corpus->data, corpus->len, 0644);
	}
	if (!options->engine)
		check(bench, kind, corpus);
	if (!options->quick)
		measure(bench, kind, corpus);
	return 0;
}

static int bench_all(struct bench *bench)
{
	const struct options *options = bench->options;

	for (unsigned kind = 0; kind < CORPORA; kind++) {
		struct corpus text _cleanup_(corpus_done) = {0}, coded _cleanup_(corpus_done) = {0};
		bool other = kind == CORPUS_GB18030 || kind == CORPUS_UTF16;
		int r;

		if (options->only && strcmp(options->only, corpus_name(kind)) != 0)
			continue;
		r = corpus_make(other ? CORPUS_TEXT : kind, options->size, &text);
		if (r == 0 && other)
			r = corpus_encode(&text, kind == CORPUS_UTF16 ? "UTF-16LE" : "GB18030",
					  &coded);
		if (r == 0)
			r = bench_corpus(bench, kind, other ? &coded : &text);
		if (r < 0)
			return r;
	}
	return 0;
}

static int product_new(struct bench *bench)
{
	struct word_list anchors _cleanup_(word_list_done) = {0};
	struct word_list context _cleanup_(word_list_done) = {0};
	int r = product_words(false, &anchors);

	if (r == 0)
		r = product_words(true, &context);
	if (r == 0)
		r = core_new(NULL, &anchors, WEIR_PLACE_ALL, &bench->product);
	if (r == 0)
		r = core_new(NULL, &context, WEIR_PLACE_WORD, &bench->context);
	if (r == 0)
		printf("the catalogue has %zu anchor words and %zu words of context\n", anchors.n,
		       context.n);
	return r;
}

static void load_hyperscan(const char *name, const char *library, struct hyperscan **ret)
{
	char text[512];

	if (!library || hyperscan_new(library, ret) < 0) {
		printf("no %s in %s: its rows are left out\n", name, library ? library : "no file");
		return;
	}
	hyperscan_describe(*ret, text, sizeof(text));
	printf("%s from %s: %s\n", name, library, text);
}

static int bench_new(struct bench *bench)
{
	const struct options *options = bench->options;
	int r = core_new(NULL, NULL, TWENTY_PLACES, &bench->core);

	if (r == 0)
		r = core_new(NULL, NULL, WEIR_PLACE_ALL, &bench->places);
	if (r == 0)
		r = product_new(bench);
	for (size_t i = 0; r == 0 && i < ARRAY_SIZE(variants); i++)
		if (core_new(variants[i], NULL, TWENTY_PLACES, &bench->variant[i]) == -ENOMEM)
			r = -ENOMEM;
	if (r == 0)
		r = pcre_new(&bench->pcre);
	if (r < 0)
		return r;
	load_hyperscan("hyperscan", options->hs_lib, &bench->hs);
	load_hyperscan("vectorscan", options->vs_lib, &bench->vs);
	r = re2_new(&bench->re2);
	if (r == -ENOTSUP)
		printf("no re2: its row is left out\n");
	else if (r < 0)
		return r;
	return full_new(&bench->full);
}

static void bench_done(struct bench *bench)
{
	core_free(bench->core);
	core_free(bench->places);
	core_free(bench->product);
	core_free(bench->context);
	for (size_t i = 0; i < ARRAY_SIZE(variants); i++)
		core_free(bench->variant[i]);
	pcre_free(bench->pcre);
	hyperscan_free(bench->hs);
	hyperscan_free(bench->vs);
	re2_free(bench->re2);
	full_free(bench->full);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: bench_scan [--size SIZE] [--rounds N] [--only CORPUS] [--engine NAME]\n"
		"                  [--hs-lib FILE] [--vs-lib FILE] [--write DIR] [--quick]\n"
		"  --size       of each corpus (64MiB)\n"
		"  --rounds     median of so many (7)\n"
		"  --only       text, csv, logs, source, random, gb18030 or utf16le\n"
		"  --engine     only rows with this in their name\n"
		"  --hs-lib     libhs.so.5 of Hyperscan\n"
		"  --vs-lib     the same of Vectorscan, unpacked anywhere\n"
		"  --write      puts the corpora into a folder and ends\n"
		"  --quick      compares hits on a few hundred KiB, measures nothing\n");
	return 2;
}

static int parse(int argc, char **argv, struct options *options)
{
	static const struct option known[] = {
		{"size", required_argument, NULL, 's'},
		{"rounds", required_argument, NULL, 'r'},
		{"only", required_argument, NULL, 'o'},
		{"engine", required_argument, NULL, 'e'},
		{"hs-lib", required_argument, NULL, 'h'},
		{"vs-lib", required_argument, NULL, 'v'},
		{"write", required_argument, NULL, 'w'},
		{"quick", no_argument, NULL, 'q'},
		{0},
	};
	uint64_t size = 64 << 20;
	uint32_t rounds = 7;
	int r = 0, c;

	while (r == 0 && (c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 's')
			r = weir_parse_size(optarg, &size);
		else if (c == 'r')
			r = weir_parse_u32(optarg, &rounds);
		else if (c == 'o')
			options->only = optarg;
		else if (c == 'e')
			options->engine = optarg;
		else if (c == 'h')
			options->hs_lib = optarg;
		else if (c == 'v')
			options->vs_lib = optarg;
		else if (c == 'w')
			options->write = optarg;
		else if (c == 'q')
			options->quick = true;
		else
			r = -EINVAL;
	}
	if (options->quick)
		size = 300 << 10;
	options->size = size;
	options->rounds = WEIR_MAX(1U, WEIR_MIN(rounds, (uint32_t)ROUNDS_MAX));
	return optind < argc || size < 65536 || size > UINT32_C(1) << 30 ? -EINVAL : r;
}

int main(int argc, char **argv)
{
	struct options options = {.hs_lib = "libhs.so.5"};
	static struct bench bench;
	int r;

	if (parse(argc, argv, &options) < 0)
		return usage();
	bench.options = &options;
	r = bench_new(&bench);
	if (r == 0)
		r = bench_all(&bench);
	if (r < 0) {
		fprintf(stderr, "bench_scan: %s\n", strerror(-r));
	} else if (!options.quick && !options.write) {
		print_speeds(&bench);
		if (options.engine)
			goto done;
		print_ratios(&bench);
		print_compile(&bench);
		print_linear(&bench);
	}
done:
	bench_done(&bench);
	return r < 0 || bench.failures ? 1 : 0;
}
