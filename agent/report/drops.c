/* SPDX-License-Identifier: Apache-2.0 */
#include "drops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"

int weir_drops_open(struct weir_drops *drops, int dirfd, uint32_t gid)
{
	uint8_t bytes[WEIR_SPOOL_DROPS_MAX * WEIR_SPOOL_DROP_LEN];
	struct weir_drops opened = WEIR_DROPS_INIT;
	int fd _cleanup_(weir_closep) = openat(dirfd, WEIR_SPOOL_DROPS_FILE,
					       O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	ssize_t n;

	if (fd < 0 || fchmod(fd, 0640) < 0)
		return -errno;
	(void)!fchown(fd, (uid_t)-1, gid);
	n = weir_pread_full(fd, bytes, sizeof(bytes), 0);
	if (n < 0)
		return (int)n;
	for (ssize_t at = 0; at + WEIR_SPOOL_DROP_LEN <= n; at += WEIR_SPOOL_DROP_LEN)
		if (weir_spool_drop_decode(bytes + at, &opened.entries[opened.n]) == 0)
			opened.n++;
	opened.fd = TAKE_FD(fd);
	*drops = opened;
	return 0;
}

void weir_drops_done(struct weir_drops *drops)
{
	drops->fd = weir_close(drops->fd);
}

static void clean_cause(const char *cause, char ret[static WEIR_SPOOL_CAUSE_MAX])
{
	size_t len = strnlen(cause, WEIR_SPOOL_CAUSE_MAX - 1);

	memset(ret, 0, WEIR_SPOOL_CAUSE_MAX);
	for (size_t i = 0; i < len; i++)
		ret[i] = cause[i] < 0x21 || cause[i] > 0x7e ? '_' : cause[i];
	if (len == 0)
		memcpy(ret, "other", 5);
}

static struct weir_spool_drop *entry_of(struct weir_drops *drops, const char *cause)
{
	for (unsigned i = 0; i < drops->n; i++)
		if (strcmp(drops->entries[i].cause, cause) == 0)
			return &drops->entries[i];
	if (drops->n == WEIR_SPOOL_DROPS_MAX)
		return &drops->entries[WEIR_SPOOL_DROPS_MAX - 1];
	if (drops->n == WEIR_SPOOL_DROPS_MAX - 1)
		cause = "other";
	memcpy(drops->entries[drops->n].cause, cause, strlen(cause) + 1);
	return &drops->entries[drops->n++];
}

void weir_drops_count(struct weir_drops *drops, const char *cause, uint64_t n)
{
	char clean[WEIR_SPOOL_CAUSE_MAX];
	uint8_t bytes[WEIR_SPOOL_DROP_LEN];
	struct weir_spool_drop *drop;

	if (n == 0)
		return;
	clean_cause(cause, clean);
	drop = entry_of(drops, clean);
	if (__builtin_add_overflow(drop->count, n, &drop->count))
		drop->count = UINT64_MAX;
	if (drops->fd < 0)
		return;
	weir_spool_drop_encode(drop, bytes);
	/* What the disk refuses stays counted in memory and is written with the cause's next
	 * change. */
	(void)!weir_pwrite_full(drops->fd, bytes, sizeof(bytes),
				(off_t)(drop - drops->entries) * WEIR_SPOOL_DROP_LEN);
}
