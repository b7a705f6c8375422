/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/policylint/lint.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pattern.h"
#include "weir/catalogue/catalogue.h"
#include "weir/findings/detectors.h"
#include "weir/policy/compile.h"

struct lint {
	weir_policy_lint_fn fn;
	void *context;
	int errors; /* or a negative errno */
};

static void tell(struct lint *l, bool error, const struct weir_policy_text *where, const char *hint,
		 const char *fmt, ...) _printf_(5, 6);

static void tell(struct lint *l, bool error, const struct weir_policy_text *where, const char *hint,
		 const char *fmt, ...)
{
	struct weir_error found;
	char text[200];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	(void)weir_error_set(&found, -EINVAL, where->line, where->column, "%s", text);
	if (hint && *hint)
		weir_error_hint(&found, "%s", hint);
	l->errors += error;
	l->fn(l->context, error, &found);
}

/* The algorithms; the built-in detectors' own checks have their ids. */
static void list_checks(char *ret, size_t size)
{
	size_t len = (size_t)snprintf(ret, size, "known here: ");
	const char *name;

	for (size_t i = 0; (name = weir_check_name(i)); i++)
		if (weir_detector_number(name) < 0 && len + strlen(name) + 3 < size)
			len += (size_t)snprintf(ret + len, size - len, "%s, ", name);
	(void)snprintf(ret + len, size - len, "the ids of detectors");
}

/* False when there is no such check. */
static bool find_check(struct lint *l, const struct weir_policy_source *source, weir_check_fn *ret)
{
	char known[200];

	*ret = NULL;
	if (!source->check.text)
		return true;
	*ret = weir_check_find(source->check.text);
	if (*ret)
		return true;
	list_checks(known, sizeof(known));
	tell(l, true, &source->check, known, "there is no check \"%.40s\"", source->check.text);
	return false;
}

static void try_samples(struct lint *l, const struct weir_policy_source *source,
			const struct pattern *pattern, weir_check_fn check)
{
	for (size_t i = 0; i < source->n_samples; i++) {
		const struct weir_policy_sample *sample = &source->samples[i];
		enum outcome outcome = pattern_search(pattern, sample->text.text,
						      strlen(sample->text.text), check);

		if (outcome == OUTCOME_LIMIT)
			tell(l, true, &sample->text, NULL,
			     "the pattern takes too many steps on this sample");
		else if (sample->match && outcome == OUTCOME_NONE)
			tell(l, true, &sample->text, NULL,
			     "the pattern does not match this sample");
		else if (sample->match && outcome == OUTCOME_REFUSED)
			tell(l, true, &sample->text, "the value is group 1 where there is one",
			     source->check.text ? "the check refuses this sample"
						: "the value in this sample is empty");
		else if (!sample->match && outcome == OUTCOME_FOUND)
			tell(l, true, &sample->text, NULL,
			     "this sample must not match, but it does");
	}
}

static void warn_pattern(struct lint *l, const struct weir_policy_source *source,
			 const struct weir_catalogue *catalogue, const struct pattern *pattern)
{
	const char *slow = pattern_slow_on(pattern);

	if (slow)
		tell(l, false, &source->pattern, "limit repetitions, and avoid one inside another",
		     "the pattern takes very many steps on %s", slow);
	if (weir_catalogue_at(catalogue, WEIR_DETECTOR_COUNT)->forms[0].anchor == WEIR_ANCHOR_ANY)
		tell(l, false, &source->pattern,
		     "begin with what is always there: six digits, a letter and digits, a word",
		     "the pattern has no fixed shape: it is tried everywhere, which is slow");
}

/* What the engine says of it; *ret stays NULL when it cannot use it. */
static void try_catalogue(struct lint *l, const struct weir_policy_source *source,
			  struct weir_catalogue **ret)
{
	const struct weir_custom custom = {.id = source->id.text,
					   .name_zh = source->id.text,
					   .name_en = source->id.text,
					   .pattern = source->pattern.text,
					   .level = "C1",
					   .base = 50};
	struct weir_error err = {0};
	int r = weir_catalogue_new(&custom, 1, ret, &err);

	if (r == -EINVAL && err.column)
		tell(l, true, &source->pattern, err.hint, "%.170s, at character %u", err.text,
		     err.column);
	else if (r == -EINVAL)
		tell(l, true, &source->pattern, err.hint, "%.190s", err.text);
	else if (r < 0)
		l->errors = r;
}

static void look(void *context, const struct weir_policy_source *source)
{
	struct lint *l = context;
	struct weir_catalogue *catalogue _cleanup_(weir_catalogue_freep) = NULL;
	struct pattern *pattern _cleanup_(pattern_freep) = NULL;
	weir_check_fn check;
	bool known;
	int r;

	if (l->errors < 0)
		return;
	known = find_check(l, source, &check);
	try_catalogue(l, source, &catalogue);
	if (!catalogue)
		return;
	r = pattern_new(source->pattern.text, &pattern);
	if (r < 0) {
		l->errors = r;
		return;
	}
	if (known)
		try_samples(l, source, pattern, check);
	warn_pattern(l, source, catalogue, pattern);
}

int weir_policy_lint(const char *yaml, size_t len, weir_policy_lint_fn fn, void *context)
{
	struct lint l = {.fn = fn, .context = context};
	struct weir_error err;
	int r = weir_policy_sources(yaml, len, look, &l, &err);

	return r < 0 ? r : l.errors;
}
