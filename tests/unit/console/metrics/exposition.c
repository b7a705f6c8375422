/* SPDX-License-Identifier: Apache-2.0 */
#include "exposition.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"

#define NAME_MAX_LEN 128
#define SERIES_MAX   512

enum type { COUNTER, GAUGE, HISTOGRAM };

/* The family that is being read. */
struct family {
	char name[NAME_MAX_LEN];
	enum type type;
	bool typed;
	double bound;		/* of the last bucket */
	uint64_t in_bucket;	/* of the last bucket */
	bool infinite, counted; /* the buckets have ended, and the count came */
};

struct reader {
	const char *page;
	struct family family;
	const char *seen[SERIES_MAX];
	size_t n_seen;
};

static size_t name_len(const char *text, bool colon)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]) || text[n] == '_' || (colon && text[n] == ':'))
		n++;
	return isdigit((unsigned char)text[0]) ? 0 : n;
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && strcmp(name + len - n, end) == 0;
}

static const char *check_name(const struct family *family)
{
	static const char *const reserved[] = {"_total", "_sum", "_count", "_bucket"};

	if (family->type == COUNTER)
		return ends_with(family->name, "_total") ? NULL : "a counter without _total";
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (ends_with(family->name, reserved[i]))
			return "a name that belongs to another type";
	return NULL;
}

/* What a family lacks when the next one begins. */
static const char *check_end(const struct family *family)
{
	if (family->name[0] && !family->typed)
		return "a family without a type";
	if (family->name[0] && family->type == HISTOGRAM && !(family->infinite && family->counted))
		return "a histogram without its end";
	return NULL;
}

static bool is_known(const struct reader *reader, const char *name)
{
	char line[NAME_MAX_LEN + 16];
	const char *first;

	(void)snprintf(line, sizeof(line), "# HELP %s ", name);
	first = strstr(reader->page, line);
	return first && strstr(first + 1, line);
}

static const char *read_help(struct reader *reader, const char *text)
{
	const char *fault = check_end(&reader->family);
	size_t n = name_len(text, true);

	if (fault)
		return fault;
	if (n == 0 || n >= NAME_MAX_LEN || text[n] != ' ' || text[n + 1] == '\n')
		return "no name or no help";
	reader->family = (struct family){};
	memcpy(reader->family.name, text, n);
	return is_known(reader, reader->family.name) ? "a family twice" : NULL;
}

static const char *read_type(struct reader *reader, const char *text)
{
	static const char *const types[] = {"counter\n", "gauge\n", "histogram\n"};
	struct family *family = &reader->family;
	size_t n = strlen(family->name);

	if (n == 0 || family->typed || strncmp(text, family->name, n) != 0 || text[n] != ' ')
		return "a type that no help came before";
	for (unsigned i = 0; i < 3; i++) {
		if (strncmp(text + n + 1, types[i], strlen(types[i])) != 0)
			continue;
		family->type = (enum type)i;
		family->typed = true;
		return check_name(family);
	}
	return "an unknown type";
}

/* Behind the labels, or NULL. */
static const char *skip_labels(const char *at)
{
	if (*at++ != '{')
		return at - 1;
	for (;;) {
		size_t n = name_len(at, false);

		if (n == 0 || strncmp(at + n, "=\"", 2) != 0)
			return NULL;
		for (at += n + 2; *at != '"'; at++) {
			if (*at == '\n' || *at == '\0')
				return NULL;
			if (*at == '\\' && !strchr("\\\"n", *++at))
				return NULL;
		}
		at++;
		if (*at == '}')
			return at + 1;
		if (*at++ != ',')
			return NULL;
	}
}

static const char *check_bucket(struct family *family, const char *labels, uint64_t value)
{
	double bound = 0;

	if (strncmp(labels, "{le=\"", 5) != 0)
		return "a bucket without le";
	if (strncmp(labels + 5, "+Inf\"}", 6) == 0) {
		family->infinite = true;
	} else {
		bound = strtod(labels + 5, NULL);
		if (family->infinite || bound <= family->bound)
			return "buckets out of order";
	}
	if (value < family->in_bucket)
		return "a bucket that shrinks";
	family->bound = bound;
	family->in_bucket = value;
	return NULL;
}

/* suffix: behind the family's name. */
static const char *check_part(struct family *family, const char *suffix, const char *labels,
			      uint64_t value)
{
	if (family->type != HISTOGRAM)
		return suffix == labels ? NULL : "a sample of another family";
	if (strncmp(suffix, "_bucket", (size_t)(labels - suffix)) == 0)
		return check_bucket(family, labels, value);
	if (strncmp(suffix, "_sum ", 5) == 0)
		return NULL;
	if (strncmp(suffix, "_count ", 7) != 0)
		return "a sample of another family";
	family->counted = true;
	return value == family->in_bucket ? NULL : "a count that is not the last bucket's";
}

static bool came_before(struct reader *reader, const char *series, size_t len)
{
	for (size_t i = 0; i < reader->n_seen; i++)
		if (strncmp(reader->seen[i], series, len) == 0 && reader->seen[i][len] == ' ')
			return true;
	if (reader->n_seen < SERIES_MAX)
		reader->seen[reader->n_seen++] = series;
	return false;
}

static const char *read_sample(struct reader *reader, const char *line)
{
	struct family *family = &reader->family;
	size_t n = name_len(line, true), own = strlen(family->name);
	const char *labels = line + n, *behind = n ? skip_labels(labels) : NULL;
	char *end = NULL;
	double value;

	if (!behind || *behind != ' ')
		return "no sample";
	if (!family->typed || n < own || strncmp(line, family->name, own) != 0)
		return "a sample of another family";
	value = strtod(behind + 1, &end);
	if (end == behind + 1 || *end != '\n' || value < 0)
		return "no number";
	if (came_before(reader, line, (size_t)(behind - line)))
		return "a series twice";
	return check_part(family, line + own, labels, (uint64_t)value);
}

static const char *read_line(struct reader *reader, const char *line)
{
	if (strncmp(line, "# HELP ", 7) == 0)
		return read_help(reader, line + 7);
	if (strncmp(line, "# TYPE ", 7) == 0)
		return read_type(reader, line + 7);
	return read_sample(reader, line);
}

const char *exposition_fault(const char *page, unsigned *ret_line)
{
	static struct reader reader;
	const size_t len = strlen(page);

	*ret_line = 0;
	reader = (struct reader){.page = page};
	if (len == 0 || page[len - 1] != '\n')
		return "no line feed at the end";
	if (weir_utf8_valid(page, len) != len)
		return "no UTF-8";
	for (const char *line = page; *line; line = strchr(line, '\n') + 1) {
		const char *fault = read_line(&reader, line);

		++*ret_line;
		if (fault)
			return fault;
	}
	return check_end(&reader.family);
}

int64_t exposition_value(const char *page, const char *series)
{
	const size_t len = strlen(series);

	for (const char *line = page; *line; line = strchr(line, '\n') + 1)
		if (strncmp(line, series, len) == 0 && line[len] == ' ')
			return strtoll(line + len + 1, NULL, 10);
	return -1;
}
