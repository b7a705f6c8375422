/* SPDX-License-Identifier: Apache-2.0 */
#include "yaml_tree.h"

#include <errno.h>
#include <string.h>
#include <yaml.h>

/* For read_child(): no event ends it. */
#define NO_END ((yaml_event_type_t)-1)

struct reader {
	yaml_parser_t parser;
	struct arena *arena;
	struct weir_error *err;
	const char *text;
	size_t len;
	unsigned nodes;
};

static int fail_at(struct reader *r, const yaml_mark_t *mark, const char *reason)
{
	return weir_error_set(r->err, -EINVAL, (unsigned)mark->line + 1, (unsigned)mark->column + 1,
			      "%s", reason);
}

static int no_memory(struct reader *r)
{
	return weir_error_set(r->err, -ENOMEM, 0, 0, "the file needs too much memory");
}

/* libyaml tells the byte of an encoding error, not the line. */
static yaml_mark_t mark_of_offset(const struct reader *r, size_t offset)
{
	yaml_mark_t mark = {0};

	for (size_t i = 0; i < offset && i < r->len; i++) {
		mark.column++;
		if (r->text[i] == '\n') {
			mark.line++;
			mark.column = 0;
		}
	}
	return mark;
}

static int syntax_error(struct reader *r)
{
	yaml_parser_t *p = &r->parser;
	const char *problem = p->problem ? p->problem : "not understood";
	yaml_mark_t mark = p->problem_mark;
	int code;

	if (p->error == YAML_MEMORY_ERROR)
		return no_memory(r);
	if (p->error == YAML_READER_ERROR)
		mark = mark_of_offset(r, p->problem_offset);
	code = weir_error_set(r->err, -EINVAL, (unsigned)mark.line + 1, (unsigned)mark.column + 1,
			      "not YAML: %s", problem);
	if (p->error == YAML_READER_ERROR)
		weir_error_hint(r->err, "the file must be UTF-8 text");
	else if (strstr(problem, "token"))
		weir_error_hint(r->err,
				"indent with spaces, not with tabs; put odd text in quotes");
	return code;
}

static int next_event(struct reader *r, yaml_event_t *event)
{
	if (!yaml_parser_parse(&r->parser, event))
		return syntax_error(r);
	return 0;
}

static struct yaml_node *new_node(struct reader *r, enum yaml_kind kind, const yaml_mark_t *mark)
{
	struct yaml_node *node;

	if (++r->nodes > YAML_NODES_MAX) {
		(void)fail_at(r, mark, "the file has too many parts");
		return NULL;
	}
	node = arena_alloc(r->arena, sizeof(*node));
	if (!node) {
		(void)no_memory(r);
		return NULL;
	}
	node->kind = kind;
	node->line = (unsigned)mark->line + 1;
	node->column = (unsigned)mark->column + 1;
	return node;
}

static void append(struct yaml_node *parent, struct yaml_node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
	parent->count++;
}

static int refuse_extras(struct reader *r, const yaml_event_t *event)
{
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	}
	if (anchor || event->type == YAML_ALIAS_EVENT) {
		(void)fail_at(r, &event->start_mark, "anchors and aliases are not allowed here");
		weir_error_hint(r->err,
				"write the value out; put text that starts with & or * in quotes");
		return -EINVAL;
	}
	if (tag)
		return fail_at(r, &event->start_mark, "tags are not allowed here");
	return 0;
}

static int read_node(struct reader *r, const yaml_event_t *event, unsigned depth,
		     struct yaml_node **ret);

static int read_text(struct reader *r, const yaml_event_t *event, struct yaml_node **ret)
{
	struct yaml_node *node = new_node(r, YAML_TEXT, &event->start_mark);
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;

	if (!node)
		return r->err->code;
	if (memchr(value, '\0', len))
		return fail_at(r, &event->start_mark, "the text has a NUL inside");
	node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	node->text = arena_copy(r->arena, value, len);
	if (!node->text)
		return no_memory(r);
	*ret = node;
	return 0;
}

/* One item of a list or one value; 1 at the end of the collection. */
static int read_child(struct reader *r, yaml_event_type_t end, unsigned depth,
		      struct yaml_node **ret)
{
	yaml_event_t event;
	int code = next_event(r, &event);

	if (code < 0)
		return code;
	code = event.type == end ? 1 : read_node(r, &event, depth + 1, ret);
	yaml_event_delete(&event);
	return code;
}

static int read_list(struct reader *r, struct yaml_node *list, unsigned depth)
{
	for (;;) {
		struct yaml_node *child;
		int code = read_child(r, YAML_SEQUENCE_END_EVENT, depth, &child);

		if (code != 0)
			return code < 0 ? code : 0;
		append(list, child);
	}
}

static int check_key(struct reader *r, const struct yaml_node *map, const struct yaml_node *key)
{
	const struct yaml_node *twin;

	if (key->kind != YAML_TEXT || !*key->text)
		return weir_error_set(r->err, -EINVAL, key->line, key->column,
				      "a key must be a word");
	if (map->count >= YAML_KEYS_MAX)
		return weir_error_set(r->err, -EINVAL, key->line, key->column, "too many keys");
	twin = yaml_get(map, key->text);
	if (twin)
		return weir_error_set(r->err, -EINVAL, key->line, key->column,
				      "\"%.64s\" is there twice, first on line %u", key->text,
				      twin->key->line);
	return 0;
}

static int read_map(struct reader *r, struct yaml_node *map, unsigned depth)
{
	for (;;) {
		struct yaml_node *key, *value;
		int code = read_child(r, YAML_MAPPING_END_EVENT, depth, &key);

		if (code != 0)
			return code < 0 ? code : 0;
		code = check_key(r, map, key);
		if (code >= 0)
			code = read_child(r, NO_END, depth, &value);
		if (code < 0)
			return code;
		value->key = key;
		append(map, value);
	}
}

static int read_node(struct reader *r, const yaml_event_t *event, unsigned depth,
		     struct yaml_node **ret)
{
	bool list = event->type == YAML_SEQUENCE_START_EVENT;
	struct yaml_node *node;
	int code = refuse_extras(r, event);

	if (code < 0)
		return code;
	if (depth > YAML_DEPTH_MAX)
		return fail_at(r, &event->start_mark, "nested too deeply");
	if (event->type == YAML_SCALAR_EVENT)
		return read_text(r, event, ret);
	if (!list && event->type != YAML_MAPPING_START_EVENT)
		return fail_at(r, &event->start_mark, "a value is missing");
	node = new_node(r, list ? YAML_LIST : YAML_MAP, &event->start_mark);
	if (!node)
		return r->err->code;
	code = list ? read_list(r, node, depth) : read_map(r, node, depth);
	if (code >= 0)
		*ret = node;
	return code;
}

/* Passes over an event that must be of this type. */
static int expect(struct reader *r, yaml_event_type_t type, const char *otherwise)
{
	yaml_event_t event;
	int code = next_event(r, &event);

	if (code < 0)
		return code;
	if (event.type != type)
		code = fail_at(r, &event.start_mark, otherwise);
	yaml_event_delete(&event);
	return code;
}

static int read_document(struct reader *r, struct yaml_node **ret)
{
	int code = expect(r, YAML_STREAM_START_EVENT, "not YAML");

	if (code >= 0)
		code = expect(r, YAML_DOCUMENT_START_EVENT, "the file is empty");
	if (code >= 0)
		code = read_child(r, NO_END, 0, ret);
	if (code >= 0)
		code = expect(r, YAML_DOCUMENT_END_EVENT, "not YAML");
	if (code >= 0)
		code = expect(r, YAML_STREAM_END_EVENT, "there is a second document");
	return code;
}

int yaml_tree(const char *text, size_t len, struct arena *arena, const struct yaml_node **ret,
	      struct weir_error *reterr)
{
	struct reader r = {.arena = arena, .err = reterr, .text = text, .len = len};
	struct yaml_node *root = NULL;
	int code;

	if (len > YAML_BYTES_MAX)
		return weir_error_set(reterr, -EINVAL, 0, 0, "the file is larger than %zu bytes",
				      YAML_BYTES_MAX);
	if (!yaml_parser_initialize(&r.parser))
		return no_memory(&r);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
	code = read_document(&r, &root);
	yaml_parser_delete(&r.parser);
	if (code >= 0)
		*ret = root;
	return code < 0 ? code : 0;
}

const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key)
{
	for (const struct yaml_node *n = map ? map->first : NULL; n; n = n->next)
		if (n->key && strcmp(n->key->text, key) == 0)
			return n;
	return NULL;
}

const struct yaml_node *yaml_item(const struct yaml_node *node, unsigned i)
{
	const struct yaml_node *n = node->first;

	while (n && i--)
		n = n->next;
	return n;
}
