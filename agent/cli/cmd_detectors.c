/* SPDX-License-Identifier: Apache-2.0 */
/* weir detectors: what the engine looks for, in words. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd_learn.h"
#include "commands.h"
#include "control_client.h"
#include "weir/base/macros.h"
#include "weir/catalogue/catalogue.h"

static const char *const anchors[] = {
	[WEIR_ANCHOR_DIGITS] = "a run of digits",
	[WEIR_ANCHOR_SPAN] = "digits in groups, with one separator between them",
	[WEIR_ANCHOR_TOKEN] = "letters and digits in one run",
	[WEIR_ANCHOR_AT] = "around an '@'",
	[WEIR_ANCHOR_PLATE] = "the hanzi of a province and a capital letter",
	[WEIR_ANCHOR_QUAD] = "four numbers with dots",
	[WEIR_ANCHOR_FILLER] = "a line of a machine-readable document",
	[WEIR_ANCHOR_HOUSE] = "around a house number",
	[WEIR_ANCHOR_WORD] = "behind a word",
	[WEIR_ANCHOR_BREAK] = "digits that go on in the next line or cell",
	[WEIR_ANCHOR_CELL] = "a whole cell of a column of such values",
	[WEIR_ANCHOR_ANY] = "anywhere",
};

static const char *anchor_text(enum weir_anchor anchor)
{
	const char *text = (size_t)anchor < ARRAY_SIZE(anchors) ? anchors[anchor] : NULL;

	return text ? text : "at a mark of its own";
}

static int usage(FILE *out, int status)
{
	fprintf(out, "Usage: weir detectors list [--format text|json]\n"
		     "       weir detectors show ID [--format text|json]\n"
		     "       weir detectors learn FILE [OPTION]...\n"
		     "\n"
		     "  list     every built-in detector: id, level, check, name\n"
		     "  show     one of them: its forms, check, words, labels and confidence\n"
		     "  learn    a detector for a policy from sample values, one a line;\n"
		     "           weir detectors learn --help says more\n"
		     "\n"
		     "Exit status: 0 done, 2 usage or trouble.\n");
	return status;
}

static json_t *words_json(const char *const *words)
{
	json_t *list = json_array();

	for (; words && *words; words++)
		(void)json_array_append_new(list, json_string(*words));
	return list;
}

static json_t *forms_json(const struct weir_detector *d)
{
	json_t *list = json_array();

	for (size_t i = 0; i < WEIR_DETECTOR_FORMS && d->forms[i].anchor; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:s?, s:i}", "where",
							    anchors[d->forms[i].anchor], "pattern",
							    d->forms[i].pattern, "shift",
							    (int)d->forms[i].shift));
	return list;
}

static json_t *confidence_json(const struct weir_confidence *c)
{
	return json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}", "refused", (int)c->refused,
			 "accepted", (int)c->accepted, "strong",
			 (int)(c->strong ? c->strong : c->accepted), "near_word", (int)c->near_word,
			 "far_word", (int)c->far_word, "negative_word", -(int)c->negative,
			 "placeholder", -(int)c->placeholder, "column", (int)c->column);
}

static json_t *labels_json(const struct weir_labels *l)
{
	return json_pack("{s:s, s:i, s:s, s:s?, s:b}", "jrt0171", l->level, "jrt0197",
			 (int)l->jrt0197, "nfra", l->nfra, "sensitive", l->sensitive, "gbt35273",
			 (int)l->gbt35273);
}

static json_t *detector_json(size_t number, const struct weir_detector *d)
{
	return json_pack("{s:s, s:i, s:{s:s, s:s}, s:s?, s:o, s:o, s:o, s:o, s:o}", "id", d->id,
			 "number", (int)number, "name", "zh", d->name_zh, "en", d->name_en, "check",
			 d->check, "forms", forms_json(d), "words", words_json(d->words),
			 "negative_words", words_json(d->negatives), "labels",
			 labels_json(&d->labels), "confidence", confidence_json(&d->confidence));
}

static int put_json(json_t *value)
{
	int r = value ? json_dumpf(value, stdout, JSON_INDENT(2)) : -1;

	json_decref(value);
	return r < 0 || putchar('\n') == EOF ? 2 : 0;
}

static int list(bool json, bool chinese)
{
	const struct weir_catalogue *catalogue = weir_catalogue_builtin();
	const struct weir_detector *d;
	json_t *all = json_array();

	for (size_t i = 0; (d = weir_catalogue_at(catalogue, i)); i++) {
		if (json)
			(void)json_array_append_new(all, detector_json(i, d));
		else
			printf("%-20s %-3s %-8s %s\n", d->id, d->labels.level,
			       d->check ? "checked" : "-", chinese ? d->name_zh : d->name_en);
	}
	if (json)
		return put_json(json_pack("{s:i, s:o}", "catalogue", WEIR_CATALOGUE_VERSION,
					  "detectors", all));
	json_decref(all);
	printf(chinese ? "检测器目录版本 %d\n" : "catalogue version %d\n", WEIR_CATALOGUE_VERSION);
	return ferror(stdout) ? 2 : 0;
}

static void show_words(const char *heading, const char *const *words)
{
	if (!words || !*words)
		return;
	printf("%s\n  ", heading);
	for (size_t i = 0; words[i]; i++)
		printf("%s%s", i ? ", " : "", words[i]);
	printf("\n");
}

static void show_forms(const struct weir_detector *d)
{
	printf("forms\n");
	for (size_t i = 0; i < WEIR_DETECTOR_FORMS && d->forms[i].anchor; i++) {
		const struct weir_form *form = &d->forms[i];

		printf("  %s", anchor_text(form->anchor));
		if (form->shift)
			printf(" (%+d)", form->shift);
		printf("%s%s\n", form->pattern ? ": " : "", form->pattern ? form->pattern : "");
	}
}

static void show_confidence(const struct weir_confidence *c)
{
	printf("confidence, 0-100; below 50 is not reported\n");
	if (c->refused)
		printf("  %3d  the form alone, refused by the check\n", c->refused);
	printf("  %3d  the form, and the check where there is one\n", c->accepted);
	if (c->strong && c->strong != c->accepted)
		printf("  %3d  and it is in a table that random values miss\n", c->strong);
	printf("  %+3d  a word within 32 bytes before it, or over its column\n", c->near_word);
	printf("  %+3d  a word within 900 bytes\n", c->far_word);
	printf("  %+3d  a negative word\n", -(int)c->negative);
	printf("  %+3d  a value that people type as an example\n", -(int)c->placeholder);
	printf("  %+3d  at least five of them in a column\n", c->column);
}

static void show(const struct weir_detector *d)
{
	printf("%s\n  %s\n  %s\n", d->id, d->name_zh, d->name_en);
	show_forms(d);
	printf("check\n  %s\n", d->check ? d->check : "none");
	if (d->companion)
		printf("counts only with\n  %s\n", d->companion);
	if (d->min_distinct > 1)
		printf("counts from\n  %d different values in one object\n", d->min_distinct);
	show_words("words", d->words);
	show_words("negative words", d->negatives);
	printf("labels\n  JR/T 0171 %s, JR/T 0197 %d, NFRA %s%s%s%s\n", d->labels.level,
	       d->labels.jrt0197, d->labels.nfra, d->labels.gbt35273 ? ", GB/T 35273" : "",
	       d->labels.sensitive ? ", GB/T 45574 " : "",
	       d->labels.sensitive ? d->labels.sensitive : "");
	show_confidence(&d->confidence);
	printf("catalogue version %d\n", WEIR_CATALOGUE_VERSION);
}

static int show_one(const char *id, bool json)
{
	const struct weir_catalogue *catalogue = weir_catalogue_builtin();
	int number = weir_catalogue_find(catalogue, id);

	if (number < 0) {
		fprintf(stderr,
			"weir detectors: there is no detector \"%s\"; weir detectors list has "
			"all\n",
			id);
		return 2;
	}
	if (json)
		return put_json(detector_json((size_t)number,
					      weir_catalogue_at(catalogue, (size_t)number)));
	show(weir_catalogue_at(catalogue, (size_t)number));
	return ferror(stdout) ? 2 : 0;
}

/* Takes "--format X" out of the arguments; false when X is none. */
static bool take_format(int *argc, char **argv, bool *ret_json)
{
	for (int i = 1; i + 1 < *argc; i++) {
		if (strcmp(argv[i], "--format") != 0)
			continue;
		*ret_json = strcmp(argv[i + 1], "json") == 0;
		if (!*ret_json && strcmp(argv[i + 1], "text") != 0)
			return false;
		memmove(&argv[i], &argv[i + 2], (size_t)(*argc - i - 1) * sizeof(*argv));
		*argc -= 2;
		i--;
	}
	return true;
}

int weir_cmd_detectors(int argc, char **argv)
{
	bool json = false;

	if (argc > 1 && strcmp(argv[1], "learn") == 0)
		return weir_cmd_learn(argc - 1, argv + 1);
	if (!take_format(&argc, argv, &json))
		return usage(stderr, 2);
	if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
		return usage(stdout, 0);
	if (argc == 2 && strcmp(argv[1], "list") == 0)
		return list(json, control_chinese());
	if (argc == 3 && strcmp(argv[1], "show") == 0)
		return show_one(argv[2], json);
	return usage(stderr, 2);
}
