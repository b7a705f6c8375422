/* SPDX-License-Identifier: Apache-2.0 */
/* Each format is taken apart by a reader of the test's own. */

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "otlp_reader.h"
#include "sample.h"

#define HEADER_FIELDS 8 /* the extension last */
#define TEXT_MAX      8192

/* Splits at bars that are not escaped; undoes the escapes of the header. */
static void split_header(const char *line, char fields[HEADER_FIELDS][TEXT_MAX])
{
	for (int i = 0; i < HEADER_FIELDS - 1; i++) {
		size_t n = 0;

		for (; *line && *line != '|'; line++) {
			if (*line == '\\') {
				line++;
				assert_true(*line == '|' || *line == '\\');
			}
			fields[i][n++] = *line;
		}
		assert_int_equal(*line++, '|');
		fields[i][n] = '\0';
	}
	(void)snprintf(fields[HEADER_FIELDS - 1], TEXT_MAX, "%s", line);
}

/* The value of a key: up to the last blank before the next "=" that is not escaped. NULL: none. */
static const char *extension(const char *text, const char *key, char value[static TEXT_MAX])
{
	size_t len = strlen(key), n = 0;
	const char *p = text, *last = NULL;
	size_t last_n = 0;

	while (p && (strncmp(p, key, len) != 0 || p[len] != '=')) {
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	if (!p)
		return NULL;
	for (p += len + 1; *p; p++) {
		if (*p == '=' && last) {
			n = last_n;
			break;
		}
		if (*p == ' ') {
			last = p;
			last_n = n;
		}
		if (*p == '\\') {
			p++;
			assert_true(*p && strchr("=\\nr", *p));
			value[n++] = (char)(*p == 'n' ? '\n' : *p == 'r' ? '\r' : *p);
			continue;
		}
		assert_int_not_equal(*p, '=');
		value[n++] = *p;
	}
	value[n] = '\0';
	return value;
}

static void assert_shown(const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		assert_true((unsigned char)data[i] >= 0x20 && data[i] != 0x7f);
	assert_null(strstr(data, "\xc2\x9b"));
	assert_null(strstr(data, "\xe2\x80\xae"));
	assert_null(strstr(data, "\xe2\x81\xa6"));
}

static void cef__writes_a_finding(void **state)
{
	static const struct {
		const char *key, *value;
	} expected[] = {
		{"rt", "1795000000123"},
		{"externalId", "A-00104"},
		{"cat", "removable"},
		{"suser", "li.na"},
		{"cs3Label", "destination"},
		{"cs3", "removable"},
		{"start", "1794999940123"},
		{"end", "1794999999123"},
		{"cnt", "5000"},
		{"cs1Label", "state"},
		{"cs1", "new"},
		{"cs2Label", "verdict"},
		{"cs2", "none"},
		{"cn1Label", "identifiers"},
		{"cn1", "23"},
		{"dvchost", "ws-7"},
		{"deviceExternalId", "01010101-0101-0101-0101-010101010101"},
		{"act", "block"},
		{"outcome", "stopped"},
		{"reason", "content"},
		{"sproc", "cp"},
		{"spid", "4711"},
		{"suid", "1000"},
		{"fname", "list.csv"},
		{"filePath", "/media/stick/list.csv"},
		{"fsize", "4096"},
		{"cs4Label", "counts"},
		{"cs4", "cn_resident_id:20,payment_card:3"},
		{"cs5Label", "masked"},
		{"cs5", "11************1X"},
	};
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	char fields[HEADER_FIELDS][TEXT_MAX], value[TEXT_MAX];
	struct sample sample;

	sample_init(&sample);
	assert_int_equal(weir_export_cef(&sample.record, &text), 1);
	split_header(text.data, fields);
	assert_string_equal(fields[0], "CEF:0");
	assert_string_equal(fields[1], "Weir");
	assert_string_equal(fields[2], "Weir");
	assert_string_equal(fields[3], WEIR_VERSION);
	assert_string_equal(fields[4], "stick-bulk-identity");
	assert_string_equal(fields[5], "Data security finding created");
	assert_string_equal(fields[6], "5");
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		if (!extension(fields[7], expected[i].key, value))
			fail_msg("%s is missing in %s", expected[i].key, fields[7]);
		assert_string_equal(value, expected[i].value);
	}
	assert_null(extension(fields[7], "cs6", value));
	assert_null(extension(fields[7], "dst", value));
}

static void cef__writes_an_event(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	char fields[HEADER_FIELDS][TEXT_MAX], value[TEXT_MAX];
	struct sample sample;

	sample_network(&sample);
	sample.record.step = WEIR_EXPORT_EVENT;
	assert_int_equal(weir_export_cef(&sample.record, &text), 1);
	split_header(text.data, fields);
	assert_string_equal(fields[5], "Data movement");
	assert_string_equal(fields[6], "1");
	assert_string_equal(extension(fields[7], "externalId", value), "E-000ZV");
	assert_string_equal(extension(fields[7], "rt", value), "1794999999123");
	assert_string_equal(extension(fields[7], "dst", value), "192.0.2.7");
	assert_string_equal(extension(fields[7], "dpt", value), "443");
	assert_string_equal(extension(fields[7], "proto", value), "tcp");
	assert_string_equal(extension(fields[7], "outcome", value), "let_through");
	assert_null(extension(fields[7], "cnt", value));
	assert_null(extension(fields[7], "fname", value));
	sample.record.event = NULL;
	assert_int_equal(weir_export_cef(&sample.record, &text), 0);
}

/* What stands for HOSTILE once its controls are replaced. */
#define HOSTILE_CEF                                                                             \
	"a|b=c\\d\"e]f\n<165>1 g\r\xef\xbf\xbd\xef\xbf\xbd[31m\xef\xbf\xbd\xef\xbf\xbd\xef\xbf" \
	"\xbd客户"
#define HOSTILE_HEADER                                              \
	"a|b=c\\d\"e]f\xef\xbf\xbd<165>1 "                          \
	"g\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd[31m\xef\xbf\xbd\xef" \
	"\xbf\xbd\xef\xbf\xbd客户"

static void cef__escapes(void **state)
{
	static const char *const keys[] = {"suser", "dvchost", "sproc", "reason", "cs5", "cs6"};
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	char fields[HEADER_FIELDS][TEXT_MAX], value[TEXT_MAX];
	struct sample sample;

	sample_hostile(&sample);
	assert_int_equal(weir_export_cef(&sample.record, &text), 1);
	assert_shown(text.data, text.len);
	split_header(text.data, fields);
	assert_string_equal(fields[4], HOSTILE_HEADER);
	assert_string_equal(fields[6], "5");
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_string_equal(extension(fields[7], keys[i], value), HOSTILE_CEF);
	assert_string_equal(extension(fields[7], "filePath", value), "/tmp/" HOSTILE_CEF);
	assert_string_equal(extension(fields[7], "externalId", value), "A-00104");
}

/* A user who is called like a field adds none. */
static void cef__adds_no_field_by_a_name(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	char fields[HEADER_FIELDS][TEXT_MAX], value[TEXT_MAX];
	struct sample sample;

	sample_init(&sample);
	sample.alert.user = "li act=allow";
	sample.event.action = WEIR__V1__ACTION__ACTION_BLOCK;
	assert_int_equal(weir_export_cef(&sample.record, &text), 1);
	split_header(text.data, fields);
	assert_string_equal(extension(fields[7], "suser", value), "li act=allow");
	assert_non_null(strstr(fields[7], "suser=li act\\=allow cs3Label="));
}

static void cef__bounds_its_values(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	char fields[HEADER_FIELDS][TEXT_MAX], value[TEXT_MAX], path[4096];
	struct sample sample;

	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	sample_init(&sample);
	sample.file.path = path;
	assert_int_equal(weir_export_cef(&sample.record, &text), 1);
	split_header(text.data, fields);
	assert_int_equal(strlen(extension(fields[7], "filePath", value)), 1023);
	weir_buf_done(&text);
	text.max = 60;
	assert_int_equal(weir_export_cef(&sample.record, &text), -ENOBUFS);
	assert_int_equal(text.len, 0);
}

static void syslog__frames_a_message(void **state)
{
	static const char message[] =
		"<108>1 2026-11-18T11:06:40.123Z ws-7 weir - finding [meta sequenceId=\"77\"] {}";
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	struct weir_buf frame _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct sample sample;
	char expected[256];

	sample_init(&sample);
	assert_int_equal(weir_buf_puts(&text, "{}"), 0);
	assert_int_equal(weir_export_syslog(&sample.record, &text, &frame), 1);
	(void)snprintf(expected, sizeof(expected), "%zu %s", strlen(message), message);
	assert_string_equal(frame.data, expected);
}

static void syslog__says_severity_and_sequence(void **state)
{
	static const struct {
		enum weir_export_step step;
		uint32_t severity;
		uint64_t position;
		const char *begin, *sequence;
	} cases[] = {
		{WEIR_EXPORT_EVENT, WEIR_SEVERITY_CRITICAL, 1, "<110>1 ", "\"1\""},
		{WEIR_EXPORT_CREATE, WEIR_SEVERITY_LOW, 2147483647, "<109>1 ", "\"2147483647\""},
		{WEIR_EXPORT_CREATE, WEIR_SEVERITY_HIGH, 2147483648, "<107>1 ", "\"1\""},
		{WEIR_EXPORT_CLOSE, WEIR_SEVERITY_CRITICAL, 9, "<106>1 ", "\"9\""},
	};
	struct sample sample;

	sample_init(&sample);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
		struct weir_buf frame _cleanup_(weir_buf_done) =
			WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);

		sample.record.step = cases[i].step;
		sample.record.position = cases[i].position;
		sample.alert.severity = cases[i].severity;
		assert_int_equal(weir_buf_puts(&text, "x"), 0);
		assert_int_equal(weir_export_syslog(&sample.record, &text, &frame), 1);
		assert_non_null(strstr(frame.data, cases[i].begin));
		assert_non_null(strstr(frame.data, cases[i].sequence));
	}
}

static void syslog__keeps_a_host_in_its_field(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	struct weir_buf frame _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct sample sample;

	sample_hostile(&sample);
	assert_int_equal(weir_buf_puts(&text, "x"), 0);
	assert_int_equal(weir_export_syslog(&sample.record, &text, &frame), 1);
	assert_shown(frame.data, frame.len);
	assert_non_null(strstr(frame.data, "Z a|b=c\\d\"e]f_<165>1_g___[31m"));
	weir_buf_clear(&frame);
	sample.record.host = "";
	assert_int_equal(weir_export_syslog(&sample.record, &text, &frame), 1);
	assert_non_null(strstr(frame.data, "Z - weir - finding"));
}

static void otlp__writes_what_a_reader_finds(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(64);
	struct weir_buf request _cleanup_(weir_buf_done) =
		WEIR_BUF_INIT(4 * WEIR_EXPORT_RECORD_MAX);
	struct otlp_record records[4];
	struct sample sample;

	sample_init(&sample);
	assert_int_equal(weir_buf_puts(&text, "{\"客\":1}"), 0);
	assert_int_equal(weir_export_otlp(&sample.record, &text, &request), 1);
	sample_network(&sample);
	sample.record.step = WEIR_EXPORT_EVENT;
	assert_int_equal(weir_export_otlp(&sample.record, &text, &request), 1);
	assert_int_equal(otlp_read(request.data, request.len, records, ARRAY_SIZE(records)), 2);
	assert_string_equal(records[0].service_name, "weir");
	assert_string_equal(records[0].service_version, WEIR_VERSION);
	assert_string_equal(records[0].host_name, "ws-7");
	assert_string_equal(records[0].host_id, "01010101-0101-0101-0101-010101010101");
	assert_int_equal(records[0].time_ns, SAMPLE_TIME - 1000000000);
	assert_int_equal(records[0].observed_ns, SAMPLE_TIME);
	assert_int_equal(records[0].severity, 13);
	assert_string_equal(records[0].severity_text, "medium");
	assert_string_equal(records[0].body, "{\"客\":1}");
	assert_string_equal(records[0].event_name, "weir.finding");
	assert_string_equal(records[0].alert_id, "A-00104");
	assert_string_equal(records[0].rule, "stick-bulk-identity");
	assert_string_equal(records[0].user_name, "li.na");
	assert_int_equal(records[1].severity, 9);
	assert_string_equal(records[1].event_name, "weir.event");
}

static void otlp__carries_long_bodies(void **state)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EXPORT_RECORD_MAX);
	struct weir_buf request _cleanup_(weir_buf_done) =
		WEIR_BUF_INIT(4 * WEIR_EXPORT_RECORD_MAX);
	struct otlp_record record;
	struct sample sample;

	sample_init(&sample);
	assert_int_equal(weir_buf_reserve(&text, 60000), 0);
	for (int i = 0; i < 60000; i++)
		assert_int_equal(weir_buf_append(&text, "y", 1), 0);
	assert_int_equal(weir_export_otlp(&sample.record, &text, &request), 1);
	assert_int_equal(otlp_read(request.data, request.len, &record, 1), 1);
	assert_int_equal(strlen(record.body), 60000);
	weir_buf_done(&request);
	request.max = 100;
	assert_int_equal(weir_export_otlp(&sample.record, &text, &request), -ENOBUFS);
	assert_int_equal(request.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cef__writes_a_finding),
		cmocka_unit_test(cef__writes_an_event),
		cmocka_unit_test(cef__escapes),
		cmocka_unit_test(cef__adds_no_field_by_a_name),
		cmocka_unit_test(cef__bounds_its_values),
		cmocka_unit_test(syslog__frames_a_message),
		cmocka_unit_test(syslog__says_severity_and_sequence),
		cmocka_unit_test(syslog__keeps_a_host_in_its_field),
		cmocka_unit_test(otlp__writes_what_a_reader_finds),
		cmocka_unit_test(otlp__carries_long_bodies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
