/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_FINDINGS_EXCERPTS_H
#define WEIR_FINDINGS_EXCERPTS_H

/* What stands around findings, as it is: the one place outside the engine that holds matched data. It is made for a policy that
 * seals evidence alone, in memory alone, and is overwritten by its end. */

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/base/macros.h"

#define WEIR_EXCERPTS_MAX	64
#define WEIR_EXCERPT_BYTES_MAX	(16u * 1024)  /* of one; what is longer is told in several */
#define WEIR_EXCERPTS_BYTES_MAX (256u * 1024) /* of all */

struct weir_excerpt {
	uint64_t offset;  /* in the part */
	uint32_t at, len; /* in data */
	uint8_t part;	  /* index into struct weir_findings' parts */
};

struct weir_excerpts {
	uint32_t count, bytes, room;
	struct weir_excerpt list[WEIR_EXCERPTS_MAX]; /* by part and offset, not overlapping */
	uint8_t data[];				     /* room */
};

static inline int weir_excerpts_new(uint32_t room, struct weir_excerpts **ret)
{
	struct weir_excerpts *excerpts = calloc(1, sizeof(*excerpts) + room);

	if (!excerpts)
		return -ENOMEM;
	excerpts->room = room;
	*ret = excerpts;
	return 0;
}

/* Forgets what is in it, and overwrites that. */
static inline void weir_excerpts_wipe(struct weir_excerpts *excerpts)
{
	explicit_bzero(excerpts->data, excerpts->bytes);
	excerpts->count = excerpts->bytes = 0;
}

static inline void weir_excerpts_free(struct weir_excerpts *excerpts)
{
	if (excerpts)
		weir_excerpts_wipe(excerpts);
	free(excerpts);
}
DEFINE_CLEANUP(weir_excerpts_free, struct weir_excerpts *);

/* Behind those that are there, to which it is not compared. -ENOSPC: no room. */
static inline int weir_excerpts_add(struct weir_excerpts *excerpts, uint8_t part, uint64_t offset,
				    const void *data, uint32_t len)
{
	if (excerpts->count == WEIR_EXCERPTS_MAX || len > excerpts->room - excerpts->bytes)
		return -ENOSPC;
	excerpts->list[excerpts->count++] = (struct weir_excerpt){
		.offset = offset, .at = excerpts->bytes, .len = len, .part = part};
	memcpy(excerpts->data + excerpts->bytes, data, len);
	excerpts->bytes += len;
	return 0;
}

#endif
