/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: which file goes next, and what an answer means for it.
 *
 *   200, 201 -> removed
 *   400, 413 -> removed, counted: the same bytes would be refused again
 *   429, 503, anything else, no answer -> stays; back off, at least as long as Retry-After says
 */

#include "weir/console_client/bring.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/console_client/backoff.h"
#include "weir/evidence/sealed.h"
#include "weir/proto/spool_format.h"

#define NAME_LEN 65
#define LOOK_MAX 1024 /* names that are looked at for the oldest */

struct weir_bring {
	char *folder;
	struct weir_http *http;
	const char *bearer;
	struct weir_backoff backoff;
	struct weir_bring_counters counters;
	char problem[256];
};

int weir_bring_new(const struct weir_bring_options *options, struct weir_bring **ret)
{
	struct weir_bring *bring _cleanup_(weir_bring_freep) = calloc(1, sizeof(*bring));

	if (!bring)
		return -ENOMEM;
	if (asprintf(&bring->folder, "%s/%s", options->spool_dir, WEIR_SPOOL_EVIDENCE_DIR) < 0) {
		bring->folder = NULL;
		return -ENOMEM;
	}
	bring->http = options->http;
	bring->bearer = options->bearer;
	*ret = TAKE_PTR(bring);
	return 0;
}

void weir_bring_free(struct weir_bring *bring)
{
	if (!bring)
		return;
	free(bring->folder);
	free(bring);
}

const struct weir_bring_counters *weir_bring_counters(const struct weir_bring *bring)
{
	return &bring->counters;
}

const char *weir_bring_problem(const struct weir_bring *bring)
{
	return bring->problem;
}

static void close_dir(DIR **dir)
{
	if (*dir)
		(void)closedir(*dir);
}

static bool is_older(const struct stat *a, const struct stat *b)
{
	return a->st_mtim.tv_sec < b->st_mtim.tv_sec ||
	       (a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec < b->st_mtim.tv_nsec);
}

/* -ENOENT: nothing is there. The agent writes under another name first. */
static int find_oldest(int dirfd, char ret[static NAME_LEN])
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = -ENOENT;
	DIR *dir _cleanup_(close_dir) = fd >= 0 ? fdopendir(fd) : NULL;
	struct stat st, oldest = {0};
	const struct dirent *entry;

	if (fd >= 0 && !dir)
		(void)weir_close(fd);
	if (!dir)
		return -EIO;
	for (int n = 0; n < LOOK_MAX && (entry = readdir(dir)); n++) {
		if (!weir_spool_is_evidence(entry->d_name) ||
		    fstatat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    (r == 0 && !is_older(&st, &oldest)))
			continue;
		oldest = st;
		memcpy(ret, entry->d_name, NAME_LEN); /* just as long */
		r = 0;
	}
	return r;
}

/* -EBADMSG: not what the agent writes. */
static int read_sealed(int dirfd, const char *name, struct weir_buf *ret)
{
	int fd _cleanup_(weir_closep) =
		openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t n;
	int r;

	if (fd < 0)
		return errno == ELOOP ? -EBADMSG : -errno;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > WEIR_EVIDENCE_SEALED_MAX)
		return -EBADMSG;
	r = weir_buf_reserve(ret, (size_t)st.st_size);
	if (r < 0)
		return r;
	n = weir_pread_full(fd, ret->data, (size_t)st.st_size, 0);
	if (n < 0)
		return (int)n;
	ret->len = (size_t)n;
	return weir_evidence_check(ret->data, ret->len) < 0 ? -EBADMSG : 0;
}

static int give_up(struct weir_bring *bring, int dirfd, const char *name)
{
	bring->counters.refused++;
	return unlinkat(dirfd, name, 0) < 0 && errno != ENOENT ? -errno : 1;
}

static int failed(struct weir_bring *bring, uint64_t now_ns, uint32_t retry_after_s,
		  uint64_t random)
{
	bring->counters.failures++;
	(void)weir_backoff_failed(&bring->backoff, now_ns, retry_after_s * WEIR_NSEC_PER_SEC,
				  random);
	return 1;
}

static int on_answer(struct weir_bring *bring, int dirfd, const char *name,
		     const struct weir_http_response *response)
{
	switch (response->status) {
	case 200:
	case 201:
		bring->problem[0] = '\0';
		bring->counters.brought++;
		return unlinkat(dirfd, name, 0) < 0 && errno != ENOENT ? -errno : 1;
	case 400:
	case 413:
		(void)snprintf(bring->problem, sizeof(bring->problem),
			       "the console refuses evidence (%d)", response->status);
		return give_up(bring, dirfd, name);
	default:
		(void)snprintf(bring->problem, sizeof(bring->problem),
			       "the console takes no evidence now (%d)", response->status);
		return 0;
	}
}

static int send_file(struct weir_bring *bring, int dirfd, const char *name,
		     const struct weir_buf *sealed, uint64_t now_ns, uint64_t random)
{
	static const char *const headers[] = {"Content-Type: application/cms", NULL};
	char path[32 + NAME_LEN];
	const struct weir_http_request request = {.method = "PUT",
						  .path = path,
						  .headers = headers,
						  .bearer = bring->bearer,
						  .body = sealed->data,
						  .body_len = sealed->len};
	struct weir_http_response response = {0};
	uint32_t retry_after_s;
	int r;

	(void)snprintf(path, sizeof(path), "/v1/evidence/%s", name);
	r = weir_http_perform(bring->http, &request, &response);
	if (r < 0) {
		(void)snprintf(bring->problem, sizeof(bring->problem), "%s",
			       weir_http_error(bring->http));
		return failed(bring, now_ns, 0, random);
	}
	r = on_answer(bring, dirfd, name, &response);
	retry_after_s = response.retry_after_s;
	weir_http_response_done(&response);
	if (r == 0)
		return failed(bring, now_ns, retry_after_s, random);
	weir_backoff_succeeded(&bring->backoff);
	return r;
}

int weir_bring_step(struct weir_bring *bring, uint64_t now_ns, uint64_t random,
		    uint64_t *ret_wait_ns)
{
	struct weir_buf sealed _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_EVIDENCE_SEALED_MAX);
	int dirfd _cleanup_(weir_closep) =
		open(bring->folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	uint64_t wait = weir_backoff_wait(&bring->backoff, now_ns);
	char name[NAME_LEN];
	int r = dirfd < 0 ? -errno : find_oldest(dirfd, name);

	if (r == -ENOENT || (r == 0 && wait > 0)) {
		*ret_wait_ns = r == 0 ? wait : UINT64_MAX;
		return 0;
	}
	if (r == 0)
		r = read_sealed(dirfd, name, &sealed);
	if (r == -EBADMSG)
		return give_up(bring, dirfd, name);
	if (r == -ENOENT) /* gone meanwhile */
		return 1;
	return r < 0 ? r : send_file(bring, dirfd, name, &sealed, now_ns, random);
}
