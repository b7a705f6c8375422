/* SPDX-License-Identifier: Apache-2.0 */
#include "openapi.h"

#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_MAX_LEN 256

/* openapi.json, by cmake/Embed.cmake */
extern const unsigned char weir_openapi_json[];
extern const size_t weir_openapi_json_len;

struct weir_openapi {
	json_t *source; /* what is described, less what was added */
	json_t *paths;
};

static void decref(json_t **json)
{
	json_decref(*json);
}

void weir_openapi_free(struct weir_openapi *openapi)
{
	if (!openapi)
		return;
	json_decref(openapi->source);
	json_decref(openapi->paths);
	free(openapi);
}

int weir_openapi_new(struct weir_error *err, struct weir_openapi **ret)
{
	struct weir_openapi *openapi _cleanup_(weir_openapi_freep) = calloc(1, sizeof(*openapi));
	json_error_t where;

	if (!openapi)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	openapi->paths = json_object();
	openapi->source = json_loadb((const char *)weir_openapi_json, weir_openapi_json_len,
				     JSON_REJECT_DUPLICATES, &where);
	if (!openapi->source)
		return weir_error_set(err, -EINVAL, (unsigned)where.line, (unsigned)where.column,
				      "the description of the calls: %s", where.text);
	*ret = TAKE_PTR(openapi);
	return 0;
}

static json_t *reference(const char *kind, const char *name)
{
	return json_pack("{s:o}", "$ref", json_sprintf("#/components/%s/%s", kind, name));
}

static json_t *media(const json_t *schema)
{
	if (!json_is_string(schema))
		return json_object();
	return json_pack("{s:o}", "schema", reference("schemas", json_string_value(schema)));
}

/* A schema's name for JSON, or an object of content types and such names, null for what is no JSON. */
static json_t *content(json_t *described)
{
	json_t *ret = json_object(), *schema;
	const char *type;

	if (json_is_string(described))
		json_object_set_new(ret, "application/json", media(described));
	json_object_foreach(described, type, schema) json_object_set_new(ret, type, media(schema));
	return ret;
}

static json_t *responses(json_t *described)
{
	json_t *ret = json_object(), *answer;
	const char *status;

	json_object_foreach(json_object_get(described, "answer"), status, answer)
		json_object_set_new(ret, status,
				    json_pack("{s:O,s:o}", "description",
					      json_object_get(described, "summary"), "content",
					      content(answer)));
	json_object_set_new(ret, "default", reference("responses", "Error"));
	return ret;
}

static json_t *parameters(const struct weir_route *row, const json_t *described)
{
	json_t *ret = json_array();
	const json_t *query = json_object_get(described, "query");

	if (strchr(row->path, '*'))
		json_array_append_new(ret, reference("parameters", "id"));
	for (size_t i = 0; i < json_array_size(query); i++)
		json_array_append_new(
			ret, reference("parameters", json_string_value(json_array_get(query, i))));
	return ret;
}

/* "get_policy_versions_id" */
static json_t *operation_id(const struct weir_route *row, const char *path)
{
	const char *rest = strncmp(path, "/api/v1", 7) == 0 ? path + 7 : path;
	char text[PATH_MAX_LEN] = "";
	size_t len = 0;

	for (const char *p = row->method; *p && len + 1 < sizeof(text); p++)
		text[len++] = (char)tolower((unsigned char)*p);
	for (; *rest && len + 1 < sizeof(text); rest++) {
		char c = isalnum((unsigned char)*rest) ? *rest : '_';

		if (*rest != '}' && !(c == '_' && text[len - 1] == '_'))
			text[len++] = c;
	}
	text[len] = '\0';
	return json_string(text);
}

/* None, a certificate, or what the document says for all: a person's. */
static json_t *security(enum weir_permission permission)
{
	if (permission == WEIR_PERMIT_PUBLIC)
		return json_array();
	if (permission == WEIR_PERMIT_AGENT)
		return json_pack("[{s:[]}]", "certificate");
	return NULL;
}

static json_t *operation(const struct weir_route *row, const char *path, const char *permission,
			 json_t *described)
{
	json_t *body = json_object_get(described, "body");

	return json_pack("{s:o,s:O,s:s,s:b,s:o*,s:o,s:o*,s:o*,s:o}", "operationId",
			 operation_id(row, path), "summary", json_object_get(described, "summary"),
			 "x-weir-permission", permission, "x-weir-whole-fleet",
			 weir_permission_is_whole_fleet(row->permission), "security",
			 security(row->permission), "parameters", parameters(row, described),
			 "requestBody", body ? json_pack("{s:o}", "content", content(body)) : NULL,
			 "x-weir-body-max", body ? json_integer((json_int_t)row->body_max) : NULL,
			 "responses", responses(described));
}

/* "*" becomes "{id}". */
static void write_path(const char *pattern, char ret[static PATH_MAX_LEN])
{
	size_t before = strcspn(pattern, "*");

	(void)snprintf(ret, PATH_MAX_LEN, "%.*s%s%s", (int)before, pattern,
		       pattern[before] ? "{id}" : "", pattern[before] ? pattern + before + 1 : "");
}

static int put(struct weir_openapi *openapi, const char *path, const char *method, json_t *made)
{
	json_t *item = json_object_get(openapi->paths, path);
	char word[16] = "";

	for (size_t i = 0; method[i] && i + 1 < sizeof(word); i++)
		word[i] = (char)tolower((unsigned char)method[i]);
	if (!item) {
		item = json_object();
		if (json_object_set_new(openapi->paths, path, item) < 0)
			item = NULL;
	}
	return json_object_set_new(item, word, made) < 0 ? -ENOMEM : 0;
}

int weir_openapi_add(struct weir_openapi *openapi, const struct weir_route *row,
		     const char *permission, struct weir_error *err)
{
	json_t *all = json_object_get(openapi->source, "operations"), *described;
	char key[PATH_MAX_LEN], path[PATH_MAX_LEN];
	int r;

	(void)snprintf(key, sizeof(key), "%s %s", row->method, row->path);
	described = json_object_get(all, key);
	if (!described)
		return weir_error_set(err, -EINVAL, 0, 0, "openapi.json does not describe %s", key);
	if (!json_object_get(described, "body") != !row->body_max)
		return weir_error_set(err, -EINVAL, 0, 0, "openapi.json: the body of %s", key);
	write_path(row->path, path);
	r = put(openapi, path, row->method, operation(row, path, permission, described));
	if (r == 0)
		r = json_object_del(all, key) < 0 ? -ENOMEM : 0;
	return r < 0 ? weir_error_set(err, r, 0, 0, "out of memory") : 0;
}

static json_t *components(struct weir_openapi *openapi)
{
	json_t *parameters = json_object(), *from, *value;
	const char *name;

	json_object_set_new(parameters, "id",
			    json_pack("{s:s,s:s,s:b,s:{s:s}}", "name", "id", "in", "path",
				      "required", 1, "schema", "type", "string"));
	from = json_object_get(openapi->source, "parameters");
	json_object_foreach(from, name, value)
	{
		json_t *parameter = json_pack("{s:s,s:s}", "name", name, "in", "query");

		json_object_update(parameter, value);
		json_object_set_new(parameters, name, parameter);
	}
	return json_pack("{s:O,s:o,s:{s:{s:s,s:o}},s:{s:{s:s,s:s},s:{s:s,s:s,s:s},s:{s:s}}}",
			 "schemas", json_object_get(openapi->source, "schemas"), "parameters",
			 parameters, "responses", "Error", "description", "refused or failed",
			 "content",
			 json_pack("{s:o}", "application/json",
				   json_pack("{s:o}", "schema", reference("schemas", "Error"))),
			 "securitySchemes", "bearer", "type", "http", "scheme", "bearer", "cookie",
			 "type", "apiKey", "in", "cookie", "name", "__Host-weir", "certificate",
			 "type", "mutualTLS");
}

int weir_openapi_finish(struct weir_openapi *openapi, struct weir_error *err, char **ret)
{
	json_t *left = json_object_get(openapi->source, "operations");
	json_t *info = json_object_get(openapi->source, "info");
	json_t *document _cleanup_(decref) = NULL;
	char *text;

	if (json_object_size(left))
		return weir_error_set(err, -EINVAL, 0, 0, "openapi.json describes %s: no such call",
				      json_object_iter_key(json_object_iter(left)));
	json_object_set_new(info, "version", json_string(WEIR_VERSION));
	document = json_pack("{s:s,s:O,s:[{s:[]},{s:[]}],s:O,s:o}", "openapi", "3.1.0", "info",
			     info, "security", "bearer", "cookie", "paths", openapi->paths,
			     "components", components(openapi));
	text = json_dumps(document, JSON_COMPACT);
	if (!text)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	*ret = text;
	return 0;
}
