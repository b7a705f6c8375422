/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_HELP_H
#define WEIRCTL_HELP_H

/* What the rows of commands say to a person. */

#include <stdio.h>

#include "command.h"

/* The nouns with their verbs; of one noun only when it is not NULL. */
void weirctl_help_list(FILE *out, const char *noun);
void weirctl_help_command(FILE *out, const struct weirctl_command *command);

/* "-o, --output table|json|csv", for help and the man page; ret of size bytes. */
void weirctl_option_text(const struct weirctl_option *option, char *ret, size_t size);

/* What belongs to no one command: the page weirctl(1) ends with these as well. */
extern const struct weirctl_words weirctl_help_environment;
extern const struct weirctl_words weirctl_help_exit;

#endif
