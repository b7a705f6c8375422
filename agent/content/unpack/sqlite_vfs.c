/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite's view of the bytes. */
#include "sqlite_vfs.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "weir/base/time.h"

#define UNIX_EPOCH_MS INT64_C(210866760000000) /* in the library's days since 4714 BC */

struct file {
	sqlite3_file base;
	struct weir_sqlite_vfs *vfs;
};

static int file_close(sqlite3_file *file)
{
	return SQLITE_OK;
}

/* What the library would refuse: a log, which is another file (bytes 18 and 19), and more pages than
 * there are (28 to 31) in a file that was cut off. */
static bool ease_header(uint8_t *data, uint64_t size)
{
	uint32_t page = (uint32_t)data[16] << 8 | data[17], pages, there;

	for (size_t at = 18; at < 20; at++)
		data[at] = data[at] == 2 ? 1 : data[at];
	page = page == 1 ? 65536 : page;
	if (page < 512)
		return false;
	pages = (uint32_t)data[28] << 24 | (uint32_t)data[29] << 16 | (uint32_t)data[30] << 8 |
		data[31];
	there = (uint32_t)WEIR_MIN(size / page, (uint64_t)UINT32_MAX);
	for (size_t i = 0; pages > there && i < 4; i++)
		data[28 + i] = (uint8_t)(there >> (24 - 8 * i));
	/* the number counts when whoever wrote last knew of it */
	return pages > there && memcmp(data + 24, data + 92, 4) == 0;
}

static int file_read(sqlite3_file *base, void *data, int len, sqlite3_int64 offset)
{
	struct weir_sqlite_vfs *v = ((struct file *)base)->vfs;
	uint8_t *to = data;
	size_t done = 0;

	if (len < 0 || offset < 0)
		return SQLITE_IOERR_READ;
	if (v->failed == 0)
		v->failed = weir_read_tick(v->u);
	while (v->failed == 0 && done < (size_t)len) {
		ssize_t n = v->bytes->read_at(v->bytes->context, to + done, (size_t)len - done,
					      (uint64_t)offset + done);

		if (n <= 0) {
			v->failed = (int)n;
			break;
		}
		done += (size_t)n;
	}
	if (v->failed < 0)
		return SQLITE_IOERR_READ;
	if (offset == 0 && done >= 100 && ease_header(to, v->bytes->size))
		v->cut = true;
	memset(to + done, 0, (size_t)len - done);
	return done < (size_t)len ? SQLITE_IOERR_SHORT_READ : SQLITE_OK;
}

static int file_write(sqlite3_file *file, const void *data, int len, sqlite3_int64 offset)
{
	return SQLITE_READONLY;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return SQLITE_READONLY;
}

static int file_flags(sqlite3_file *file, int flags)
{
	return SQLITE_OK;
}

static int file_size(sqlite3_file *base, sqlite3_int64 *ret)
{
	*ret = (sqlite3_int64)((struct file *)base)->vfs->bytes->size;
	return SQLITE_OK;
}

static int file_reserved(sqlite3_file *file, int *ret)
{
	*ret = 0;
	return SQLITE_OK;
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
	return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *file)
{
	return 4096;
}

static int file_device(sqlite3_file *file)
{
	return SQLITE_IOCAP_IMMUTABLE;
}

static const struct sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = file_close,
	.xRead = file_read,
	.xWrite = file_write,
	.xTruncate = file_truncate,
	.xSync = file_flags,
	.xFileSize = file_size,
	.xLock = file_flags,
	.xUnlock = file_flags,
	.xCheckReservedLock = file_reserved,
	.xFileControl = file_control,
	.xSectorSize = file_sector,
	.xDeviceCharacteristics = file_device,
};

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *base, int flags,
		    int *ret_flags)
{
	struct file *file = (struct file *)base;

	base->pMethods = NULL;
	if (!(flags & SQLITE_OPEN_MAIN_DB))
		return SQLITE_CANTOPEN;
	file->vfs = vfs->pAppData;
	base->pMethods = &methods;
	if (ret_flags)
		*ret_flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
	return SQLITE_OK;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	return SQLITE_IOERR_DELETE;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
	*ret = 0; /* no journal */
	return SQLITE_OK;
}

static int vfs_path(sqlite3_vfs *vfs, const char *name, int size, char *ret)
{
	return snprintf(ret, (size_t)size, "%s", name) < size ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int vfs_randomness(sqlite3_vfs *vfs, int len, char *ret)
{
	ssize_t n = getrandom(ret, (size_t)len, 0);

	return n < 0 ? 0 : (int)n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
	return microseconds; /* nobody holds a lock that could be waited for */
}

static int vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *ret)
{
	*ret = UNIX_EPOCH_MS + (sqlite3_int64)(weir_now_realtime() / WEIR_NSEC_PER_MSEC);
	return SQLITE_OK;
}

static int vfs_time(sqlite3_vfs *vfs, double *ret)
{
	sqlite3_int64 now;

	(void)vfs_time64(vfs, &now);
	*ret = (double)now / 86400000.0;
	return SQLITE_OK;
}

static int vfs_error(sqlite3_vfs *vfs, int len, char *ret)
{
	return 0;
}

int weir_sqlite_vfs_init(struct weir_sqlite_vfs *v, struct weir_unpack *u,
			 const struct weir_bytes *bytes)
{
	*v = (struct weir_sqlite_vfs){.u = u, .bytes = bytes};
	/* one for each reader: the library knows them by name */
	snprintf(v->name, sizeof(v->name), "weir-%p", (void *)v);
	v->vfs = (sqlite3_vfs){.iVersion = 2,
			       .szOsFile = (int)sizeof(struct file),
			       .mxPathname = 64,
			       .zName = v->name,
			       .pAppData = v,
			       .xOpen = vfs_open,
			       .xDelete = vfs_delete,
			       .xAccess = vfs_access,
			       .xFullPathname = vfs_path,
			       .xRandomness = vfs_randomness,
			       .xSleep = vfs_sleep,
			       .xCurrentTime = vfs_time,
			       .xGetLastError = vfs_error,
			       .xCurrentTimeInt64 = vfs_time64};
	return sqlite3_vfs_register(&v->vfs, 1) == SQLITE_OK ? 0 : -ENOMEM;
}

void weir_sqlite_vfs_done(struct weir_sqlite_vfs *v)
{
	(void)sqlite3_vfs_unregister(&v->vfs);
}
