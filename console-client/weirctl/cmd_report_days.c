/* SPDX-License-Identifier: Apache-2.0 */
/* A year's calendar from a file: lines of a day, what it is, and why. Nothing is sent when one of them is none. */

#include <fcntl.h>
#include <string.h>

#include "commands.h"
#include "view.h"
#include "weir/base/fd.h"

#define FILE_MAX (64 * 1024)

struct day {
	char *date, *text; /* in the file's text */
	bool working;
};

/* Cuts a line into its three parts. False: it is no day. */
static bool read_day(char *line, struct day *ret)
{
	char *word = strchr(line, ' '), *text = word ? strchr(word + 1, ' ') : NULL;

	if (!text || word - line != (int)strlen("2026-10-01") || !text[1])
		return false;
	*word++ = '\0';
	*text++ = '\0';
	*ret = (struct day){.date = line, .text = text, .working = strcmp(word, "working") == 0};
	return ret->working || strcmp(word, "free") == 0;
}

/* The next line that says something; NULL behind the last. *ret_number counts all. */
static char *next_line(char **at, unsigned *ret_number)
{
	while (*at && **at) {
		char *line = *at, *end = strchr(line, '\n');

		if (end)
			*end++ = '\0';
		*at = end;
		(*ret_number)++;
		if (*line && *line != '#')
			return line;
	}
	return NULL;
}

static int check(const char *path, const struct weir_buf *file)
{
	struct weir_buf copy _cleanup_(weir_buf_done) = WEIR_BUF_INIT(FILE_MAX);
	char *at, *line;
	unsigned number = 0, n = 0;
	struct day day;

	if (weir_buf_puts(&copy, file->data) < 0)
		return WEIRCTL_ERROR;
	for (at = copy.data; (line = next_line(&at, &number)) != NULL; n++) {
		if (read_day(line, &day))
			continue;
		weirctl_say("%s:%u: this is no line as \"2026-10-01 free National Day\"",
			    "%s:%u:此行不是“2026-10-01 free 国庆节”的形式", path, number);
		return WEIRCTL_USAGE;
	}
	if (n)
		return WEIRCTL_OK;
	weirctl_say("%s: no day in it", "%s:其中没有日期", path);
	return WEIRCTL_USAGE;
}

static int send_day(struct weirctl_context *context, const struct day *day)
{
	json_t *body _cleanup_(weirctl_json_freep) =
		json_pack("{s:s, s:b, s:s}", "date", day->date, "working", (int)day->working,
			  "text", day->text);
	json_t *answer _cleanup_(weirctl_json_freep) = NULL;

	return weirctl_send(context, "POST", "/api/v1/reports/days", body, &answer);
}

/* In the file's order; the first that is refused ends it. */
static int send_all(struct weirctl_context *context, const char *path, struct weir_buf *file)
{
	char *at = file->data, *line;
	unsigned number = 0, n = 0;
	struct day day;
	int r = WEIRCTL_OK;

	while (r == WEIRCTL_OK && (line = next_line(&at, &number)) != NULL &&
	       read_day(line, &day)) {
		r = send_day(context, &day);
		n += r == WEIRCTL_OK;
	}
	if (r == WEIRCTL_OK)
		return r;
	weirctl_say("%s:%u: refused; the lines before it were taken", "%s:%u:被拒绝;此前各行已生效",
		    path, number);
	return n ? WEIRCTL_PARTIAL : r;
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	struct weir_buf file _cleanup_(weir_buf_done) = WEIR_BUF_INIT(FILE_MAX);
	const char *path = args->words[0];
	int r = weir_read_file(AT_FDCWD, strcmp(path, "-") == 0 ? "/dev/stdin" : path, &file);

	if (r < 0 || !file.data || strlen(file.data) != file.len) {
		weirctl_say("%s: %s", "%s:%s", path, r < 0 ? strerror(-r) : "no text");
		return WEIRCTL_ERROR;
	}
	r = check(path, &file);
	return r == WEIRCTL_OK ? send_all(context, path, &file) : r;
}

const struct weirctl_command weirctl_cmd_report_days = {
	.noun = "report",
	.verb = "days",
	.arguments = "FILE",
	.min = 1,
	.max = 1,
	.flags = WEIRCTL_CHANGES,
	.summary = {"take a year's holidays and moved working days from a file",
		    "从文件导入全年节假日与调休上班日"},
	.about = {"A line is DATE free|working TEXT, as in 2026-10-01 free National Day; # begins "
		  "a comment. "
		  "The same day again replaces what was said of it.",
		  "每行为 DATE free|working TEXT,如 2026-10-01 free 国庆节;# "
		  "开头为注释。同一日期以最后一次为准。"},
	.run = run,
};
