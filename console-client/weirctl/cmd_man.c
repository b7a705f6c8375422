/* SPDX-License-Identifier: Apache-2.0 */
/* The page weirctl(1) in man(7), in the locale's language; the build writes it. */

#include <string.h>

#include "commands.h"
#include "context.h"
#include "help.h"
#include "view.h"

/* What roff would take for a request or an escape is taken from it. */
static void put_text(FILE *out, const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", out);
	for (; *text; text++) {
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else if (*text == '\n')
			fputs("\n.PP\n", out);
		else
			fputc(*text, out);
	}
}

static void put_section(FILE *out, struct weirctl_words heading, struct weirctl_words text)
{
	fprintf(out, ".SH %s\n", weirctl_pick(heading));
	put_text(out, weirctl_pick(text));
	fputc('\n', out);
}

static void put_option(FILE *out, const struct weirctl_option *option)
{
	char text[256];

	weirctl_option_text(option, text, sizeof(text));
	fputs(".TP\n.B ", out);
	put_text(out, text);
	fputc('\n', out);
	put_text(out, weirctl_pick(option->help));
	fputc('\n', out);
}

static bool is_own(const struct weirctl_command *command, const struct weirctl_option *option)
{
	return command->n_options && option >= command->options &&
	       option < command->options + command->n_options;
}

static void put_command(FILE *out, const struct weirctl_command *command)
{
	const struct weirctl_option *option;

	fprintf(out, ".SS weirctl %s%s%s", command->noun, command->verb ? " " : "",
		command->verb ? command->verb : "");
	if (command->arguments) {
		fputc(' ', out);
		put_text(out, command->arguments);
	}
	fputc('\n', out);
	put_text(out, weirctl_pick(command->summary));
	fputs(".\n", out);
	if (*weirctl_pick(command->about)) {
		fputs(".PP\n", out);
		put_text(out, weirctl_pick(command->about));
		fputc('\n', out);
	}
	for (size_t i = 0; (option = weirctl_option_at(command, i)) != NULL; i++)
		if (is_own(command, option))
			put_option(out, option);
}

/* Those that the table adds: by what is taken from a command that has everything. */
static void put_common(FILE *out)
{
	static const struct weirctl_view any = {};
	const struct weirctl_command everything = {
		.flags = WEIRCTL_WATCH | WEIRCTL_CHANGES,
		.view = &any,
	};
	const struct weirctl_option *option;

	for (size_t i = 0; (option = weirctl_option_at(&everything, i)) != NULL; i++)
		put_option(out, option);
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	static const struct weirctl_words name = {"NAME", "名称"}, synopsis = {"SYNOPSIS", "概要"},
					  commands_ = {"COMMANDS", "命令"},
					  options = {"OPTIONS", "选项"};
	FILE *out = context->out;
	size_t n;
	const struct weirctl_command *const *commands = weirctl_commands(&n);

	fprintf(out, ".TH WEIRCTL 1 \"\" \"weir %s\"\n.ad l\n", WEIR_VERSION);
	put_section(
		out, name,
		(struct weirctl_words){"weirctl - what the security team asks Weir's console with",
				       "weirctl - 安全团队使用的 Weir 控制台命令行"});
	fprintf(out, ".SH %s\n.B weirctl\n.I COMMAND\n[\\fIOPTION\\fR]...\n",
		weirctl_pick(synopsis));
	fprintf(out, ".SH %s\n", weirctl_pick(commands_));
	for (size_t i = 0; i < n; i++)
		if (!(commands[i]->flags & WEIRCTL_HIDDEN))
			put_command(out, commands[i]);
	fprintf(out, ".SH %s\n", weirctl_pick(options));
	put_common(out);
	put_section(out, (struct weirctl_words){"ENVIRONMENT", "环境变量"},
		    weirctl_help_environment);
	put_section(out, (struct weirctl_words){"EXIT STATUS", "退出状态"}, weirctl_help_exit);
	return WEIRCTL_OK;
}

const struct weirctl_command weirctl_cmd_man = {
	.noun = "man",
	.flags = WEIRCTL_HIDDEN,
	.summary = {"write the page weirctl(1)", "输出手册页 weirctl(1)"},
	.run = run,
};
