/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIRCTL_DOCUMENT_H
#define WEIRCTL_DOCUMENT_H

/* What the console writes for people to read: a page, or lines. */

#include "context.h"

/* Gets target and writes it to file, or to what context prints to; a terminal gets it cleaned like all
 * else. type: what it must be, "text/html". WEIRCTL_OK or, after a message, the exit status. */
int weirctl_get_document(struct weirctl_context *context, const char *target, const char *type,
			 const char *file) _must_use_;

/* Appends the parameters of such a form: "html" or "text", in the language that was asked for or else the
 * locale's. 0 or negative. */
int weirctl_add_form(struct weir_buf *target, const struct weirctl_args *args,
		     const char *form) _must_use_;

#endif
