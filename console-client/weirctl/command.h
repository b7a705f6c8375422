/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_COMMAND_H
#define WEIRCTL_COMMAND_H

/* A command is a row: what it is called, what it takes, how its answer looks, and the function that
 * asks. Parsing, help, completion and the man page are made from the row and from nothing else.
 *
 * A new command is a file cmd_<noun>_<verb>.c with one row, a line in commands.h, and its name in
 * CMakeLists.txt. Its function asks the console (context.h) and hands the answer to weirctl_print()
 * (view.h). Data goes to context->out, messages to stderr by weirctl_say(). */

#include <stdbool.h>
#include <stddef.h>

#include "words.h"

struct weirctl_context;
struct weirctl_view;

enum weirctl_exit {
	WEIRCTL_OK = 0,
	WEIRCTL_ERROR = 1,
	WEIRCTL_USAGE = 2,
	WEIRCTL_NOT_FOUND = 3,
	WEIRCTL_AUTH = 4,     /* nobody, or not allowed */
	WEIRCTL_CONFLICT = 5, /* somebody else changed it, or its state forbids it */
	WEIRCTL_PARTIAL = 6,  /* some of several were done */
};

/* Secrets are no options: they come from a file, from stdin, or are typed (weirctl_read_secret()). */
struct weirctl_option {
	const char *name; /* without dashes */
	char letter;	  /* '\0': none */
	const char *
		value; /* what help calls its value; "FILE" completes names of files; NULL: it takes none */
	const char *choices; /* "table|json": others are refused, these completed; NULL: any */
	struct weirctl_words help;
};

enum weirctl_flags {
	WEIRCTL_WATCH = 1,   /* reads only: takes --watch */
	WEIRCTL_CHANGES = 2, /* changes something: takes --dry-run and --yes */
	WEIRCTL_HIDDEN = 4,  /* for the build; in no list */
};

#define WEIRCTL_VALUES_MAX 64

struct weirctl_command;

/* What was given. Everything is borrowed from argv. */
struct weirctl_args {
	const struct weirctl_command *command; /* NULL: none was named */
	const char *noun;		       /* NULL: not even that */
	bool help;
	char **words; /* behind noun and verb, n of them */
	size_t n;
	struct {
		const struct weirctl_option *option;
		const char *value; /* "" when the option takes none */
	} values[WEIRCTL_VALUES_MAX];
	size_t n_values;
};

struct weirctl_command {
	const char *noun, *verb; /* verb NULL: the noun is the whole command */
	const char *arguments;	 /* for help, "ID..."; NULL: none */
	size_t min, max;	 /* how many */
	unsigned flags;
	struct weirctl_words summary; /* a line, in small letters, without a full stop */
	struct weirctl_words about;   /* sentences; may be left out */
	const struct weirctl_option *options;
	size_t n_options;
	const struct weirctl_view *view; /* NULL: takes no --output, --json and --jq */
	int (*run)(struct weirctl_context *context, const struct weirctl_args *args);
};

/* All of them, in the order of help. */
const struct weirctl_command *const *weirctl_commands(size_t *ret_n);

/* The i-th option that a command takes, its own ones first, then those of its flags and view, then those of every command
 * (all that a NULL command has); NULL behind the last. */
const struct weirctl_option *weirctl_option_at(const struct weirctl_command *command, size_t i);

/* The words are moved to the front of argv. WEIRCTL_OK or, after a message, WEIRCTL_USAGE. Any --help makes whatever is
 * wrong or missing behind it good. */
int weirctl_parse(int argc, char **argv, struct weirctl_args *ret) _must_use_;

/* The value given last, NULL when it was not given; "" for an option without one. */
const char *weirctl_value(const struct weirctl_args *args, const char *name);

/* The values of an option that may be given several times: the first with *at = 0; NULL behind the last. */
const char *weirctl_next_value(const struct weirctl_args *args, const char *name, size_t *at);

/* A number from min to max, or what *ret holds when the option was not given. WEIRCTL_OK or, after a message, WEIRCTL_USAGE. */
int weirctl_number(const struct weirctl_args *args, const char *name, unsigned min, unsigned max,
		   unsigned *ret) _must_use_;

#endif
