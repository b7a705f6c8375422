/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_EXPORT_POST_H
#define WEIR_CONSOLE_EXPORT_POST_H

/* One body at a time to one URL. Whose it is may not make the console call another: no redirects, https
 * alone but to this machine, an answer and a time that are bounded. One thread for each. */

#include "way.h"

struct weir_post;

/* settings->address: the URL, whole; with path `path` when it has none. -EINVAL: *err (may be NULL)
 * says what is wrong, without repeating it. Asks nobody outside. */
int weir_post_new(const struct weir_sink_settings *settings, const char *path, int end_fd,
		  struct weir_error *err, struct weir_post **ret) _must_use_;
void weir_post_free(struct weir_post *post);
DEFINE_CLEANUP(weir_post_free, struct weir_post *);

/* Bytes of address up to its path: what may be shown of it. */
size_t weir_post_origin(const char *address);

struct weir_post_body {
	const char *query;	    /* appended to the URL's own: "a=b&c=d"; NULL: nothing */
	const char *const *headers; /* "Name: value", NULL-terminated */
	const char *bearer;	    /* NULL: none */
	const void *data;
	size_t len;
};

/* 0 for a status of 2xx, with the answer's body appended to *answer. -EAGAIN: it asks for later,
 * *ret_later_ns (0: not said) being how much; -EACCES (401, 403), -ENOENT (404, 410), -EMSGSIZE
 * (413), -EREMOTEIO (any other status), -EKEYREJECTED, -ECONNREFUSED, -ETIMEDOUT, -ECANCELED, ... */
int weir_post_send(struct weir_post *post, const struct weir_post_body *body,
		   struct weir_buf *answer, uint64_t *ret_later_ns) _must_use_;

#endif
