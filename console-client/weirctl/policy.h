/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_POLICY_H
#define WEIRCTL_POLICY_H

/* What the commands about policies, keys, grants and evidence share. */

#include "context.h"
#include "view.h"

/* Appends /api/v1/NOUN/ID[/VERB]. WEIRCTL_OK or, after a message, WEIRCTL_USAGE. */
int weirctl_policy_target(struct weir_buf *target, const char *noun, const char *id,
			  const char *verb) _must_use_;

/* A file whole, as text. WEIRCTL_OK or, after a message, WEIRCTL_ERROR. */
int weirctl_policy_text(const char *path, struct weir_buf *ret) _must_use_;

/* The file that --key names; NULL after a message. */
const char *weirctl_key_file(const struct weirctl_args *args);

/* Says why the private key in this file cannot be used or made; the exit status. */
int weirctl_key_failed(const char *path, int error) _must_use_;

/* POST there, and prints the answer; takes body over, which may be NULL. The exit status. */
int weirctl_policy_send(struct weirctl_context *context, const struct weirctl_view *shown,
			const char *noun, const char *id, const char *verb,
			json_t *body) _must_use_;

#endif
