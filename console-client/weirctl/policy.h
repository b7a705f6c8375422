/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_POLICY_H
#define WEIRCTL_POLICY_H

/* What the commands about policies, keys and grants share. */

#include "context.h"
#include "view.h"

/* Appends /api/v1/NOUN/ID[/VERB]. WEIRCTL_OK or, after a message, WEIRCTL_USAGE. */
int weirctl_policy_target(struct weir_buf *target, const char *noun, const char *id,
			  const char *verb) _must_use_;

/* A file whole, as text. WEIRCTL_OK or, after a message, WEIRCTL_ERROR. */
int weirctl_policy_text(const char *path, struct weir_buf *ret) _must_use_;

/* POST there, and prints the answer; takes body over, which may be NULL. The exit status. */
int weirctl_policy_send(struct weirctl_context *context, const struct weirctl_view *shown,
			const char *noun, const char *id, const char *verb,
			json_t *body) _must_use_;

#endif
