/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ACTION_QUARANTINE_H
#define WEIR_ACTION_QUARANTINE_H

/* A folder of sealed files that were taken away from where they lay, each with a description of where it belongs. Only root can
 * enter it. Calls for different ids may run on different threads. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/base/macros.h"

#define WEIR_QUARANTINE_ID_MAX	 24
#define WEIR_QUARANTINE_PATH_MAX 1024
#define WEIR_QUARANTINE_RULE_MAX 128

struct weir_quarantine;

/* A sealed file. */
struct weir_quarantine_entry {
	char id[WEIR_QUARANTINE_ID_MAX];     /* "q-" and 16 hexadecimal digits */
	char path[WEIR_QUARANTINE_PATH_MAX]; /* UTF-8; '?' for what is not */
	char rule[WEIR_QUARANTINE_RULE_MAX];
	uint64_t time_ns; /* since 1970 UTC */
	uint64_t size;
	uint64_t mtime_ns;
	uint64_t dev, ino; /* of the file, as stat() gives them: where its placeholder is */
	uint32_t uid, gid, mode;
};

/* Makes the folder (mode 0700) and its key when missing. -EPERM when somebody else owns it. */
int weir_quarantine_open(const char *dir, struct weir_quarantine **ret) _must_use_;
void weir_quarantine_free(struct weir_quarantine *quarantine);
DEFINE_CLEANUP(weir_quarantine_free, struct weir_quarantine *);

/* Seals a copy of fd's content and its description, both synced. The original is left as it is: the caller takes it away once this
 * has succeeded, by weir_quarantine_replace(). -ENOSPC also when it would take more than half of what is free. */
int weir_quarantine_put(struct weir_quarantine *quarantine, int fd, const char *path,
			const char *rule, struct weir_quarantine_entry *ret) _must_use_;

/* Overwrites the original with zeros, then puts words for its owner in its place, in Chinese and English: what happened, the rule,
 * the id. *ret_bytes: overwritten. */
int weir_quarantine_replace(const struct weir_quarantine_entry *entry, int fd,
			    uint64_t *ret_bytes) _must_use_;

/* -ENOENT, -EINVAL (no such id can be), -EBADMSG (its description is damaged). */
int weir_quarantine_get(struct weir_quarantine *quarantine, const char *id,
			struct weir_quarantine_entry *ret) _must_use_;

/* Calls fn for each entry that can be read, in no order; a negative return ends it. The number of entries, or that. */
typedef int (*weir_quarantine_fn)(void *context, const struct weir_quarantine_entry *entry);
int weir_quarantine_list(struct weir_quarantine *quarantine, weir_quarantine_fn fn,
			 void *context) _must_use_;

/* Puts the content back where it was: into the placeholder, as long as that lies there, or into a new file at path to (not NULL;
 * -EEXIST when there is one). Owner, mode and times come back too; then the entry is gone. -ESTALE: the placeholder was moved or
 * changed. */
int weir_quarantine_restore(struct weir_quarantine *quarantine, const char *id,
			    const char *to) _must_use_;

/* Destroys the sealed content. */
int weir_quarantine_forget(struct weir_quarantine *quarantine, const char *id) _must_use_;

#endif
