/* SPDX-License-Identifier: Apache-2.0 */
/* Detectors, and what rules ask of content. */
#include <errno.h>
#include <string.h>

#include "compile_body.h"
#include "values.h"
#include "weir/base/macros.h"
#include "weir/findings/custom.h"

#define CONFIDENCE_LIMITS 50
#define CONFIDENCE_CUSTOM 60
#define SAMPLES_MAX	  32 /* of one detector */
#define SAMPLE_BYTES	  1024

/* Words are compared without regard to the case of Latin letters. */
static int take_words(const struct reading *r, const struct yaml_node *node, char ***ret,
		      size_t *ret_n)
{
	int code = take_texts(r, node, ret, ret_n);

	for (size_t i = 0; code >= 0 && i < *ret_n; i++)
		for (char *p = (*ret)[i]; *p; p++)
			*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
	return code;
}

static int compile_names(const struct reading *r, const struct yaml_node *node,
			 Weir__V1__PolicyDetector *ret)
{
	static const char *const keys[] = {"zh", "en"};
	int code = node ? want_map(r, node, "\"name\"", keys, ARRAY_SIZE(keys)) : 0;

	ret->name_zh = ret->name_en = ret->name;
	if (code >= 0)
		code = take_text(r, yaml_get(node, "zh"), &ret->name_zh);
	return code < 0 ? code : take_text(r, yaml_get(node, "en"), &ret->name_en);
}

static int compile_detector(const struct reading *r, const struct yaml_node *node,
			    Weir__V1__PolicyDetector *ret)
{
	static const char *const keys[] = {"pattern", "check", "words",	     "negative_words",
					   "level",   "name",  "confidence", "samples"};
	uint64_t confidence = CONFIDENCE_CUSTOM;
	int code = want_map(r, node, "a detector", keys, ARRAY_SIZE(keys));

	if (code >= 0)
		code = take_text(r, yaml_get(node, "pattern"), &ret->pattern);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "check"), &ret->check);
	if (code >= 0)
		code = take_words(r, yaml_get(node, "words"), &ret->words, &ret->n_words);
	if (code >= 0)
		code = take_words(r, yaml_get(node, "negative_words"), &ret->negative_words,
				  &ret->n_negative_words);
	if (code >= 0)
		code = take_text(r, yaml_get(node, "level"), &ret->level);
	if (code >= 0)
		code = compile_names(r, yaml_get(node, "name"), ret);
	if (code >= 0)
		code = take_u64(r, yaml_get(node, "confidence"), 100, &confidence);
	ret->confidence = (uint32_t)confidence;
	return code;
}

static int take_samples(const struct reading *r, const struct yaml_node *node, bool match,
			struct weir_policy_sample *list, size_t *n)
{
	const struct yaml_node *item;
	char **texts = NULL;
	size_t count = 0;
	int code = take_texts(r, node, &texts, &count);

	if (code < 0 || count == 0)
		return code;
	if (*n + count > SAMPLES_MAX)
		return fail_node(r, node, "more than %d samples", SAMPLES_MAX);
	item = node->kind == YAML_LIST ? node->first : node;
	for (size_t i = 0; i < count; i++, item = item->next) {
		if (strlen(texts[i]) > SAMPLE_BYTES)
			return fail_node(r, item, "a sample has at most %d bytes", SAMPLE_BYTES);
		list[(*n)++] =
			(struct weir_policy_sample){{texts[i], item->line, item->column}, match};
	}
	return 0;
}

static int compile_samples(const struct reading *r, const struct yaml_node *detector,
			   struct weir_policy_sample list[static SAMPLES_MAX], size_t *ret_n)
{
	static const char *const keys[] = {"match", "no_match"};
	const struct yaml_node *node = yaml_get(detector, "samples");
	int code;

	*ret_n = 0;
	if (!node)
		return 0;
	code = want_map(r, node, "\"samples\"", keys, ARRAY_SIZE(keys));
	if (code >= 0)
		code = take_samples(r, yaml_get(node, "match"), true, list, ret_n);
	return code < 0 ? code : take_samples(r, yaml_get(node, "no_match"), false, list, ret_n);
}

int compile_detectors(const struct reading *r, const struct yaml_node *node,
		      Weir__V1__Policy *policy)
{
	struct weir_policy_sample samples[SAMPLES_MAX];
	size_t n_samples;
	int code;

	if (!node)
		return 0;
	code = want_map(r, node, "\"detectors\"", NULL, 0);
	if (code < 0)
		return code;
	policy->detectors = compile_alloc(r, node->count * sizeof(*policy->detectors));
	if (!policy->detectors)
		return -ENOMEM;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		Weir__V1__PolicyDetector *detector = NEW_ITEM(
			r, policy->detectors, policy->n_detectors, weir__v1__policy_detector__init);

		if (!detector)
			return -ENOMEM;
		detector->name = (char *)n->key->text;
		code = compile_detector(r, n, detector);
		if (code >= 0)
			code = compile_samples(r, n, samples, &n_samples);
		if (code < 0)
			return code;
	}
	return 0;
}

static struct weir_policy_text text_of(const struct yaml_node *node)
{
	if (!node)
		return (struct weir_policy_text){0};
	return (struct weir_policy_text){node->text, node->line, node->column};
}

int compile_sources(const struct reading *r, const struct yaml_node *node, weir_policy_source_fn fn,
		    void *context)
{
	struct weir_policy_sample samples[SAMPLES_MAX];

	for (const struct yaml_node *n = node ? node->first : NULL; n; n = n->next) {
		struct weir_policy_source source = {
			.id = text_of(n->key),
			.pattern = text_of(yaml_get(n, "pattern")),
			.check = text_of(yaml_get(n, "check")),
			.samples = samples,
		};
		int code = compile_samples(r, n, samples, &source.n_samples);

		if (code < 0)
			return code;
		fn(context, &source);
	}
	return 0;
}

/* A mapping of names to numbers. */
static int compile_limits(const struct reading *r, const struct yaml_node *node, const char *what,
			  Weir__V1__ContentLimit ***ret, size_t *ret_n)
{
	Weir__V1__ContentLimit **list;
	size_t count = 0;
	int code;

	if (!node)
		return 0;
	code = want_map(r, node, what, NULL, 0);
	if (code < 0)
		return code;
	if (node->count == 0)
		return fail_node(r, node, "%s is empty", what);
	list = compile_alloc(r, node->count * sizeof(*list));
	if (!list)
		return -ENOMEM;
	for (const struct yaml_node *n = node->first; n; n = n->next) {
		Weir__V1__ContentLimit *limit =
			NEW_ITEM(r, list, count, weir__v1__content_limit__init);

		if (!limit)
			return -ENOMEM;
		limit->name = (char *)n->key->text;
		code = take_u64(r, n, UINT32_MAX, &limit->limit);
		if (code < 0)
			return code;
	}
	*ret = list;
	*ret_n = count;
	return 0;
}

static int compile_number(const struct reading *r, const struct yaml_node *node,
			  Weir__V1__Comparison *ret_comparison, uint64_t *ret)
{
	char *text = NULL;
	int code = take_text(r, node, &text);

	if (code >= 0 && parse_distinct(text, ret_comparison, ret) < 0) {
		code = fail_node(r, node, "\"%.64s\" is no condition on a number", text);
		weir_error_hint(r->err, "write \">=5\" or \">4\", in quotes");
	}
	return code;
}

static int compile_class_part(const struct reading *r, const struct yaml_node *node,
			      Weir__V1__ContentCondition *ret)
{
	const struct yaml_node *class = yaml_get(node, "class"), *distinct = NULL;
	int code;

	if (!class && !yaml_get(node, "distinct"))
		return 0;
	code = want_key(r, node, "class", &class);
	if (code >= 0)
		code = want_key(r, node, "distinct", &distinct);
	if (code >= 0)
		code = take_text(r, class, &ret->class_name);
	return code < 0 ? code : compile_number(r, distinct, &ret->comparison, &ret->distinct);
}

static int compile_customers(const struct reading *r, const struct yaml_node *node, uint64_t *ret)
{
	Weir__V1__Comparison comparison;
	uint64_t number;
	int code;

	if (!node)
		return 0;
	code = compile_number(r, node, &comparison, &number);
	if (code < 0)
		return code;
	*ret = number + (comparison == WEIR__V1__COMPARISON__COMPARISON_MORE_THAN);
	if (*ret == 0)
		return fail_node(r, node, "the number of customers is at least 1");
	return 0;
}

static int compile_within(const struct reading *r, const struct yaml_node *node, uint32_t *ret)
{
	char *text = NULL;
	int code = take_text(r, node, &text);

	if (code < 0 || !text)
		return code;
	if (parse_duration(text, ret) < 0 || *ret == 0) {
		code = fail_node(r, node, "\"%.64s\" is no time", text);
		weir_error_hint(r->err, "a number and m, h or d, as in 24h");
	}
	return code;
}

int compile_content(const struct reading *r, const struct yaml_node *node,
		    Weir__V1__PolicyRule *rule)
{
	static const char *const keys[] = {"class", "distinct",	 "limits", "min_confidence",
					   "share", "customers", "within"};
	uint64_t confidence = 0;
	Weir__V1__ContentCondition *ret;
	int code;

	if (!node)
		return 0;
	code = want_map(r, node, "\"content\"", keys, ARRAY_SIZE(keys));
	if (code < 0)
		return code;
	ret = compile_alloc(r, sizeof(*ret));
	if (!ret)
		return -ENOMEM;
	weir__v1__content_condition__init(ret);
	rule->content = ret;
	confidence = yaml_get(node, "limits") ? CONFIDENCE_LIMITS : 0;
	code = compile_class_part(r, node, ret);
	if (code >= 0)
		code = compile_limits(r, yaml_get(node, "limits"), "\"limits\"", &ret->limits,
				      &ret->n_limits);
	if (code >= 0)
		code = compile_limits(r, yaml_get(node, "share"), "\"share\"", &ret->share,
				      &ret->n_share);
	if (code >= 0)
		code = compile_customers(r, yaml_get(node, "customers"), &ret->customers);
	if (code >= 0)
		code = compile_within(r, yaml_get(node, "within"), &ret->within_seconds);
	if (code >= 0 && yaml_get(node, "min_confidence") && !ret->n_limits)
		return fail_node(r, yaml_get(node, "min_confidence"),
				 "\"min_confidence\" is for \"limits\"; classes have their own");
	if (code >= 0)
		code = take_u64(r, yaml_get(node, "min_confidence"), 100, &confidence);
	ret->limits_confidence = (uint32_t)confidence;
	return code;
}
