/* SPDX-License-Identifier: Apache-2.0 */
/* A request's head: its first line is the method and the path, the others are headers. What passes is framed
 * in one way, stands at a route, and tells each known header once. */

#include <stdlib.h>
#include <string.h>

#include "head.h"
#include "weir/base/macros.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
	if (!holds)
		abort();
}

static const struct weir_http_route routes[] = {
	{"GET", "/api/v1/alerts", 0, NULL, NULL},
	{"GET", "/api/v1/alerts/*", 0, NULL, NULL},
	{"POST", "/api/v1/reports/incidents/*/notices", 4096, NULL, NULL},
	{"PUT", "/v1/evidence/*", 1 << 20, NULL, NULL},
	{"DELETE", "/api/v1/tokens/*", 0, NULL, NULL},
};

/* "Name: value"; without a colon it has no value. */
static void add_header(struct weir_http_head *head, char *line)
{
	char *value = strchr(line, ':');

	if (value)
		*value++ = '\0';
	while (value && *value == ' ')
		value++;
	weir_http_head_add(head, line, value);
}

static void check_wildcards(const struct weir_http_route *route, const char *path)
{
	const struct weir_http_request request = {.path = path, .pattern = route->path};
	char text[64];

	for (unsigned i = 0; i < 2; i++)
		if (weir_http_wildcard(&request, i, text, sizeof(text)) == 0)
			require(*text && !strchr(text, '/') && strlen(text) < sizeof(text));
}

static void check_head(const struct weir_http_head *head, const struct weir_http_route *route)
{
	const char *bearer = weir_http_head_bearer(head);
	struct weir_http_refusal body;

	require(!bearer || strstr(weir_http_head_get(head, "authorization"), bearer));
	if (weir_http_head_framing(head).status)
		return;
	require(head->n_host == 1 && head->n_length <= 1 && !head->transfer_encoding &&
		!head->twice && !head->field_bad);
	body = weir_http_check_body(route, head);
	require(body.status || head->length <= route->body_max);
}

/* The first line's method and path; *ret_rest is what follows it. */
static const struct weir_http_route *find(char *text, char **ret_rest)
{
	const struct weir_http_options options = {.routes = routes, .n_routes = ARRAY_SIZE(routes)};
	const struct weir_http_route *route;
	struct weir_http_refusal refusal = WEIR_HTTP_FINE;
	char *path = strchr(text, ' '), *rest;

	if (!path)
		return NULL;
	*path++ = '\0';
	rest = strchr(path, '\n');
	if (rest)
		*rest++ = '\0';
	route = weir_http_find_route(&options, text, path, &refusal);
	require(route ? weir_http_path_fits(route->path, path) && strcmp(route->method, text) == 0
		      : refusal.status != 0);
	if (route)
		check_wildcards(route, path);
	*ret_rest = rest ? rest : path + strlen(path);
	return route;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_http_head head = {};
	const struct weir_http_route *route;
	char *text = strndup((const char *)data, size), *rest = NULL, *line, *state = NULL;

	require(text != NULL);
	route = find(text, &rest);
	if (route) {
		for (line = strtok_r(rest, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
			add_header(&head, line);
		check_head(&head, route);
	}
	free(text);
	return 0;
}
