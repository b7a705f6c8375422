/* SPDX-License-Identifier: Apache-2.0 */
/* Not getopt: its messages know neither two languages nor that an option belongs to a command. */

#include <string.h>

#include "command.h"
#include "weir/base/parse.h"

/* clang-format off */
static const struct weirctl_option every[] = {
	{"console", '\0', "ADDRESS", NULL,
	 {"unix:PATH, http://127.0.0.1:PORT or https://HOST[:PORT]; else $WEIR_CONSOLE, else the context's",
	  "unix:PATH、http://127.0.0.1:PORT 或 https://HOST[:PORT];缺省取 $WEIR_CONSOLE,再取上下文"}},
	{"context", '\0', "NAME", NULL,
	 {"the context to take; else $WEIR_CONTEXT, else the current one",
	  "使用的上下文;缺省取 $WEIR_CONTEXT,再取当前上下文"}},
	{"token-file", '\0', "FILE", NULL,
	 {"where the token is read from, - for stdin; else $WEIR_TOKEN_FILE, else the context's",
	  "读取令牌的文件,- 表示标准输入;缺省取 $WEIR_TOKEN_FILE,再取上下文"}},
	{"no-input", '\0', NULL, NULL, {"never ask anything", "从不提问"}},
	{"help", 'h', NULL, NULL, {"say more", "显示帮助"}},
	{"version", '\0', NULL, NULL, {"print the version", "显示版本"}},
};
static const struct weirctl_option viewing[] = {
	{"output", 'o', "FORMAT", "table|json|jsonl|csv|tsv",
	 {"a table on a terminal and tab-separated values elsewhere, unless said otherwise",
	  "输出格式;缺省在终端上为表格,其他情况为 TSV"}},
	{"json", '\0', "FIELDS", NULL,
	 {"JSON with these fields only, separated by commas; without a value: list the fields",
	  "只含这些字段(逗号分隔)的 JSON;不带值时列出可用字段"}},
	{"jq", '\0', "EXPRESSION", NULL, {"what jq makes of the JSON", "用 jq 表达式处理 JSON"}},
};
static const struct weirctl_option watching[] = {
	{"watch", 'w', NULL, NULL,
	 {"ask again every two seconds; in a pipe, print only what has changed",
	  "每两秒刷新;在管道中仅在有变化时输出"}},
};
static const struct weirctl_option changing[] = {
	{"dry-run", '\0', NULL, NULL,
	 {"print the requests instead of sending them", "只显示将要发送的请求,不发送"}},
	{"yes", 'y', NULL, NULL, {"do not ask whether to go on", "不再确认"}},
};
/* clang-format on */

const struct weirctl_option *weirctl_option_at(const struct weirctl_command *command, size_t i)
{
	const struct {
		bool taken;
		const struct weirctl_option *options;
		size_t n;
	} groups[] = {
		{command != NULL, command ? command->options : NULL,
		 command ? command->n_options : 0},
		{command && (command->flags & WEIRCTL_CHANGES), changing, ARRAY_SIZE(changing)},
		{command && (command->flags & WEIRCTL_WATCH), watching, ARRAY_SIZE(watching)},
		{!command || command->view, viewing, ARRAY_SIZE(viewing)},
		{true, every, ARRAY_SIZE(every)},
	};

	for (size_t group = 0; group < ARRAY_SIZE(groups); group++) {
		if (!groups[group].taken)
			continue;
		if (i < groups[group].n)
			return &groups[group].options[i];
		i -= groups[group].n;
	}
	return NULL;
}

static const struct weirctl_option *find_long(const struct weirctl_command *command,
					      const char *name, size_t len)
{
	const struct weirctl_option *option;

	for (size_t i = 0; (option = weirctl_option_at(command, i)) != NULL; i++)
		if (strncmp(option->name, name, len) == 0 && option->name[len] == '\0')
			return option;
	return NULL;
}

static const struct weirctl_option *find_letter(const struct weirctl_command *command, char letter)
{
	const struct weirctl_option *option;

	for (size_t i = 0; (option = weirctl_option_at(command, i)) != NULL; i++)
		if (letter && option->letter == letter)
			return option;
	return NULL;
}

static bool is_choice(const char *choices, const char *value)
{
	size_t len = strlen(value);

	for (const char *at = choices; *at; at += *at == '|') {
		size_t n = strcspn(at, "|");

		if (n == len && strncmp(at, value, len) == 0)
			return true;
		at += n;
	}
	return false;
}

static int keep(struct weirctl_args *args, const struct weirctl_option *option, const char *value)
{
	if (option->choices && value && !is_choice(option->choices, value)) {
		weirctl_say("--%s takes one of %s", "--%s 只能取 %s 之一", option->name,
			    option->choices);
		return WEIRCTL_USAGE;
	}
	if (args->n_values == WEIRCTL_VALUES_MAX) {
		weirctl_say("more than %d options", "选项多于 %d 个", WEIRCTL_VALUES_MAX);
		return WEIRCTL_USAGE;
	}
	args->values[args->n_values].option = option;
	args->values[args->n_values].value = value ? value : "";
	args->n_values++;
	args->help = args->help || strcmp(option->name, "help") == 0;
	return WEIRCTL_OK;
}

/* The one option whose value may be missing: --json alone asks which fields there are. */
static bool may_stand_alone(const struct weirctl_option *option)
{
	return strcmp(option->name, "json") == 0;
}

/* attached is behind "=" or behind the letter, NULL: nothing was. Takes the next argument if it must; *at then stands on it. */
static int take_value(struct weirctl_args *args, const struct weirctl_option *option,
		      const char *attached, int argc, char **argv, int *at)
{
	const char *next = *at + 1 < argc ? argv[*at + 1] : NULL;

	if (!option->value) {
		if (!attached)
			return keep(args, option, NULL);
		weirctl_say("--%s takes no value", "--%s 不带值", option->name);
		return WEIRCTL_USAGE;
	}
	if (attached)
		return keep(args, option, attached);
	if (next && (next[0] != '-' || !may_stand_alone(option))) {
		++*at;
		return keep(args, option, next);
	}
	if (may_stand_alone(option))
		return keep(args, option, NULL);
	weirctl_say("--%s needs a value", "--%s 需要一个值", option->name);
	return WEIRCTL_USAGE;
}

static int take_option(struct weirctl_args *args, int argc, char **argv, int *at)
{
	const char *text = argv[*at], *value = NULL;
	const struct weirctl_option *option;

	if (text[1] == '-') {
		size_t len = strcspn(text + 2, "=");

		option = find_long(args->command, text + 2, len);
		if (text[2 + len] == '=')
			value = text + 2 + len + 1;
	} else {
		option = find_letter(args->command, text[1]);
		if (text[2])
			value = text + 2;
	}
	if (option)
		return take_value(args, option, value, argc, argv, at);
	weirctl_say("there is no option %s here; --help lists them",
		    "此处没有选项 %s;--help 列出可用选项", text);
	return WEIRCTL_USAGE;
}

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static const struct weirctl_command *find_command(const char *noun, const char *verb)
{
	size_t n;
	const struct weirctl_command *const *commands = weirctl_commands(&n);

	for (size_t i = 0; i < n; i++)
		if (same(commands[i]->noun, noun) && same(commands[i]->verb, verb))
			return commands[i];
	return NULL;
}

static bool is_noun(const char *noun)
{
	size_t n;
	const struct weirctl_command *const *commands = weirctl_commands(&n);

	for (size_t i = 0; i < n; i++)
		if (same(commands[i]->noun, noun))
			return true;
	return false;
}

static int take_word(struct weirctl_args *args, char *word)
{
	if (args->command) {
		args->words[args->n++] = word;
		return WEIRCTL_OK;
	}
	if (!args->noun && is_noun(word)) {
		args->noun = word;
		args->command = find_command(word, NULL);
		return WEIRCTL_OK;
	}
	args->command = args->noun ? find_command(args->noun, word) : NULL;
	if (args->command)
		return WEIRCTL_OK;
	weirctl_say("there is no such command: %s%s%s; weirctl --help lists them",
		    "没有这个命令:%s%s%s;weirctl --help 列出全部命令", args->noun ? args->noun : "",
		    args->noun ? " " : "", word);
	return WEIRCTL_USAGE;
}

/* --json alone is a question of its own: whatever else the command needs may be missing. */
static bool asks_fields(const struct weirctl_args *args)
{
	const char *fields = weirctl_value(args, "json");

	return fields && !*fields;
}

static int check_count(const struct weirctl_args *args)
{
	const struct weirctl_command *command = args->command;

	if (!command || (args->n >= command->min && args->n <= command->max))
		return WEIRCTL_OK;
	weirctl_say("usage: weirctl %s%s%s [OPTION]... %s; --help says more",
		    "用法:weirctl %s%s%s [选项]... %s;--help 显示详情", command->noun,
		    command->verb ? " " : "", command->verb ? command->verb : "",
		    command->arguments ? command->arguments : "");
	return WEIRCTL_USAGE;
}

int weirctl_parse(int argc, char **argv, struct weirctl_args *ret)
{
	struct weirctl_args args = {.words = argv};
	bool options = true;
	int r = WEIRCTL_OK;

	for (int at = 1; r == WEIRCTL_OK && at < argc && !args.help; at++) {
		if (options && strcmp(argv[at], "--") == 0)
			options = false;
		else if (options && argv[at][0] == '-' && argv[at][1])
			r = take_option(&args, argc, argv, &at);
		else
			r = take_word(&args, argv[at]);
	}
	if (r == WEIRCTL_OK && !args.help && !asks_fields(&args))
		r = check_count(&args);
	if (r == WEIRCTL_OK)
		*ret = args;
	return r;
}

const char *weirctl_value(const struct weirctl_args *args, const char *name)
{
	for (size_t i = args->n_values; i-- > 0;)
		if (strcmp(args->values[i].option->name, name) == 0)
			return args->values[i].value;
	return NULL;
}

const char *weirctl_next_value(const struct weirctl_args *args, const char *name, size_t *at)
{
	while (*at < args->n_values) {
		size_t i = (*at)++;

		if (strcmp(args->values[i].option->name, name) == 0)
			return args->values[i].value;
	}
	return NULL;
}

int weirctl_number(const struct weirctl_args *args, const char *name, unsigned min, unsigned max,
		   unsigned *ret)
{
	const char *text = weirctl_value(args, name);
	uint32_t number;

	if (!text)
		return WEIRCTL_OK;
	if (weir_parse_u32(text, &number) == 0 && number >= min && number <= max) {
		*ret = number;
		return WEIRCTL_OK;
	}
	weirctl_say("--%s takes %u to %u", "--%s 取值 %u 至 %u", name, min, max);
	return WEIRCTL_USAGE;
}
