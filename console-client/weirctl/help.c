/* SPDX-License-Identifier: Apache-2.0 */
#include "help.h"

#include <string.h>

#define NAME_WIDTH   18
#define OPTION_WIDTH 26

const struct weirctl_words weirctl_help_environment = {
	"$WEIR_CONSOLE, $WEIR_TOKEN_FILE and $WEIR_CONTEXT stand for the options of the same "
	"names; $NO_COLOR switches colour off. Contexts lie in $XDG_CONFIG_HOME/weir/weirctl.json "
	"(~/.config/weir without the variable).",
	"$WEIR_CONSOLE、$WEIR_TOKEN_FILE 和 $WEIR_CONTEXT 等同于同名选项;$NO_COLOR 关闭颜色。"
	"上下文保存在 $XDG_CONFIG_HOME/weir/weirctl.json(未设变量时为 ~/.config/weir)。",
};

const struct weirctl_words weirctl_help_exit = {
	"0 done, 1 error, 2 wrong usage, 3 not found, 4 not logged in or not allowed, 5 conflict, "
	"6 done in part.",
	"0 完成,1 出错,2 用法错误,3 未找到,4 未登录或无权限,5 冲突,6 部分完成。",
};

static void print_name(FILE *out, const struct weirctl_command *command)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s%s%s", command->noun, command->verb ? " " : "",
		       command->verb ? command->verb : "");
	fprintf(out, "  %-*s %s\n", NAME_WIDTH, name, weirctl_pick(command->summary));
}

void weirctl_help_list(FILE *out, const char *noun)
{
	static const struct weirctl_words usage = {"Usage: weirctl COMMAND [OPTION]...",
						   "用法:weirctl 命令 [选项]..."};
	static const struct weirctl_words more = {"weirctl COMMAND --help says more about one.",
						  "weirctl 命令 --help 显示该命令的详情。"};
	static const struct weirctl_words status = {"Exit status: ", "退出状态:"};
	size_t n;
	const struct weirctl_command *const *commands = weirctl_commands(&n);

	fprintf(out, "%s\n\n", weirctl_pick(usage));
	for (size_t i = 0; i < n; i++)
		if (!(commands[i]->flags & WEIRCTL_HIDDEN) &&
		    (!noun || strcmp(noun, commands[i]->noun) == 0))
			print_name(out, commands[i]);
	fprintf(out, "\n%s %s\n\n%s%s\n", weirctl_pick(more),
		weirctl_pick(weirctl_help_environment), weirctl_pick(status),
		weirctl_pick(weirctl_help_exit));
}

void weirctl_option_text(const struct weirctl_option *option, char *ret, size_t size)
{
	const char *value = option->choices ? option->choices : option->value;
	char letter[8] = "";

	if (option->letter)
		(void)snprintf(letter, sizeof(letter), "-%c, ", option->letter);
	(void)snprintf(ret, size, "%s--%s%s%s", letter, option->name, value ? " " : "",
		       value ? value : "");
}

static void print_option(FILE *out, const struct weirctl_option *option)
{
	char text[256];

	weirctl_option_text(option, text, sizeof(text));
	if (strlen(text) < OPTION_WIDTH)
		fprintf(out, "  %-*s %s\n", OPTION_WIDTH, text, weirctl_pick(option->help));
	else
		fprintf(out, "  %s\n  %-*s %s\n", text, OPTION_WIDTH, "",
			weirctl_pick(option->help));
}

void weirctl_help_command(FILE *out, const struct weirctl_command *command)
{
	static const struct weirctl_words usage = {"Usage", "用法"}, any = {"OPTION", "选项"};
	const char *about = weirctl_pick(command->about);
	const struct weirctl_option *option;

	fprintf(out, "%s: weirctl %s%s%s [%s]...%s%s\n\n", weirctl_pick(usage), command->noun,
		command->verb ? " " : "", command->verb ? command->verb : "", weirctl_pick(any),
		command->arguments ? " " : "", command->arguments ? command->arguments : "");
	fprintf(out, "%s\n%s%s%s\n", weirctl_pick(command->summary), *about ? "\n" : "", about,
		*about ? "\n" : "");
	for (size_t i = 0; (option = weirctl_option_at(command, i)) != NULL; i++)
		print_option(out, option);
}
