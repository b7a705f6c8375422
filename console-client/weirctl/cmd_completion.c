/* SPDX-License-Identifier: Apache-2.0 */
/* Scripts for three shells: a list of words for each command. They ask no console: completion by data would log in at every tab. */

#include <string.h>

#include "commands.h"
#include "context.h"

static bool shown(const struct weirctl_command *command)
{
	return !(command->flags & WEIRCTL_HIDDEN);
}

/* "alert ls", "api" */
static void put_name(FILE *out, const struct weirctl_command *command)
{
	fprintf(out, "%s%s%s", command->noun, command->verb ? " " : "",
		command->verb ? command->verb : "");
}

/* Each noun once. */
static bool is_first(const struct weirctl_command *const *commands, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (strcmp(commands[before]->noun, commands[i]->noun) == 0)
			return false;
	return shown(commands[i]);
}

static void put_nouns(FILE *out, const struct weirctl_command *const *commands, size_t n)
{
	const char *blank = "";

	for (size_t i = 0; i < n; i++) {
		if (!is_first(commands, i))
			continue;
		fprintf(out, "%s%s", blank, commands[i]->noun);
		blank = " ";
	}
}

static void put_verbs(FILE *out, const struct weirctl_command *const *commands, size_t n,
		      const char *noun)
{
	const char *blank = "";

	for (size_t i = 0; i < n; i++) {
		if (strcmp(commands[i]->noun, noun) != 0 || !commands[i]->verb)
			continue;
		fprintf(out, "%s%s", blank, commands[i]->verb);
		blank = " ";
	}
}

static void put_options(FILE *out, const struct weirctl_command *command)
{
	const struct weirctl_option *option;

	for (size_t i = 0; (option = weirctl_option_at(command, i)) != NULL; i++)
		fprintf(out, "%s--%s", i ? " " : "", option->name);
}

static void put_choices(FILE *out, const char *choices)
{
	for (; *choices; choices++)
		fputc(*choices == '|' ? ' ' : *choices, out);
}

/* The values of options: those with choices, and files. Options of one name may differ from command to command, so the key is
 * both. */
static void put_bash_values(FILE *out, const struct weirctl_command *command)
{
	const struct weirctl_option *option;

	for (size_t i = 0; (option = weirctl_option_at(command, i)) != NULL; i++) {
		if (!option->value)
			continue;
		fputs("\t'", out);
		put_name(out, command);
		fprintf(out, " --%s') ", option->name);
		if (option->choices) {
			fputs("words='", out);
			put_choices(out, option->choices);
			fputs("' ;;\n", out);
		} else {
			fprintf(out, "%s ;;\n",
				strcmp(option->value, "FILE") == 0 ? "files=1" : "return");
		}
	}
}

static void put_bash_words(FILE *out, const struct weirctl_command *const *commands, size_t n)
{
	fputs("\tcase \"$command\" in\n\t'') words='", out);
	put_nouns(out, commands, n);
	fputs("' ;;\n", out);
	for (size_t i = 0; i < n; i++) {
		if (is_first(commands, i) && commands[i]->verb) {
			fprintf(out, "\t'%s') words='", commands[i]->noun);
			put_verbs(out, commands, n, commands[i]->noun);
			fputs("' ;;\n", out);
		}
		if (shown(commands[i])) {
			fputs("\t'", out);
			put_name(out, commands[i]);
			fputs("') words='", out);
			put_options(out, commands[i]);
			fputs("' ;;\n", out);
		}
	}
	fputs("\tesac\n", out);
}

/* zsh reads bash's by bashcompinit. */
static void put_bash(FILE *out, const struct weirctl_command *const *commands, size_t n)
{
	fputs("_weirctl()\n{\n"
	      "\tlocal current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
	      "\tlocal command='' words='' files='' i\n"
	      "\tCOMPREPLY=()\n"
	      "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
	      "\t\tcase \"$command ${COMP_WORDS[i]}\" in\n"
	      "\t\t*' '-*) ;;\n",
	      out);
	for (size_t i = 0; i < n; i++) {
		if (is_first(commands, i))
			fprintf(out, "\t\t' %s') command='%s' ;;\n", commands[i]->noun,
				commands[i]->noun);
		if (shown(commands[i]) && commands[i]->verb)
			fprintf(out, "\t\t'%s %s') command='%s %s' ;;\n", commands[i]->noun,
				commands[i]->verb, commands[i]->noun, commands[i]->verb);
	}
	fputs("\t\tesac\n\tdone\n", out);
	put_bash_words(out, commands, n);
	fputs("\tcase \"$command $before\" in\n", out);
	for (size_t i = 0; i < n; i++)
		if (shown(commands[i]))
			put_bash_values(out, commands[i]);
	fputs("\tesac\n"
	      "\tif [ -n \"$files\" ]; then\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	      "\telse\n"
	      "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
	      "\tfi\n"
	      "}\n"
	      "complete -F _weirctl weirctl\n",
	      out);
}

static void put_zsh(FILE *out, const struct weirctl_command *const *commands, size_t n)
{
	fputs("#compdef weirctl\nautoload -U +X bashcompinit && bashcompinit\n", out);
	put_bash(out, commands, n);
}

static void put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++) {
		if (*text == '\'' || *text == '\\')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('\'', out);
}

static void put_fish_option(FILE *out, const struct weirctl_command *command,
			    const struct weirctl_option *option)
{
	fprintf(out, "complete -c weirctl -n '__fish_seen_subcommand_from %s%s%s' -l %s",
		command->noun, command->verb ? "; and __fish_seen_subcommand_from " : "",
		command->verb ? command->verb : "", option->name);
	if (option->letter)
		fprintf(out, " -s %c", option->letter);
	if (option->choices) {
		fputs(" -x -a '", out);
		put_choices(out, option->choices);
		fputc('\'', out);
	} else if (option->value) {
		fputs(strcmp(option->value, "FILE") == 0 ? " -r -F" : " -x", out);
	}
	fputs(" -d ", out);
	put_quoted(out, weirctl_pick(option->help));
	fputc('\n', out);
}

static void put_fish(FILE *out, const struct weirctl_command *const *commands, size_t n)
{
	fputs("complete -c weirctl -f\n"
	      "complete -c weirctl -n __fish_use_subcommand -a '",
	      out);
	put_nouns(out, commands, n);
	fputs("'\n", out);
	for (size_t i = 0; i < n; i++) {
		const struct weirctl_option *option;

		if (is_first(commands, i) && commands[i]->verb) {
			fprintf(out,
				"complete -c weirctl -n '__fish_seen_subcommand_from %s; and not "
				"__fish_seen_subcommand_from ",
				commands[i]->noun);
			put_verbs(out, commands, n, commands[i]->noun);
			fputs("' -a '", out);
			put_verbs(out, commands, n, commands[i]->noun);
			fputs("'\n", out);
		}
		for (size_t at = 0;
		     shown(commands[i]) && (option = weirctl_option_at(commands[i], at)) != NULL;
		     at++)
			put_fish_option(out, commands[i], option);
	}
}

static int run(struct weirctl_context *context, const struct weirctl_args *args)
{
	const char *shell = args->words[0];
	size_t n;
	const struct weirctl_command *const *commands = weirctl_commands(&n);

	if (strcmp(shell, "bash") == 0) {
		put_bash(context->out, commands, n);
	} else if (strcmp(shell, "zsh") == 0) {
		put_zsh(context->out, commands, n);
	} else if (strcmp(shell, "fish") == 0) {
		put_fish(context->out, commands, n);
	} else {
		weirctl_say("completion is there for bash, zsh and fish",
			    "支持 bash、zsh 和 fish 的补全");
		return WEIRCTL_USAGE;
	}
	return WEIRCTL_OK;
}

const struct weirctl_command weirctl_cmd_completion = {
	.noun = "completion",
	.arguments = "bash|zsh|fish",
	.min = 1,
	.max = 1,
	.summary = {"write the shell's completion: source <(weirctl completion bash)",
		    "输出补全脚本:source <(weirctl completion bash)"},
	.run = run,
};
