/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/cli/scan_stored.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIG (INT64_C(1) << 60)

static json_t *counts_json(const struct weir_findings *f)
{
	json_t *list = json_array();

	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++) {
		json_t *steps;

		if (!f->total[i])
			continue;
		steps = json_array();
		for (size_t s = 0; s < WEIR_CONFIDENCE_STEPS; s++)
			(void)json_array_append_new(steps, json_integer(f->distinct_from[i][s]));
		(void)json_array_append_new(
			list, json_pack("[i,I,I,i,o]", (int)i, (json_int_t)f->total[i],
					(json_int_t)f->distinct[i], (int)f->best[i], steps));
	}
	return list;
}

static json_t *findings_json(const struct weir_findings *f)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < f->count; i++) {
		const struct weir_finding *one = &f->findings[i];

		(void)json_array_append_new(
			list, json_pack("[I,I,i,i,i,s]", (json_int_t)one->offset,
					(json_int_t)one->length, (int)one->detector,
					(int)one->confidence, (int)one->part, one->masked));
	}
	return list;
}

char *weir_stored_write(const struct weir_findings *f)
{
	json_t *parts = json_array(), *root;
	char *ret;

	for (uint32_t i = 0; i < f->parts_count; i++)
		(void)json_array_append_new(parts, json_string(f->parts[i]));
	root = json_pack("{s:i,s:s,s:s,s:I,s:I,s:I,s:o,s:o,s:o}", "status", (int)f->status,
			 "reason", f->reason, "type", f->type, "bytes", (json_int_t)f->bytes,
			 "records", (json_int_t)f->records, "customers", (json_int_t)f->customers,
			 "parts", parts, "counts", counts_json(f), "findings", findings_json(f));
	ret = root ? json_dumps(root, JSON_COMPACT) : NULL;
	json_decref(root);
	return ret;
}

/* 0 to max, or the whole reading fails. */
static uint64_t number(const json_t *value, uint64_t max, bool *good)
{
	json_int_t n = json_integer_value(value);

	if (!json_is_integer(value) || n < 0 || (uint64_t)n > max) {
		*good = false;
		return 0;
	}
	return (uint64_t)n;
}

static void text(const json_t *value, char *ret, size_t size, bool *good)
{
	size_t len = json_string_length(value);

	if (!json_is_string(value) || len >= size) {
		*good = false;
		return;
	}
	memcpy(ret, json_string_value(value), len);
	ret[len] = '\0';
}

static void read_count(const json_t *entry, struct weir_findings *f, bool *good)
{
	size_t i = number(json_array_get(entry, 0), WEIR_FINDINGS_DETECTORS - 1, good);
	const json_t *steps = json_array_get(entry, 4);

	f->total[i] = number(json_array_get(entry, 1), BIG, good);
	f->distinct[i] = (uint32_t)number(json_array_get(entry, 2), UINT32_MAX, good);
	f->best[i] = (uint8_t)number(json_array_get(entry, 3), 100, good);
	for (size_t s = 0; s < WEIR_CONFIDENCE_STEPS; s++)
		f->distinct_from[i][s] =
			(uint32_t)number(json_array_get(steps, s), f->distinct[i], good);
}

static void read_finding(const json_t *entry, struct weir_findings *f, bool *good)
{
	struct weir_finding *one = &f->findings[f->count++];
	uint64_t last_part = f->parts_count ? f->parts_count - 1 : 0;

	one->offset = number(json_array_get(entry, 0), BIG, good);
	one->length = (uint32_t)number(json_array_get(entry, 1), UINT32_MAX, good);
	one->detector =
		(uint16_t)number(json_array_get(entry, 2), WEIR_FINDINGS_DETECTORS - 1, good);
	one->confidence = (uint8_t)number(json_array_get(entry, 3), 100, good);
	one->part = (uint8_t)number(json_array_get(entry, 4), last_part, good);
	text(json_array_get(entry, 5), one->masked, sizeof(one->masked), good);
}

static void read_lists(const json_t *root, struct weir_findings *f, bool *good)
{
	const json_t *parts = json_object_get(root, "parts"), *item;
	const json_t *counts = json_object_get(root, "counts");
	const json_t *findings = json_object_get(root, "findings");
	size_t i;

	if (!json_is_array(parts) || json_array_size(parts) > WEIR_FINDINGS_PARTS ||
	    !json_is_array(counts) || json_array_size(counts) > WEIR_FINDINGS_DETECTORS ||
	    !json_is_array(findings) || json_array_size(findings) > WEIR_FINDINGS_MAX) {
		*good = false;
		return;
	}
	json_array_foreach(parts, i, item) text(item, f->parts[i], sizeof(f->parts[i]), good);
	f->parts_count = (uint32_t)json_array_size(parts);
	json_array_foreach(counts, i, item) read_count(item, f, good);
	json_array_foreach(findings, i, item) read_finding(item, f, good);
}

int weir_stored_read(const char *data, size_t len, struct weir_findings *ret)
{
	json_t *root = json_loadb(data, len, JSON_REJECT_DUPLICATES, NULL);
	bool good = json_is_object(root);

	memset(ret, 0, offsetof(struct weir_findings, findings));
	ret->status = (enum weir_scan_status)number(json_object_get(root, "status"),
						    _WEIR_SCAN_STATUS_MAX - 1, &good);
	text(json_object_get(root, "reason"), ret->reason, sizeof(ret->reason), &good);
	text(json_object_get(root, "type"), ret->type, sizeof(ret->type), &good);
	ret->bytes = number(json_object_get(root, "bytes"), BIG, &good);
	ret->records = number(json_object_get(root, "records"), BIG, &good);
	ret->customers = number(json_object_get(root, "customers"), BIG, &good);
	if (good)
		read_lists(root, ret, &good);
	json_decref(root);
	return good && ret->status >= WEIR_SCAN_COMPLETE ? 0 : -EINVAL;
}
