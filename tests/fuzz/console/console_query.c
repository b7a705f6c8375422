/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a query and as an id. The first byte chooses the call. */

#include <stdlib.h>
#include <string.h>

#include "weir/console_api/alerts.h"
#include "weir/console_api/api.h"
#include "weir/console_triage/id.h"
#include "weir/console_triage/triage.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void call(struct weir_store *store, unsigned which, const char *text,
		 struct weir_api_reply *reply)
{
	const struct weir_principal by = weir_principal_developer();

	switch (which % 5) {
	case 0:
		weir_api_list_alerts(store, &by, text, UINT64_C(1795000000000000000), reply);
		break;
	case 1:
		weir_api_list_events(store, &by, text, 0, reply);
		break;
	case 2:
		weir_api_list_agents(store, &by, text, reply);
		break;
	case 3:
		weir_api_get_alert(store, &by, text, "", reply);
		break;
	default:
		weir_api_get_event(store, &by, text, "", reply);
		break;
	}
}

/* An id that is read is written and read again as the same. */
static void check_id(const char *text)
{
	char written[WEIR_ID_TEXT];
	uint64_t id, again;

	if (weir_id_parse(WEIR_ID_ALERT, text, &id) < 0)
		return;
	weir_id_format(WEIR_ID_ALERT, id, written);
	if (weir_id_parse(WEIR_ID_ALERT, written, &again) < 0 || again != id)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct weir_store *store;
	struct weir_api_reply reply = {.body = WEIR_BUF_INIT(WEIR_API_REPLY_MAX)};
	char *text;

	if (!store && (weir_store_open_memory(&store) < 0 || weir_triage_init(store, NULL) < 0))
		abort();
	if (size == 0)
		return 0;
	text = strndup((const char *)data + 1, size - 1);
	if (!text)
		abort();
	call(store, data[0], text, &reply);
	if (reply.status != 200 && reply.status != 400 && reply.status != 404)
		abort();
	if (reply.body.len == 0 || reply.body.data[0] != '{')
		abort();
	check_id(text);
	weir_buf_done(&reply.body);
	free(text);
	return 0;
}
