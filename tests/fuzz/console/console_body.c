/* SPDX-License-Identifier: Apache-2.0 */
/* Any body for the calls that change something, by somebody who may do all of it. The first byte chooses. Whatever it says, there is an
 * answer in JSON, and none that blames the console. */

#include <stdlib.h>
#include <string.h>

#include "weir/console_api/alerts.h"
#include "weir/console_api/evidence.h"
#include "weir/console_api/people.h"
#include "weir/console_api/policy.h"
#include "weir/console_api/report.h"
#include "weir/console_api/sinks.h"
#include "weir/console_audit/audit.h"
#include "weir/console_evidence/evidence.h"
#include "weir/console_export/export.h"
#include "weir/console_policy/policy.h"
#include "weir/console_report/report.h"
#include "weir/console_triage/triage.h"

#define NOW	    UINT64_C(1795000000000000000)
#define RUNS_OF_ONE 500 /* then the database is made anew: what was taken must not pile up */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct console {
	struct weir_store *store;
	struct weir_people *people;
	struct weir_principal by;
	unsigned runs;
};

static void require(bool holds)
{
	if (!holds)
		abort();
}

static void make(struct console *console)
{
	static const struct weir_password_cost cost = {8, 1, 1};

	if (console->store) {
		weir_people_free(TAKE_PTR(console->people));
		weir_store_free(TAKE_PTR(console->store));
	}
	*console = (struct console){.by = weir_principal_developer()};
	require(weir_store_open_memory(&console->store) == 0);
	require(weir_audit_init(console->store, NULL) == 0);
	require(weir_triage_init(console->store, NULL) == 0);
	require(weir_evidence_init(console->store, NULL) == 0);
	require(weir_policy_init(console->store, NULL) == 0);
	require(weir_report_init(console->store, NULL) == 0);
	require(weir_export_init(console->store, NULL) == 0);
	require(weir_people_new(console->store, &cost, NULL, &console->people) == 0);
}

static void tell(struct console *console, enum weir_api_told what, const char *body, size_t len,
		 struct weir_api_reply *reply)
{
	const struct weir_api_telling telling = {
		.what = what,
		.by = &console->by,
		.incident = "1",
		.body = body,
		.len = len,
		.now_ns = NOW,
	};

	weir_api_tell(console->store, &telling, reply);
}

static void change(struct console *console, enum weir_triage_verb verb, const char *body,
		   size_t len, struct weir_api_reply *reply)
{
	const struct weir_api_change wish = {verb, &console->by, body, len, NOW};

	weir_api_change_alerts(console->store, &wish, reply);
}

static void manage(struct console *console, unsigned which, const char *body, size_t len,
		   struct weir_api_reply *reply)
{
	static void (*const calls[])(const struct weir_api_people_call *,
				     struct weir_api_reply *) = {
		weir_api_add_user, weir_api_change_user, weir_api_add_token, weir_api_set_password};
	const struct weir_api_people_call call = {
		.people = console->people,
		.by = &console->by,
		.query = "",
		.id = which % 8 < 4 ? "li.na" : "1",
		.body = body,
		.len = len,
		.address = "",
		.now_ns = NOW,
	};

	calls[which % ARRAY_SIZE(calls)](&call, reply);
}

static void work(struct console *console, unsigned which, const char *body, size_t len,
		 struct weir_api_reply *reply)
{
	static const weir_api_policy_fn calls[] = {
		weir_api_add_version,  weir_api_sign_version, weir_api_publish_version,
		weir_api_halt_version, weir_api_add_key,      weir_api_add_entry,
		weir_api_refuse_entry, weir_api_ask_evidence, weir_api_compare_source,
	};
	static const struct weir_policy_rules rules = {.tenant = "insurer", .threshold = 2};
	const struct weir_api_policy_call call = {
		.store = console->store,
		.rules = &rules,
		.by = &console->by,
		.query = "",
		.id = "1",
		.body = body,
		.len = len,
		.now_ns = NOW,
	};

	calls[which % ARRAY_SIZE(calls)](&call, reply);
}

static void call(struct console *console, unsigned which, const char *body, size_t len,
		 struct weir_api_reply *reply)
{
	unsigned number = which / 8;

	switch (which % 8) {
	case 0:
	case 1:
		change(console, (enum weir_triage_verb)(number % (WEIR_TRIAGE_SUPPRESS + 1)), body,
		       len, reply);
		break;
	case 2:
	case 3:
		tell(console, (enum weir_api_told)(number % _WEIR_API_TOLD_MAX), body, len, reply);
		break;
	case 4:
		weir_api_add_sink(console->store, &console->by, body, len, reply);
		break;
	case 5:
		manage(console, number, body, len, reply);
		break;
	default:
		work(console, number, body, len, reply);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct console console;
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};

	if (size == 0)
		return 0;
	if (console.runs++ % RUNS_OF_ONE == 0) {
		make(&console);
		console.runs = 1;
	}
	call(&console, data[0], (const char *)data + 1, size - 1, &reply);
	require(reply.status >= 200 && reply.status < 500);
	require(reply.body.len == 0 || reply.body.data[0] == '{');
	weir_buf_done(&reply.body);
	return 0;
}
