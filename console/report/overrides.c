/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that warn: what was refused, for what a reason was given, and what then passed. Which of
 * the three an event tells is in the event alone. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/proto/wire.h"
#include "weir/v1/event.pb-c.h"

#define RULES_MAX WEIR_REPORT_ROWS_MAX
#define PAGE	  1000

struct rule {
	char *name;
	uint64_t refused, reasons, passed;
};

struct rules {
	struct rule *rules;
	size_t n;
	uint64_t unreadable;
};

static void free_rules(struct rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		free(rules->rules[i].name);
	free(rules->rules);
}

/* NULL without *error: no more fit. A policy has few rules. */
static struct rule *find_rule(struct rules *rules, const char *name, int *error)
{
	for (size_t i = 0; i < rules->n; i++)
		if (strcmp(rules->rules[i].name, name) == 0)
			return &rules->rules[i];
	if (rules->n == RULES_MAX)
		return NULL;
	rules->rules[rules->n].name = strdup(name);
	if (!rules->rules[rules->n].name) {
		*error = -ENOMEM;
		return NULL;
	}
	return &rules->rules[rules->n++];
}

/* What the endpoint left out as alike counts too. */
static void count(struct rule *rule, const Weir__V1__Event *event)
{
	uint64_t n = 1 + event->suppressed;

	if (!event->justification)
		rule->refused += n;
	else if (strcmp(event->activity, "justify") == 0)
		rule->reasons += n;
	else
		rule->passed += n;
}

static int take_event(struct rules *rules, const char *name, const void *blob, size_t len)
{
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct rule *rule;
	int r = weir_wire_unpack(&weir__v1__event__descriptor, blob, len, &wire);

	if (r == -ENOMEM)
		return r;
	if (r < 0) {
		rules->unreadable++;
		return 0;
	}
	r = 0;
	rule = find_rule(rules, name, &r);
	if (rule)
		count(rule, weir_wire_message(wire));
	return r;
}

/* The next events behind *id, in the order of their coming; *id is then the last of them. How many, or
 * negative errno. */
static int take_page(struct run *run, struct rules *rules, int64_t *id)
{
	static const char sql[] = "SELECT id, rule, blob FROM event WHERE id > $1 AND action = $2"
				  " AND time_ns >= $3 AND time_ns < $4 ORDER BY id LIMIT $5";
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	int n = 0, r;

	r = WEIR_DB_QUERY(run->tx, &rows, sql, weir_db_int(*id),
			  weir_db_int(WEIR__V1__ACTION__ACTION_WARN),
			  weir_db_int((int64_t)run->request->from_ns),
			  weir_db_int((int64_t)run->request->until_ns), weir_db_int(PAGE));
	for (; r >= 0 && (r = weir_db_next(rows)) == 1; n++) {
		size_t len;
		const void *blob = weir_db_get_blob(rows, 2, &len);

		*id = weir_db_get_int(rows, 0);
		r = take_event(rules, weir_db_get_text(rows, 1), blob, len);
	}
	return r < 0 ? r : n;
}

static int collect(struct run *run, struct rules *rules)
{
	int64_t id = 0;
	int n;

	do {
		n = take_page(run, rules, &id);
	} while (n == PAGE);
	return n < 0 ? n : 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct rule *)a)->name, ((const struct rule *)b)->name);
}

int run_overrides(struct run *run)
{
	struct rules rules _cleanup_(free_rules) = {};
	json_t *rows = run_section(run, "rules_that_warn");
	int r;

	rules.rules = calloc(RULES_MAX, sizeof(*rules.rules));
	r = rules.rules ? collect(run, &rules) : -ENOMEM;
	if (r < 0)
		return r;
	qsort(rules.rules, rules.n, sizeof(*rules.rules), by_name);
	for (size_t i = 0; i < rules.n; i++) {
		const struct rule *rule = &rules.rules[i];
		json_t *row = json_pack("{s:s, s:I, s:I, s:I}", "rule", rule->name, "refused",
					(json_int_t)rule->refused, "reasons_given",
					(json_int_t)rule->reasons, "let_through",
					(json_int_t)rule->passed);

		run_interval(row, "override_share",
			     figures_share(WEIR_MIN(rule->reasons, rule->refused), rule->refused));
		run_row(run, rows, row);
	}
	rows = run_section(run, "unreadable");
	run_row(run, rows, json_pack("{s:I}", "events", (json_int_t)rules.unreadable));
	return 0;
}
