/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_API_SINKS_H
#define WEIR_CONSOLE_API_SINKS_H

/* Where alerts are exported to.
 *
 *   GET /api/v1/sinks		{"sinks":[{"name","kind","format","target","position","behind",
 *				"passed_over","passed_last","failures","error","tests_asked",
 *				"tests_done","test_error"}]}
 *   POST /api/v1/sinks		the sink, which follows from now on (201), of {"name","kind"} and
 *	format		"ocsf" (when not said), "cef"; of a webhook "wecom", "dingtalk", "feishu"
 *	language	of messages for people: "zh" (when not said), "en"
 *	address		of a syslog server, "HOST:PORT"; else a URL. No answer has what follows its host
 *	ca		PEM: who may vouch for it; as the console's machine has it when not said
 *	certificate	PEM: what the console shows it, with its chain
 *	secret		the certificate's key, PEM; a bearer token (otlp); what is signed with
 *			(webhook). No answer and no log has it
 *   POST /api/v1/sinks/NAME/test	{"test":N}: a made-up record goes out (202); once tests_done is
 *				at N, test_error says what came of it
 *   DELETE /api/v1/sinks/NAME	{"removed":NAME}; what it wrote stays
 *
 * Errors are names of errno, "" for none. */

#include "weir/console_access/access.h"
#include "weir/console_api/api.h"

#define WEIR_API_SINKS_BODY_MAX (256 * 1024)

void weir_api_list_sinks(struct weir_store *store, const char *query, struct weir_api_reply *reply);
void weir_api_add_sink(struct weir_store *store, const struct weir_principal *by, const void *body,
		       size_t len, struct weir_api_reply *reply);
void weir_api_remove_sink(struct weir_store *store, const struct weir_principal *by,
			  const char *name, struct weir_api_reply *reply);
void weir_api_test_sink(struct weir_store *store, const struct weir_principal *by, const char *name,
			struct weir_api_reply *reply);

#endif
