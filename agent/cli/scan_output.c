/* SPDX-License-Identifier: Apache-2.0 */
#include "scan_output.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/utf8.h"
#include "weir/catalogue/catalogue.h"
#include "weir/findings/detectors.h"

#define PATH_SPACE (PATH_MAX * 3 + 1)

static const char *status_name(enum weir_scan_status status)
{
	switch (status) {
	case WEIR_SCAN_COMPLETE:
		return "complete";
	case WEIR_SCAN_PARTIAL:
		return "partial";
	case WEIR_SCAN_UNSCANNABLE:
		return "unscannable";
	default:
		return "error";
	}
}

static const char *detector_id(const struct weir_scan_printer *printer, size_t index)
{
	if (index < WEIR_DETECTOR_COUNT)
		return weir_detector_id((unsigned)index);
	index -= WEIR_DETECTOR_COUNT;
	return index < printer->n_customs ? printer->customs[index].id : "unknown";
}

/* The part of the object that a finding lies in, NULL when it is the object itself. */
static const char *part_of(const struct weir_findings *f, const struct weir_finding *one)
{
	return one->part > 0 && one->part < f->parts_count ? f->parts[one->part] : NULL;
}

static json_t *finding_json(const struct weir_scan_printer *printer, const struct weir_findings *f,
			    const struct weir_finding *one)
{
	json_t *ret = json_pack("{s:s, s:i, s:I, s:i, s:s}", "detector",
				detector_id(printer, one->detector), "confidence", one->confidence,
				"offset", (json_int_t)one->offset, "length", (int)one->length,
				"masked", one->masked);
	const char *part = part_of(f, one);

	if (part)
		(void)json_object_set_new(ret, "part", json_string(part));
	return ret;
}

static json_t *findings_json(const struct weir_scan_printer *printer, const struct weir_findings *f)
{
	json_t *list = json_array();

	for (uint32_t i = 0; i < f->count; i++)
		(void)json_array_append_new(list, finding_json(printer, f, &f->findings[i]));
	return list;
}

static json_t *distinct_json(const struct weir_scan_printer *printer, const struct weir_findings *f)
{
	json_t *map = json_object();

	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++)
		if (f->distinct[i])
			(void)json_object_set_new(map, detector_id(printer, i),
						  json_integer(f->distinct[i]));
	return map;
}

static json_t *classes_json(const struct weir_scan_result *result)
{
	json_t *list = json_array();

	for (size_t i = 0; i < result->class_count; i++)
		(void)json_array_append_new(list, json_string(result->classes[i]));
	return list;
}

static int put_json(json_t *value, const char *end)
{
	char *text _cleanup_(freep) = value ? json_dumps(value, JSON_COMPACT) : NULL;

	json_decref(value);
	if (!text)
		return -ENOMEM;
	return printf("%s%s", text, end) < 0 ? -EIO : 0;
}

static int print_json(const struct weir_scan_printer *printer,
		      const struct weir_scan_result *result, const char *path)
{
	const struct weir_findings *f = result->findings;

	return put_json(json_pack("{s:s, s:s, s:s, s:s, s:I, s:o, s:o, s:I, s:I, s:o, s:s?, s:s?}",
				  "path", path, "type", f->type, "status", status_name(f->status),
				  "reason", f->reason, "bytes", (json_int_t)f->bytes, "findings",
				  findings_json(printer, f), "distinct", distinct_json(printer, f),
				  "records", (json_int_t)f->records, "customers",
				  (json_int_t)f->customers, "classes", classes_json(result),
				  "verdict", result->verdict, "rule", result->rule),
			"\n");
}

static uint64_t total_of(const struct weir_findings *f)
{
	uint64_t total = 0;

	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++)
		total += f->total[i];
	return total;
}

static void print_summary(const struct weir_scan_printer *printer,
			  const struct weir_scan_result *result, const char *path)
{
	const struct weir_findings *f = result->findings;

	printf("%s: %" PRIu64 " found in %" PRIu64 " records", path, total_of(f), f->records);
	for (size_t i = 0; i < WEIR_FINDINGS_DETECTORS; i++)
		if (f->total[i])
			printf(", %s: %" PRIu32 " different", detector_id(printer, i),
			       f->distinct[i]);
	if (f->customers)
		printf(", customers: %" PRIu64, f->customers);
	if (result->verdict)
		printf("; %s%s%s", result->verdict, result->rule[0] ? " by rule " : "",
		       result->rule);
	printf("\n");
}

static int print_text(const struct weir_scan_printer *printer,
		      const struct weir_scan_result *result, const char *path)
{
	const struct weir_findings *f = result->findings;
	uint64_t total = total_of(f);

	if (f->status != WEIR_SCAN_COMPLETE)
		printf("%s: %s: %s\n", path, status_name(f->status), f->reason);
	if (total == 0)
		return ferror(stdout) ? -EIO : 0;
	print_summary(printer, result, path);
	for (uint32_t i = 0; i < f->count; i++) {
		const char *part = part_of(f, &f->findings[i]);

		printf("  byte %-10" PRIu64 " %-16s %3u  %s%s%s\n", f->findings[i].offset,
		       detector_id(printer, f->findings[i].detector), f->findings[i].confidence,
		       f->findings[i].masked, part ? "  in " : "", part ? part : "");
	}
	if (f->count < total)
		printf("  ... and %" PRIu64 " more\n", total - f->count);
	return ferror(stdout) ? -EIO : 0;
}

/* A path as a relative or absolute URI reference: RFC 3986's unreserved characters and '/', the
 * rest as %XX. */
static void uri(const char *path, char ret[static PATH_SPACE])
{
	size_t used = 0;

	for (const unsigned char *p = (const unsigned char *)path; *p && used + 4 < PATH_SPACE;
	     p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			     (*p >= '0' && *p <= '9') || strchr("/-._~", *p);

		if (plain)
			ret[used++] = (char)*p;
		else
			used += (size_t)snprintf(ret + used, 4, "%%%02X", *p);
	}
	ret[used] = '\0';
}

static json_t *sarif_result(const struct weir_scan_printer *printer,
			    const struct weir_findings *all, const struct weir_finding *f,
			    const char *where)
{
	const char *level = f->confidence >= 85	  ? "error"
			    : f->confidence >= 70 ? "warning"
						  : "note";
	const char *part = part_of(all, f);
	json_t *location = json_pack("{s:{s:{s:s}, s:{s:I, s:i}}}", "physicalLocation",
				     "artifactLocation", "uri", where, "region", "byteOffset",
				     (json_int_t)f->offset, "byteLength", (int)f->length);

	if (part)
		(void)json_object_set_new(
			location, "logicalLocations",
			json_pack("[{s:s, s:s}]", "fullyQualifiedName", part, "kind", "member"));
	return json_pack("{s:s, s:s, s:s, s:{s:s}, s:i, s:[o]}", "ruleId",
			 detector_id(printer, f->detector), "level", level, "kind", "fail",
			 "message", "text", f->masked, "rank", f->confidence, "locations",
			 location);
}

/* What was not looked at to its end is a result of its own, of the kind that says "not decided". */
static json_t *sarif_open(const struct weir_findings *f, const char *where)
{
	return json_pack("{s:s, s:s, s:s, s:{s:s}, s:[{s:{s:{s:s}}}]}", "ruleId",
			 status_name(f->status), "kind", "open", "level", "none", "message", "text",
			 f->reason, "locations", "physicalLocation", "artifactLocation", "uri",
			 where);
}

static int put_result(struct weir_scan_printer *printer, json_t *value)
{
	const char *before = printer->printed ? ",\n" : "";

	printer->printed = true;
	if (printf("%s", before) < 0) {
		json_decref(value);
		return -EIO;
	}
	return put_json(value, "");
}

static int print_sarif(struct weir_scan_printer *printer, const struct weir_scan_result *result)
{
	const struct weir_findings *f = result->findings;
	char where[PATH_SPACE];
	int r = 0;

	uri(result->path, where);
	if (f->status != WEIR_SCAN_COMPLETE)
		r = put_result(printer, sarif_open(f, where));
	for (uint32_t i = 0; r == 0 && i < f->count; i++)
		r = put_result(printer, sarif_result(printer, f, &f->findings[i], where));
	return r;
}

int weir_scan_print_begin(struct weir_scan_printer *printer)
{
	if (printer->format != WEIR_SCAN_SARIF)
		return 0;
	printf("{\"$schema\":\"https://json.schemastore.org/"
	       "sarif-2.1.0.json\",\"version\":\"2.1.0\",\"runs\":[{"
	       "\"tool\":{\"driver\":{\"name\":\"weir\",\"version\":\"" WEIR_VERSION
	       "\",\"rules\":[");
	for (size_t i = 0; i < WEIR_DETECTOR_COUNT + printer->n_customs; i++) {
		bool own = i >= WEIR_DETECTOR_COUNT;
		json_t *rule = json_pack(
			"{s:s, s:{s:s}}", "id", detector_id(printer, i), "shortDescription", "text",
			own ? printer->customs[i - WEIR_DETECTOR_COUNT].name_en
			    : weir_catalogue_at(weir_catalogue_builtin(), i)->name_en);

		if (printf("%s", i ? "," : "") < 0 || put_json(rule, "") < 0)
			return -EIO;
	}
	printf("]}},\"results\":[\n");
	return ferror(stdout) ? -EIO : 0;
}

int weir_scan_print(struct weir_scan_printer *printer, const struct weir_scan_result *result)
{
	char path[PATH_SPACE];

	if (printer->format == WEIR_SCAN_SARIF)
		return print_sarif(printer, result);
	weir_utf8_clean(result->path, path, sizeof(path));
	return printer->format == WEIR_SCAN_JSON ? print_json(printer, result, path)
						 : print_text(printer, result, path);
}

bool weir_scan_print_shows(const struct weir_scan_printer *printer,
			   const struct weir_scan_result *result)
{
	return printer->format == WEIR_SCAN_JSON ||
	       result->findings->status != WEIR_SCAN_COMPLETE || total_of(result->findings) > 0;
}

int weir_scan_print_end(struct weir_scan_printer *printer)
{
	if (printer->format == WEIR_SCAN_SARIF)
		printf("\n]}]}\n");
	return fflush(stdout) != 0 || ferror(stdout) ? -EIO : 0;
}
