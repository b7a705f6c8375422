/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_CONFIG_H
#define WEIRCTL_CONFIG_H

/* The consoles a person works with: $XDG_CONFIG_HOME/weir/weirctl.json (~/.config without the
 * variable), mode 0600:
 *   {"current": "prod", "contexts": {"prod": {"console": "https://...", "ca_file": "...", "token_file": "..."}}}
 * Tokens lie in files of their own beside it. A file that others may write, or that is somebody else's, is refused. */

#include <jansson.h>
#include <stdbool.h>

#include "weir/base/buf.h"
#include "weir/base/macros.h"

#define WEIRCTL_NAME_MAX 64

/* Letters, digits, '.', '_' and '-', 1 to WEIRCTL_NAME_MAX of them, no '.' first. */
bool weirctl_is_name(const char *name);

/* *ret is an object; without "contexts" when there is no file yet. 0 or, after a message, negative. */
int weirctl_config_load(json_t **ret) _must_use_;
int weirctl_config_save(const json_t *config) _must_use_;

/* The object of one context, borrowed; NULL: there is none. name NULL: the current one. */
json_t *weirctl_config_get(const json_t *config, const char *name);
const char *weirctl_config_current(const json_t *config); /* NULL: none */

/* Keeps a token (text without blanks) in a file of its own, 0600, and names it in the context, which is made with this console if it
 * isn't there. 0 or, after a message, negative. */
int weirctl_config_keep_token(const char *name, const char *console, const char *token) _must_use_;

#endif
