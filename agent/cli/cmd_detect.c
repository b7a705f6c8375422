/* SPDX-License-Identifier: Apache-2.0 */
/* weir detect: the engine on lines of JSON, for measuring detectors. Everything happens in this
 * process, which gives up its powers before it reads the first line. */

#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"
#include "weir/catalogue/catalogue.h"
#include "weir/engine/engine.h"
#include "weir/sandbox/sandbox.h"

#define LINE_MAX_BYTES (64 << 20)
#define PIECE	       (64 << 10)
#define MEMORY	       (UINT64_C(2) << 30)

struct detect {
	struct weir_engine *engine;
	struct weir_findings *findings;
	struct weir_buf in, out;
	size_t searched; /* no line ends in in.data before this */
	uint32_t min_confidence;
	uint64_t line;
	bool failed;
};

static const char help[] =
	"Usage: weir detect [--min-confidence N]\n\n"
	"Reads lines {\"id\": ..., \"text\": \"...\"} from standard input and writes one line\n"
	"{\"id\": ..., \"findings\": [{\"detector\", \"start\", \"end\", \"confidence\"}]} for "
	"each; start and end\n"
	"count Unicode code points of the text. At most 1000 findings a line, 64 MiB a line.\n\n"
	"  --min-confidence N    leave out findings below N (50-100; 50)\n\n"
	"Exit status: 0 nothing found, 1 found, 2 a line could not be read.\n";

/* Not by stdio: it would ask the system things that are no longer allowed. */
static void complain(struct detect *d, const char *what)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "weir detect: line %llu: %s\n",
			 (unsigned long long)d->line, what);

	d->failed = true;
	(void)!weir_write_full(STDERR_FILENO, text, WEIR_MIN((size_t)n, sizeof(text) - 1));
}

static json_t *findings_json(const struct weir_findings *f, const char *text)
{
	json_t *list = json_array();
	size_t at = 0, points = 0;

	/* findings come in the order of their offsets, so the text is counted once */
	for (uint32_t i = 0; i < f->count; i++) {
		const struct weir_finding *one = &f->findings[i];
		size_t start = points + weir_utf8_count(text + at, (size_t)one->offset - at);

		at = (size_t)one->offset;
		points = start;
		(void)json_array_append_new(
			list,
			json_pack("{s:s, s:I, s:I, s:i}", "detector",
				  weir_catalogue_at(weir_catalogue_builtin(), one->detector)->id,
				  "start", (json_int_t)start, "end",
				  (json_int_t)start +
					  (json_int_t)weir_utf8_count(text + at, one->length),
				  "confidence", one->confidence));
	}
	return list;
}

static int put(struct detect *d, json_t *id, const char *text)
{
	json_t *line =
		json_pack("{s:O?, s:o}", "id", id, "findings", findings_json(d->findings, text));
	char *dump _cleanup_(freep) =
		line ? json_dumps(line, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
	int r;

	json_decref(line);
	if (!dump)
		return -ENOMEM;
	r = weir_buf_printf(&d->out, "%s\n", dump);
	if (r == 0 && d->out.len >= PIECE) {
		r = weir_write_full(STDOUT_FILENO, d->out.data, d->out.len);
		weir_buf_clear(&d->out);
	}
	return r;
}

/* The parser's own words quote the line, which may hold anything. */
static void complain_json(struct detect *d, const json_error_t *error)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "no JSON at byte %d", error->position);
	complain(d, text);
}

/* 1: something was found. */
static int detect_line(struct detect *d, const char *data, size_t len)
{
	struct weir_engine_request request = {.now_ns = weir_now_realtime(),
					      .min_confidence = (uint8_t)d->min_confidence,
					      .charset = WEIR_CHARSET_UTF8};
	json_error_t error;
	json_t *line, *text;
	int r;

	d->line++;
	if (len == 0)
		return 0;
	line = json_loadb(data, len, JSON_ALLOW_NUL, &error);
	text = json_object_get(line, "text");
	if (!json_is_string(text)) {
		if (line)
			complain(d, "there is no string \"text\"");
		else
			complain_json(d, &error);
		json_decref(line);
		return 0;
	}
	weir_engine_begin(d->engine, &request);
	(void)weir_engine_feed(d->engine, json_string_value(text), json_string_length(text));
	weir_engine_finish(d->engine, d->findings);
	r = put(d, json_object_get(line, "id"), json_string_value(text));
	json_decref(line);
	return r < 0 ? r : d->findings->count > 0;
}

/* Every whole line in the buffer; the rest, too, when it is the last. */
static int detect_buffer(struct detect *d, bool last)
{
	size_t at = 0;
	int found = 0, r = 0;

	while (r >= 0 && at < d->in.len) {
		size_t from = WEIR_MAX(at, d->searched), end = d->in.len;
		char *newline = memchr(d->in.data + from, '\n', end - from);

		if (!newline && !last)
			break;
		if (newline)
			end = (size_t)(newline - d->in.data);
		r = detect_line(d, d->in.data + at, end - at);
		found |= r > 0;
		at = end + (newline != NULL);
	}
	weir_buf_drop(&d->in, at);
	d->searched = d->in.len;
	return r < 0 ? r : found;
}

static int run(struct detect *d)
{
	int found = 0, r;
	ssize_t n;

	do {
		r = weir_buf_reserve(&d->in, PIECE);
		if (r == -ENOBUFS)
			complain(d, "longer than 64 MiB");
		if (r < 0)
			return r;
		n = read(STDIN_FILENO, d->in.data + d->in.len, PIECE);
		if (n < 0 && errno != EINTR)
			return -errno;
		d->in.len += n > 0 ? (size_t)n : 0;
		r = detect_buffer(d, n == 0);
		if (r < 0)
			return r;
		found |= r;
	} while (n != 0);
	r = weir_write_full(STDOUT_FILENO, d->out.data, d->out.len);
	return r < 0 ? r : found;
}

static int start(struct detect *d)
{
	struct weir_sandbox_options options = {
		.uid = 65534, .gid = 65534, .memory_bytes = MEMORY, .write = true};
	struct weir_sandbox_state state;
	int r;

	d->findings = calloc(1, sizeof(*d->findings));
	if (!d->findings)
		return -ENOMEM;
	json_object_seed(0); /* reads the system's random source, which is out of reach later */
	r = weir_engine_new(NULL, &d->engine);
	return r < 0 ? r : weir_sandbox_enter(&options, &state);
}

int weir_cmd_detect(int argc, char **argv)
{
	static const struct option options[] = {{"min-confidence", required_argument, NULL, 'c'},
						{"help", no_argument, NULL, 'h'},
						{0}};
	struct detect d = {.in = WEIR_BUF_INIT(LINE_MAX_BYTES),
			   .out = WEIR_BUF_INIT(LINE_MAX_BYTES),
			   .min_confidence = 50};
	int c, r;

	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		if (c == 'h')
			return printf("%s", help) < 0 ? 2 : 0;
		if (c != 'c' || weir_parse_u32(optarg, &d.min_confidence) < 0 ||
		    d.min_confidence < 50 || d.min_confidence > 100) {
			fprintf(stderr,
				"weir detect: --min-confidence takes a number from 50 to 100\n");
			return 2;
		}
	}
	if (optind < argc) {
		fprintf(stderr,
			"weir detect: reads standard input, not %s; see weir detect --help\n",
			argv[optind]);
		return 2;
	}
	r = start(&d);
	if (r == 0)
		r = run(&d);
	if (r < 0)
		complain(&d, strerror(-r));
	/* not by exit(): its handlers may make calls that are no longer allowed */
	_exit(d.failed ? 2 : r);
}
