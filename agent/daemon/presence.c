/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/daemon/presence.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"

#define BOOT_ID_LEN 36

/* The file. */
struct record {
	char boot_id[BOOT_ID_LEN];
	uint32_t orderly;
	uint64_t vouched_ns;
};

struct weir_presence {
	int fd;
	struct record record;
	uint64_t beat_ns, beat_before_ns;
};

static int read_boot_id(char ret[static BOOT_ID_LEN])
{
	int fd _cleanup_(weir_closep) =
		open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = weir_read_full(fd, ret, BOOT_ID_LEN);
	return n < 0 ? (int)n : n == BOOT_ID_LEN ? 0 : -EIO;
}

/* That it cannot be written makes the window longer that is reported, never shorter. */
static void keep(const struct weir_presence *presence)
{
	(void)!weir_pwrite_full(presence->fd, &presence->record, sizeof(presence->record), 0);
}

static void read_before(const struct weir_presence *presence, struct weir_presence_before *ret)
{
	struct record record;

	*ret = (struct weir_presence_before){0};
	if (weir_pread_full(presence->fd, &record, sizeof(record), 0) != (ssize_t)sizeof(record) ||
	    memcmp(record.boot_id, presence->record.boot_id, BOOT_ID_LEN) != 0 ||
	    record.vouched_ns > presence->beat_ns)
		return;
	*ret = (struct weir_presence_before){
		.known = true, .orderly = record.orderly == 1, .since_ns = record.vouched_ns};
}

int weir_presence_new(const char *dir, struct weir_presence **ret,
		      struct weir_presence_before *ret_before)
{
	struct weir_presence *presence _cleanup_(freep) = calloc(1, sizeof(*presence));
	char path[PATH_MAX];
	int r;

	if (!presence)
		return -ENOMEM;
	if (snprintf(path, sizeof(path), "%s/presence", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	r = read_boot_id(presence->record.boot_id);
	if (r < 0)
		return r;
	presence->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (presence->fd < 0)
		return -errno;
	presence->beat_ns = presence->beat_before_ns = weir_now_boottime();
	read_before(presence, ret_before);
	presence->record.vouched_ns = ret_before->known ? ret_before->since_ns : presence->beat_ns;
	keep(presence);
	*ret = TAKE_PTR(presence);
	return 0;
}

void weir_presence_free(struct weir_presence *presence)
{
	if (!presence)
		return;
	weir_close(presence->fd);
	free(presence);
}

void weir_presence_beat(struct weir_presence *presence, uint64_t now_ns, uint64_t judged_ns)
{
	if (judged_ns)
		presence->record.vouched_ns = judged_ns;
	presence->beat_before_ns = presence->beat_ns;
	presence->beat_ns = now_ns;
	keep(presence);
}

void weir_presence_end(struct weir_presence *presence, uint64_t now_ns)
{
	presence->record.orderly = 1;
	presence->record.vouched_ns = now_ns;
	keep(presence);
}

uint64_t weir_presence_stopped_since(const struct weir_presence *presence, uint64_t now_ns)
{
	uint64_t before = presence->beat_ns - presence->beat_before_ns;
	uint64_t open = now_ns - presence->beat_ns;

	/* A beat is never quite in time. */
	if (WEIR_MAX(before, open) < 2 * WEIR_PRESENCE_BEAT_NS)
		return 0;
	return open > before ? presence->beat_ns : presence->beat_before_ns;
}
