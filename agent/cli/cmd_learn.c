/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd_learn.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/catalogue/catalogue.h"
#include "weir/cli/column.h"
#include "weir/cli/learn.h"
#include "weir/findings/detectors.h"

#define FILE_BYTES ((size_t)16 << 20)

static const char help[] =
	"Usage: weir detectors learn FILE [OPTION]...\n\n"
	"Makes a detector for a policy from sample values, one a line; - is standard input. No "
	"sample "
	"is printed.\n\n"
	"  --name NAME        of the detector (learnt)\n"
	"  --column COLUMN    FILE is a table: the heading or number of the column\n"
	"  --format FORM      yaml, for a policy, or json\n\n"
	"At least 20 different values are needed; several hundred show what is fixed and what is "
	"not.\n\n"
	"Exit status: 0 learnt, 2 usage or trouble.\n";

struct learn_options {
	const char *file, *name, *column;
	bool json;
};

/* The place that the engine looks at, which costs least when it is not "anywhere". -EINVAL: it refuses
 * the detector, *reterr says why. */
static int find_anchor(const struct weir_learned *l, const char *name, enum weir_anchor *ret,
		       struct weir_error *reterr)
{
	const struct weir_custom custom = {.id = name,
					   .name_zh = name,
					   .name_en = name,
					   .pattern = l->pattern,
					   .check = l->form.check,
					   .level = "C2",
					   .base = (uint8_t)l->confidence};
	struct weir_catalogue *catalogue _cleanup_(weir_catalogue_freep) = NULL;
	int r = weir_catalogue_new(&custom, 1, &catalogue, reterr);

	if (r < 0)
		return r;
	*ret = weir_catalogue_at(catalogue, WEIR_DETECTOR_COUNT)->forms[0].anchor;
	return 0;
}

static void put_chance(const struct weir_learned *l)
{
	if (l->taken)
		printf("# %" PRIu64 " of %" PRIu64
		       " random strings of the same shape are accepted\n",
		       l->taken, l->tried);
	else
		printf("# none of %" PRIu64 " random strings of the same shape is accepted\n",
		       l->tried);
}

static void put_sum(const struct weir_learn_weights *w)
{
	if (!w->modulus)
		return;
	printf("# the last character is a sum of the others modulo %u, constant %u, weights",
	       w->modulus, w->constant);
	for (unsigned i = 0; i < w->count; i++)
		printf(" %u", w->weight[i]);
	printf(";\n# no check of this kind can be named in a policy, so it is not used\n");
}

static void put_report(const struct weir_learned *l, enum weir_anchor anchor)
{
	printf("# learnt from %zu values, %zu of them different; %u", l->values, l->different,
	       l->form.min);
	if (l->form.max > l->form.min)
		printf(" to %u", l->form.max);
	printf(" characters\n");
	if (l->constant)
		printf("# the first %u are always the same\n", l->constant);
	if (l->year)
		printf("# a year begins at character %u\n", l->year);
	if (l->few) {
		printf("# few characters (organisation, kind) at");
		for (unsigned i = 0; i < l->form.max; i++)
			if (l->few >> i & 1)
				printf(" %u", i + 1);
		printf("\n");
	}
	printf("# check: %s\n", l->form.check ? l->form.check : "none found");
	put_sum(&l->weights);
	printf("# of values left out while learning, %.1f %% are found again\n", l->recall * 100);
	put_chance(l);
	if (anchor == WEIR_ANCHOR_ANY)
		printf("# the engine finds no quick place to look for it: a slow detector\n");
	if (l->confidence < 50)
		printf("# too common a shape to count by itself: give it words\n");
}

static void put_samples(const char values[][WEIR_LEARN_LENGTH + 1])
{
	bool any = false;

	for (size_t i = 0; i < WEIR_LEARN_MADE; i++) {
		if (!values[i][0])
			continue;
		printf("%s'", any ? ", " : "");
		for (const char *p = values[i]; *p; p++)
			printf(*p == '\'' ? "''" : "%c", *p);
		printf("'");
		any = true;
	}
}

static void put_yaml(const struct weir_learned *l, const char *name, enum weir_anchor anchor)
{
	put_report(l, anchor);
	printf("detectors:\n  %s:\n    pattern: '", name);
	for (const char *p = l->pattern; *p; p++)
		printf(*p == '\'' ? "''" : "%c", *p);
	printf("'\n");
	if (l->form.check)
		printf("    check: %s\n", l->form.check);
	printf("    words: []            # what stands beside it, in lower case\n"
	       "    level: C2\n    confidence: %u\n"
	       "    samples:             # made up, none is from the file\n      match: [",
	       l->confidence);
	put_samples(l->made);
	printf("]\n      no_match: [");
	put_samples(l->unmade);
	printf("]\n");
}

static json_t *made_json(const char values[][WEIR_LEARN_LENGTH + 1])
{
	json_t *list = json_array();

	for (size_t i = 0; i < WEIR_LEARN_MADE; i++)
		if (values[i][0])
			(void)json_array_append_new(list, json_string(values[i]));
	return list;
}

static json_t *few_json(const struct weir_learned *l)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < l->form.max; i++)
		if (l->few >> i & 1)
			(void)json_array_append_new(list, json_integer(i + 1));
	return list;
}

static json_t *weights_json(const struct weir_learn_weights *w)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < w->count; i++)
		(void)json_array_append_new(list, json_integer(w->weight[i]));
	return json_pack("{s:i, s:i, s:o}", "modulus", (int)w->modulus, "constant",
			 (int)w->constant, "weights", list);
}

static int put_json(const struct weir_learned *l, const char *name, enum weir_anchor anchor)
{
	json_t *detector =
		json_pack("{s:s, s:s?, s:s, s:i, s:{s:o, s:o}}", "pattern", l->pattern, "check",
			  l->form.check, "level", "C2", "confidence", (int)l->confidence, "samples",
			  "match", made_json(l->made), "no_match", made_json(l->unmade));
	json_t *root = json_pack(
		"{s:s, s:I, s:I, s:[i,i], s:i, s:i, s:o, s:o?, s:f, s:I, s:I, s:b, s:o}", "name",
		name, "values", (json_int_t)l->values, "different", (json_int_t)l->different,
		"length", (int)l->form.min, (int)l->form.max, "constant", (int)l->constant, "year",
		(int)l->year, "few", few_json(l), "sum",
		l->weights.modulus ? weights_json(&l->weights) : NULL, "recall", l->recall,
		"random_tried", (json_int_t)l->tried, "random_accepted", (json_int_t)l->taken,
		"slow", anchor == WEIR_ANCHOR_ANY, "detector", detector);
	int r = root ? json_dumpf(root, stdout, JSON_INDENT(2)) : -1;

	json_decref(root);
	return r < 0 || putchar('\n') == EOF ? -EIO : 0;
}

static int complain(const char *what, const char *why)
{
	fprintf(stderr, "weir detectors learn: %s: %s\n", what, why);
	return 2;
}

static int read_values(const struct learn_options *o, struct weir_column *ret)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(FILE_BYTES);
	const char *path = strcmp(o->file, "-") == 0 ? "/dev/stdin" : o->file;
	int r = weir_read_file(AT_FDCWD, path, &text);

	if (r == 0)
		r = weir_column_read(text.data ? text.data : "", text.len, o->column, ret);
	else
		return complain(o->file, r == -ENOBUFS ? "larger than 16 MiB" : strerror(-r));
	if (r == -ENOENT)
		return complain(o->column, "there is no such column");
	return r < 0 ? complain(o->file, strerror(-r)) : 0;
}

static int learn(const struct learn_options *o)
{
	struct weir_column column _cleanup_(weir_column_done) = {0};
	struct weir_learned learned;
	struct weir_error error = {0};
	enum weir_anchor anchor = WEIR_ANCHOR_ANY;
	int r = read_values(o, &column);

	if (r)
		return r;
	r = weir_learn((const char *const *)column.cells, column.n, &learned, &error);
	if (r == 0)
		r = find_anchor(&learned, o->name, &anchor, &error);
	if (r < 0) {
		(void)complain(o->file, error.text[0] ? error.text : strerror(-r));
		if (error.hint[0])
			fprintf(stderr, "  %s\n", error.hint);
		return 2;
	}
	if (o->json)
		return put_json(&learned, o->name, anchor) < 0 ? 2 : 0;
	put_yaml(&learned, o->name, anchor);
	return ferror(stdout) ? 2 : 0;
}

int weir_cmd_learn(int argc, char **argv)
{
	static const struct option options[] = {{"name", required_argument, NULL, 'n'},
						{"column", required_argument, NULL, 'c'},
						{"format", required_argument, NULL, 'f'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct learn_options o = {.name = "learnt"};
	int c;

	opterr = 0;
	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (c == 'h')
			return printf("%s", help) < 0 ? 2 : 0;
		if (c == 'n')
			o.name = optarg;
		else if (c == 'c')
			o.column = optarg;
		else if (c == 'f' && (strcmp(optarg, "json") == 0 || strcmp(optarg, "yaml") == 0))
			o.json = optarg[0] == 'j';
		else
			return complain("usage", "weir detectors learn --help says more");
	}
	if (optind + 1 != argc)
		return complain("usage", "name one file; weir detectors learn --help says more");
	o.file = argv[optind];
	return learn(&o);
}
