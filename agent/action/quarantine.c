/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <jansson.h>

#include "seal.h"
#include "weir/action/quarantine.h"
#include "weir/action/scrub.h"
#include "weir/base/buf.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"

#define ID_DIGITS	16
#define DESCRIPTION_MAX 8192
#define WORDS_MAX	2048

struct weir_quarantine {
	int dir;
	uint8_t key[WEIR_SEAL_KEY_LEN];
};

enum part { SEALED, DESCRIPTION };

struct name {
	char text[WEIR_QUARANTINE_ID_MAX + 8];
};

static struct name name_of(const char *id, enum part part)
{
	struct name ret;

	(void)snprintf(ret.text, sizeof(ret.text), "%s.%s", id, part == SEALED ? "sealed" : "json");
	return ret;
}

static bool id_valid(const char *id)
{
	return strncmp(id, "q-", 2) == 0 && strlen(id) == 2 + ID_DIGITS &&
	       strspn(id + 2, "0123456789abcdef") == ID_DIGITS;
}

static int make_id(char ret[static WEIR_QUARANTINE_ID_MAX])
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	(void)snprintf(ret, WEIR_QUARANTINE_ID_MAX, "q-%016" PRIx64, number);
	return 0;
}

/* Kept beside what it opens: it guards against those who read the disk's files, not against root. */
static int take_key(struct weir_quarantine *quarantine)
{
	int fd _cleanup_(weir_closep) =
		openat(quarantine->dir, "key", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n;

	if (fd < 0 && errno != ENOENT)
		return -errno;
	if (fd < 0) {
		if (getrandom(quarantine->key, sizeof(quarantine->key), 0) !=
		    sizeof(quarantine->key))
			return -EIO;
		return weir_write_file_atomic(quarantine->dir, "key", quarantine->key,
					      sizeof(quarantine->key), 0400);
	}
	n = weir_read_full(fd, quarantine->key, sizeof(quarantine->key));
	if (n < 0)
		return (int)n;
	return n == sizeof(quarantine->key) ? 0 : -EBADMSG;
}

int weir_quarantine_open(const char *dir, struct weir_quarantine **ret)
{
	struct weir_quarantine *quarantine _cleanup_(weir_quarantine_freep) =
		calloc(1, sizeof(*quarantine));
	struct stat st;
	int r;

	if (!quarantine)
		return -ENOMEM;
	quarantine->dir = -1;
	r = weir_mkdir_parents(dir, 0700);
	if (r < 0)
		return r;
	quarantine->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (quarantine->dir < 0 || fstat(quarantine->dir, &st) < 0)
		return -errno;
	if (st.st_uid != geteuid())
		return -EPERM;
	if (fchmod(quarantine->dir, 0700) < 0)
		return -errno;
	r = take_key(quarantine);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(quarantine);
	return 0;
}

void weir_quarantine_free(struct weir_quarantine *quarantine)
{
	if (!quarantine)
		return;
	weir_close(quarantine->dir);
	explicit_bzero(quarantine->key, sizeof(quarantine->key));
	free(quarantine);
}

/* A name need not be UTF-8, as those of old archives are not, and JSON must: what is not becomes '?'. Such a path leads nowhere, so
 * that the file comes back only to a place that is named. */
static void make_utf8(char *text)
{
	size_t len = strlen(text), at = 0;

	while ((at += weir_utf8_valid(text + at, len - at)) < len)
		text[at] = '?';
}

static int write_description(struct weir_quarantine *quarantine,
			     const struct weir_quarantine_entry *entry)
{
	json_t *root =
		json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "id",
			  entry->id, "path", entry->path, "rule", entry->rule, "time_ns",
			  (json_int_t)entry->time_ns, "size", (json_int_t)entry->size, "mtime_ns",
			  (json_int_t)entry->mtime_ns, "dev", (json_int_t)entry->dev, "ino",
			  (json_int_t)entry->ino, "uid", (json_int_t)entry->uid, "gid",
			  (json_int_t)entry->gid, "mode", (json_int_t)entry->mode);
	char *text _cleanup_(freep) = root ? json_dumps(root, JSON_COMPACT) : NULL;

	json_decref(root);
	if (!text)
		return -ENOMEM;
	return weir_write_file_atomic(quarantine->dir, name_of(entry->id, DESCRIPTION).text, text,
				      strlen(text), 0600);
}

static int room_for(struct weir_quarantine *quarantine, uint64_t size)
{
	struct statvfs fs;

	if (fstatvfs(quarantine->dir, &fs) < 0)
		return -errno;
	return size > (uint64_t)fs.f_bavail * fs.f_frsize / 2 ? -ENOSPC : 0;
}

static int seal_copy(struct weir_quarantine *quarantine, int fd, const char *id, uint64_t *ret_size)
{
	struct name name = name_of(id, SEALED);
	int out _cleanup_(weir_closep) =
		openat(quarantine->dir, name.text,
		       O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0400);
	int r;

	if (out < 0)
		return -errno;
	r = weir_seal(quarantine->key, fd, out, ret_size);
	if (r == 0 && (fsync(out) < 0 || fsync(quarantine->dir) < 0))
		r = -errno;
	if (r < 0)
		(void)unlinkat(quarantine->dir, name.text, 0);
	return r;
}

int weir_quarantine_put(struct weir_quarantine *quarantine, int fd, const char *path,
			const char *rule, struct weir_quarantine_entry *ret)
{
	struct weir_quarantine_entry entry = {.time_ns = weir_now_realtime()};
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EBADF;
	entry.mtime_ns =
		(uint64_t)st.st_mtim.tv_sec * WEIR_NSEC_PER_SEC + (uint64_t)st.st_mtim.tv_nsec;
	entry.dev = st.st_dev;
	entry.ino = st.st_ino;
	entry.uid = st.st_uid;
	entry.gid = st.st_gid;
	entry.mode = st.st_mode & 07777;
	if (snprintf(entry.path, sizeof(entry.path), "%s", path) >= (int)sizeof(entry.path))
		return -ENAMETOOLONG;
	make_utf8(entry.path);
	(void)snprintf(entry.rule, sizeof(entry.rule), "%s", rule);
	r = make_id(entry.id);
	if (r == 0)
		r = room_for(quarantine, (uint64_t)st.st_size);
	if (r == 0)
		r = seal_copy(quarantine, fd, entry.id, &entry.size);
	if (r < 0)
		return r;
	r = write_description(quarantine, &entry);
	if (r < 0) {
		(void)unlinkat(quarantine->dir, name_of(entry.id, SEALED).text, 0);
		return r;
	}
	*ret = entry;
	return 0;
}

/* The id stands in the first line: that is how a placeholder is known again. */
static int words(const struct weir_quarantine_entry *entry, char ret[static WORDS_MAX])
{
	return snprintf(ret, WORDS_MAX,
			"Weir %s\n\n"
			"此文件因包含客户个人信息已被隔离，原内容已封存，未被删除。\n"
			"规则：%s\n"
			"如需恢复，请联系贵公司的信息安全部门并提供以上编号（管理员：weir "
			"quarantine restore %s）。\n\n"
			"This file held customers' personal data and was quarantined. Its content "
			"is sealed, not lost.\n"
			"Rule: %s\n"
			"To have it back, give the number above to your security team "
			"(administrators: weir quarantine restore %s).\n",
			entry->id, entry->rule, entry->id, entry->rule, entry->id);
}

static int reopen(int fd)
{
	char link[64];
	int fresh;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	fresh = open(link, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	return fresh < 0 ? -errno : fresh;
}

int weir_quarantine_replace(const struct weir_quarantine_entry *entry, int fd, uint64_t *ret_bytes)
{
	const struct weir_scrub_range whole = {.end = WEIR_SCRUB_WHOLE, .wait = true};
	int file _cleanup_(weir_closep) = -1;
	char text[WORDS_MAX];
	int len = words(entry, text);
	int r = weir_scrub(fd, &whole, ret_bytes);

	if (r < 0)
		return r;
	file = reopen(fd);
	if (file < 0)
		return file;
	return weir_pwrite_full(file, text, (size_t)WEIR_MIN(len, WORDS_MAX - 1), 0);
}

static bool take_string(const json_t *root, const char *key, char *to, size_t size)
{
	const char *from = json_string_value(json_object_get(root, key));

	return from && snprintf(to, size, "%s", from) < (int)size;
}

static bool take_number(const json_t *root, const char *key, uint64_t *ret)
{
	const json_t *value = json_object_get(root, key);

	*ret = (uint64_t)json_integer_value(value);
	return json_is_integer(value);
}

static bool parse_description(const json_t *root, const char *id, struct weir_quarantine_entry *ret)
{
	uint64_t uid, gid, mode;
	bool good = take_string(root, "id", ret->id, sizeof(ret->id)) && strcmp(ret->id, id) == 0 &&
		    take_string(root, "path", ret->path, sizeof(ret->path)) &&
		    take_string(root, "rule", ret->rule, sizeof(ret->rule)) &&
		    take_number(root, "time_ns", &ret->time_ns) &&
		    take_number(root, "size", &ret->size) &&
		    take_number(root, "mtime_ns", &ret->mtime_ns) &&
		    take_number(root, "dev", &ret->dev) && take_number(root, "ino", &ret->ino) &&
		    take_number(root, "uid", &uid) && take_number(root, "gid", &gid) &&
		    take_number(root, "mode", &mode);

	/* Cut to their width they would be another one's; the last number is nobody's and asks for no change. */
	if (!good || uid >= UINT32_MAX || gid >= UINT32_MAX || mode > 07777)
		return false;
	ret->uid = (uint32_t)uid;
	ret->gid = (uint32_t)gid;
	ret->mode = (uint32_t)mode;
	return true;
}

int weir_quarantine_get(struct weir_quarantine *quarantine, const char *id,
			struct weir_quarantine_entry *ret)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(DESCRIPTION_MAX);
	struct weir_quarantine_entry entry = {0};
	json_t *root;
	bool good;
	int r;

	if (!id_valid(id))
		return -EINVAL;
	r = weir_read_file(quarantine->dir, name_of(id, DESCRIPTION).text, &text);
	if (r < 0)
		return r == -ENOBUFS ? -EBADMSG : r;
	root = json_loadb(text.data, text.len, JSON_REJECT_DUPLICATES, NULL);
	good = parse_description(root, id, &entry);
	json_decref(root);
	if (!good)
		return -EBADMSG;
	*ret = entry;
	return 0;
}

int weir_quarantine_list(struct weir_quarantine *quarantine, weir_quarantine_fn fn, void *context)
{
	int fd = openat(quarantine->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *file;
	int n = 0, r = 0;

	if (!dir) {
		r = -errno;
		weir_close(fd);
		return r;
	}
	while (r >= 0 && (file = readdir(dir))) {
		char *dot = strrchr(file->d_name, '.');
		struct weir_quarantine_entry entry;

		if (!dot || strcmp(dot, ".json") != 0)
			continue;
		*dot = '\0';
		if (weir_quarantine_get(quarantine, file->d_name, &entry) < 0)
			continue;
		n++;
		r = fn(context, &entry);
	}
	(void)closedir(dir);
	return r < 0 ? r : n;
}

/* The placeholder, if it still is the same file and says so. */
static int open_placeholder(const struct weir_quarantine_entry *entry)
{
	int fd _cleanup_(weir_closep) =
		open(entry->path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char text[WORDS_MAX], wanted[WORDS_MAX];
	int len = words(entry, wanted);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? -ESTALE : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_dev != entry->dev || st.st_ino != entry->ino)
		return -ESTALE;
	n = weir_pread_full(fd, text, sizeof(text), 0);
	if (n < 0)
		return (int)n;
	if (n != WEIR_MIN(len, WORDS_MAX - 1) || memcmp(text, wanted, (size_t)n) != 0)
		return -ESTALE;
	return TAKE_FD(fd);
}

static int open_new(const char *to)
{
	int fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	return fd < 0 ? -errno : fd;
}

static int give_back(int fd, const struct weir_quarantine_entry *entry)
{
	const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
					  {.tv_sec = (time_t)(entry->mtime_ns / WEIR_NSEC_PER_SEC),
					   .tv_nsec = (long)(entry->mtime_ns % WEIR_NSEC_PER_SEC)}};

	if (fchown(fd, entry->uid, entry->gid) < 0 || fchmod(fd, entry->mode) < 0 ||
	    futimens(fd, times) < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

/* Read through once before anything is touched: a damaged copy must not cost the placeholder. */
static int verify(const struct weir_quarantine *quarantine, int sealed)
{
	int nowhere _cleanup_(weir_closep) = open("/dev/null", O_WRONLY | O_CLOEXEC);

	return nowhere < 0 ? -errno : weir_unseal(quarantine->key, sealed, nowhere, NULL);
}

int weir_quarantine_restore(struct weir_quarantine *quarantine, const char *id, const char *to)
{
	int sealed _cleanup_(weir_closep) = -1;
	int fd _cleanup_(weir_closep) = -1;
	struct weir_quarantine_entry entry;
	int r = weir_quarantine_get(quarantine, id, &entry);

	if (r < 0)
		return r;
	sealed = openat(quarantine->dir, name_of(id, SEALED).text,
			O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (sealed < 0)
		return -errno;
	r = verify(quarantine, sealed);
	if (r < 0)
		return r;
	fd = to ? open_new(to) : open_placeholder(&entry);
	if (fd < 0)
		return fd;
	if (ftruncate(fd, 0) < 0)
		return -errno;
	r = weir_unseal(quarantine->key, sealed, fd, NULL);
	if (r == 0)
		r = give_back(fd, &entry);
	if (r < 0 && to)
		(void)unlink(to);
	return r < 0 ? r : weir_quarantine_forget(quarantine, id);
}

int weir_quarantine_forget(struct weir_quarantine *quarantine, const char *id)
{
	if (!id_valid(id))
		return -EINVAL;
	/* The description first: what has none is found by nobody, what is described is there. */
	if (unlinkat(quarantine->dir, name_of(id, DESCRIPTION).text, 0) < 0)
		return -errno;
	return unlinkat(quarantine->dir, name_of(id, SEALED).text, 0) < 0 ? -errno : 0;
}
