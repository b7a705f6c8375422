/* SPDX-License-Identifier: Apache-2.0 */
/* Where alerts are exported to. */

#include "fixture.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "weir/base/macros.h"
#include "weir/console_api/sinks.h"
#include "weir/console_export/export.h"

/* The status of a call about sinks; its answer's first text in text. */
static unsigned sinks(struct weir_store *store, const char *body, const char *name, char *text)
{
	const struct weir_principal by = weir_principal_developer();
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};

	if (body)
		weir_api_add_sink(store, &by, body, strlen(body), &reply);
	else if (name)
		weir_api_remove_sink(store, &by, name, &reply);
	else
		weir_api_list_sinks(store, "", &reply);
	(void)snprintf(text, 512, "%s", reply.body.data);
	weir_buf_done(&reply.body);
	return reply.status;
}

static void api__keeps_sinks(void **state)
{
	static const char *const bad[] = {"",
					  "{}",
					  "{\"name\":\"a\"}",
					  "{\"name\":\"../a\",\"kind\":\"file\"}",
					  "{\"name\":\"a\",\"kind\":\"ftp\"}",
					  "{\"name\":\"a\",\"kind\":\"file\",\"path\":\"/etc\"}",
					  "{\"name\":\"a\",\"kind\":\"file\",\"format\":\"cef\"}",
					  "{\"name\":\"a\",\"kind\":\"file\",\"format\":\"xml\"}",
					  "{\"name\":\"a\",\"kind\":\"syslog\"}",
					  ("{\"name\":\"a\",\"kind\":\"syslog\",\"address\":\"h\","
					   "\"secret\":\"s3cret\"}")};
	static const char row[] = "{\"name\":\"archive\",\"kind\":\"file\",\"format\":\"ocsf\","
				  "\"target\":\"\",\"position\":8,\"behind\":0,"
				  "\"passed_over\":0,\"passed_last\":0,\"failures\":0,"
				  "\"error\":\"\",\"tests_asked\":0,\"tests_done\":0,"
				  "\"test_error\":\"\"}";
	const struct weir_audit_filter newest = {.newest_first = true, .limit = 1};
	char text[512];

	assert_int_equal(weir_export_init(*state, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		assert_int_equal(sinks(*state, bad[i], NULL, text), 400);
		assert_null(strstr(text, "s3cret"));
	}
	assert_int_equal(sinks(*state, "{\"name\":\"archive\",\"kind\":\"file\"}", NULL, text),
			 201);
	assert_int_equal(sinks(*state, "{\"name\":\"archive\",\"kind\":\"file\"}", NULL, text),
			 409);
	assert_int_equal(sinks(*state, NULL, NULL, text), 200);
	assert_non_null(strstr(text, row));
	assert_int_equal(sinks(*state, NULL, "../archive", text), 404);
	assert_int_equal(sinks(*state, NULL, "archive", text), 200);
	assert_int_equal(sinks(*state, NULL, "archive", text), 404);
	assert_int_equal(weir_audit_list(*state, &newest, find_trace, text), 0);
	assert_string_equal(text, "sink.remove sink archive ");
}

/* What a list shows of one is what the log has of it. */
static void api__asks_sinks_for_a_test(void **state)
{
	static const char body[] = "{\"name\":\"siem\",\"kind\":\"syslog\",\"format\":\"cef\","
				   "\"address\":\"siem.example:6514\"}";
	const struct weir_principal by = weir_principal_developer();
	const struct weir_audit_filter newest = {.newest_first = true, .limit = 1};
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	char text[512];

	assert_int_equal(weir_export_init(*state, NULL), 0);
	assert_int_equal(sinks(*state, body, NULL, text), 201);
	assert_non_null(strstr(text, "\"target\":\"siem.example:6514\""));
	assert_int_equal(weir_audit_list(*state, &newest, find_trace, text), 0);
	assert_string_equal(text, "sink.add sink siem {\"kind\":\"syslog\",\"format\":\"cef\","
				  "\"target\":\"siem.example:6514\"}");
	weir_api_test_sink(*state, &by, "siem", &reply);
	assert_int_equal(reply.status, 202);
	assert_string_equal(reply.body.data, "{\"test\":1}\n");
	weir_api_test_sink(*state, &by, "other", &reply);
	assert_int_equal(reply.status, 404);
	weir_api_test_sink(*state, &by, "../siem", &reply);
	assert_int_equal(reply.status, 404);
	assert_int_equal(weir_audit_list(*state, &newest, find_trace, text), 0);
	assert_string_equal(text, "sink.test sink siem ");
	assert_int_equal(sinks(*state, NULL, NULL, text), 200);
	assert_non_null(strstr(text, "\"tests_asked\":1,\"tests_done\":0"));
	weir_buf_done(&reply.body);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(api__keeps_sinks, api_setup, api_teardown),
		cmocka_unit_test_setup_teardown(api__asks_sinks_for_a_test, api_setup,
						api_teardown),
	};

	return place_run(argc, argv, tests, ARRAY_SIZE(tests));
}
