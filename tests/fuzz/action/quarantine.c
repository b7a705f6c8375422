/* SPDX-License-Identifier: Apache-2.0 */
/* A sealed file and its description, whoever wrote them: what cannot be read costs nothing, what comes back is as it was described.
 * The input: the description, a zero byte, the sealed file. The seeds are sealed with a key of zeros. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/action/quarantine.h"
#include "weir/base/fd.h"

#define ID  "q-00000000000000aa"
#define KEY 32

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

static void put(int dir, const char *name, const void *data, size_t len)
{
	require(weir_write_file_atomic(dir, name, data, len, 0600) == 0);
}

static int note(void *context, const struct weir_quarantine_entry *entry)
{
	struct weir_quarantine_entry *ret = context;

	*ret = *entry;
	return 0;
}

static void check(const struct weir_quarantine_entry *entry)
{
	require(strcmp(entry->id, ID) == 0 && entry->mode <= 07777);
	require(memchr(entry->path, 0, sizeof(entry->path)) != NULL);
	require(memchr(entry->rule, 0, sizeof(entry->rule)) != NULL);
}

static void look(struct weir_quarantine *quarantine, int dir)
{
	struct weir_quarantine_entry entry = {}, listed = {};
	int got = weir_quarantine_get(quarantine, ID, &entry);
	struct stat st;
	int r;

	require(got == 0 || got == -EBADMSG);
	require(weir_quarantine_list(quarantine, note, &listed) == (got == 0));
	if (got == 0) {
		check(&entry);
		require(strcmp(entry.path, listed.path) == 0 && entry.size == listed.size);
	}
	require(mkdirat(dir, "back", 0700) == 0);
	r = weir_quarantine_restore(quarantine, ID, "back/file");
	require(got == 0 || r == got);
	if (r < 0) { /* nothing was lost, nothing left behind */
		require(faccessat(dir, ID ".json", F_OK, 0) == 0);
		require(faccessat(dir, ID ".sealed", F_OK, 0) == 0);
		require(faccessat(dir, "back/file", F_OK, 0) < 0);
		require(weir_quarantine_forget(quarantine, ID) == 0);
		return;
	}
	require(fstatat(dir, "back/file", &st, 0) == 0 && S_ISREG(st.st_mode));
	require((st.st_mode & 07777) == entry.mode);
	require(st.st_uid == entry.uid && st.st_gid == entry.gid);
	require(unlinkat(dir, "back/file", 0) == 0);
	require(weir_quarantine_get(quarantine, ID, &entry) == -ENOENT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_quarantine *quarantine _cleanup_(weir_quarantine_freep) = NULL;
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	const size_t len = end ? (size_t)(end - data) : size;
	static const uint8_t key[KEY];
	char path[] = "/dev/shm/weir-fuzz-quarantine-XXXXXX"; /* each file is synced */
	int dir _cleanup_(weir_closep) = -1;

	require(mkdtemp(path) != NULL && chdir(path) == 0);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	require(dir >= 0);
	put(dir, "key", key, sizeof(key));
	put(dir, ID ".json", data, len);
	put(dir, ID ".sealed", end ? end + 1 : data, end ? size - len - 1 : 0);
	require(weir_quarantine_open(path, &quarantine) == 0);
	look(quarantine, dir);
	require(unlinkat(dir, "back", AT_REMOVEDIR) == 0 && unlinkat(dir, "key", 0) == 0);
	require(chdir("/") == 0 && rmdir(path) == 0);
	return 0;
}
