/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <errno.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>

#include "engines.h"
#include "twenty.h"

struct functions {
	__typeof__(hs_compile_multi) *compile_multi;
	__typeof__(hs_alloc_scratch) *alloc_scratch;
	__typeof__(hs_scan) *scan;
	__typeof__(hs_free_database) *free_database;
	__typeof__(hs_free_scratch) *free_scratch;
	__typeof__(hs_database_info) *database_info;
	__typeof__(hs_version) *version;
};

struct hyperscan {
	void *library;
	struct functions fn;
	hs_database_t *written, *tuned;
	hs_scratch_t *scratch;
};

static int load(struct hyperscan *hs, const char *library)
{
	struct functions *fn = &hs->fn;

	hs->library = dlopen(library, RTLD_NOW | RTLD_LOCAL);
	if (!hs->library)
		return -ENOENT;
	fn->compile_multi = dlsym(hs->library, "hs_compile_multi");
	fn->alloc_scratch = dlsym(hs->library, "hs_alloc_scratch");
	fn->scan = dlsym(hs->library, "hs_scan");
	fn->free_database = dlsym(hs->library, "hs_free_database");
	fn->free_scratch = dlsym(hs->library, "hs_free_scratch");
	fn->database_info = dlsym(hs->library, "hs_database_info");
	fn->version = dlsym(hs->library, "hs_version");
	return fn->compile_multi && fn->alloc_scratch && fn->scan && fn->free_database &&
			       fn->free_scratch && fn->database_info && fn->version
		       ? 0
		       : -ENOENT;
}

static int compile(struct hyperscan *hs, const char *const *texts, const unsigned *flags,
		   unsigned n, hs_database_t **ret)
{
	unsigned ids[PATTERNS];
	hs_compile_error_t *error;

	for (unsigned i = 0; i < n; i++)
		ids[i] = i;
	if (hs->fn.compile_multi(texts, flags, ids, n, HS_MODE_BLOCK, NULL, ret, &error) !=
	    HS_SUCCESS) {
		fprintf(stderr, "bench_scan: hyperscan: %s\n", error->message);
		return -EINVAL;
	}
	return hs->fn.alloc_scratch(*ret, &hs->scratch) == HS_SUCCESS ? 0 : -ENOMEM;
}

static int compile_written(struct hyperscan *hs)
{
	static char room[PATTERNS][PATTERN_MAX];
	const char *texts[PATTERNS];
	unsigned flags[PATTERNS];

	for (unsigned i = 0; i < PATTERNS; i++) {
		pattern_consuming(&pattern_texts[i], room[i]);
		texts[i] = room[i];
		flags[i] = pattern_texts[i].any_case ? HS_FLAG_CASELESS : 0;
	}
	return compile(hs, texts, flags, PATTERNS, &hs->written);
}

static int compile_tuned(struct hyperscan *hs)
{
	const char *texts[LOOSE];
	unsigned flags[LOOSE];

	for (unsigned i = 0; i < LOOSE; i++) {
		texts[i] = loose_texts[i].expression;
		flags[i] = loose_texts[i].any_case ? HS_FLAG_CASELESS : 0;
	}
	return compile(hs, texts, flags, LOOSE, &hs->tuned);
}

int hyperscan_new(const char *library, struct hyperscan **ret)
{
	struct hyperscan *hs _cleanup_(hyperscan_freep) = calloc(1, sizeof(*hs));
	int r;

	if (!hs)
		return -ENOMEM;
	r = load(hs, library);
	if (r == 0)
		r = compile_written(hs);
	if (r == 0)
		r = compile_tuned(hs);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(hs);
	return 0;
}

void hyperscan_free(struct hyperscan *hs)
{
	if (!hs)
		return;
	if (hs->scratch)
		hs->fn.free_scratch(hs->scratch);
	if (hs->written)
		hs->fn.free_database(hs->written);
	if (hs->tuned)
		hs->fn.free_database(hs->tuned);
	if (hs->library)
		dlclose(hs->library);
	free(hs);
}

void hyperscan_describe(const struct hyperscan *hs, char *out, size_t size)
{
	char *info = NULL;

	if (hs->fn.database_info(hs->written, &info) != HS_SUCCESS)
		info = NULL;
	snprintf(out, size, "%s; database: %s", hs->fn.version(), info ? info : "?");
	free(info);
}

static int count_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		       void *context)
{
	(*(uint64_t *)context)++;
	return 0;
}

uint64_t hyperscan_written(struct hyperscan *hs, const uint8_t *data, size_t len)
{
	uint64_t matches = 0;

	hs->fn.scan(hs->written, (const char *)data, (unsigned)len, 0, hs->scratch, count_match,
		    &matches);
	return matches;
}

static int loose_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
		       void *context)
{
	twenty_loose(context, (enum loose)id, (size_t)to);
	return 0;
}

void hyperscan_tuned(struct hyperscan *hs, const uint8_t *data, size_t len, struct hits *hits)
{
	struct twenty twenty = {.data = data, .hits = hits};

	*hits = (struct hits){0};
	hs->fn.scan(hs->tuned, (const char *)data, (unsigned)len, 0, hs->scratch, loose_match,
		    &twenty);
}
