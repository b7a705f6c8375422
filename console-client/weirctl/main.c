/* SPDX-License-Identifier: Apache-2.0 */
/* weirctl: what the security team uses. Only chooses the command. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "context.h"
#include "help.h"
#include "view.h"

#define WATCH_SECONDS 2

/* Shows what the command prints now unless it is what it printed before. */
static void show_change(const char *text, const char *before)
{
	if (before && strcmp(text, before) == 0)
		return;
	if (weirctl_on_terminal())
		fputs("\033[H\033[2J", stdout);
	fputs(text, stdout);
	(void)fflush(stdout);
}

/* Until it fails or is interrupted. */
static int watch(struct weirctl_context *context, const struct weirctl_args *args)
{
	char *before _cleanup_(freep) = NULL;

	for (;;) {
		char *text _cleanup_(freep) = NULL;
		size_t len;
		int r;

		context->out = open_memstream(&text, &len);
		if (!context->out)
			return WEIRCTL_ERROR;
		r = args->command->run(context, args);
		if (fclose(context->out) != 0 || r != WEIRCTL_OK)
			return r == WEIRCTL_OK ? WEIRCTL_ERROR : r;
		show_change(text, before);
		if (ferror(stdout))
			return WEIRCTL_ERROR;
		weir_freep(&before);
		before = TAKE_PTR(text);
		(void)nanosleep(&(struct timespec){.tv_sec = WATCH_SECONDS}, NULL);
	}
}

static int run(const struct weirctl_args *args)
{
	struct weirctl_context context _cleanup_(weirctl_context_done) = {};
	int r;

	if (args->command->view && weirctl_value(args, "json") && !*weirctl_value(args, "json")) {
		weirctl_print_fields(args->command->view, stdout);
		return WEIRCTL_OK;
	}
	r = weirctl_context_init(&context, args);
	if (r != WEIRCTL_OK)
		return r;
	return context.watch ? watch(&context, args) : args->command->run(&context, args);
}

static int dispatch(const struct weirctl_args *args)
{
	if (args->command && args->help) {
		weirctl_help_command(stdout, args->command);
		return WEIRCTL_OK;
	}
	if (weirctl_value(args, "version")) {
		puts("weirctl " WEIR_VERSION);
		return WEIRCTL_OK;
	}
	if (args->command)
		return run(args);
	weirctl_help_list(args->help ? stdout : stderr, args->noun);
	return args->help ? WEIRCTL_OK : WEIRCTL_USAGE;
}

int main(int argc, char **argv)
{
	struct weirctl_args args = {};
	int r = weirctl_parse(argc, argv, &args);

	if (r == WEIRCTL_OK)
		r = dispatch(&args);
	if (fflush(stdout) != 0) {
		weirctl_say("cannot write: %s", "无法写出:%s", strerror(errno));
		return WEIRCTL_ERROR;
	}
	return r;
}
