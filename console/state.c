/* SPDX-License-Identifier: Apache-2.0 */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#define TOKEN_FILE  "token"
#define LOCK_FILE   "lock"
#define TOKEN_BYTES 32
#define TOKEN_MIN   32
#define TOKEN_MAX   256

void weir_state_done(struct weir_state *state)
{
	state->lock_fd = weir_close(state->lock_fd);
	state->dir_fd = weir_close(state->dir_fd);
}

static int open_dir(const char *dir, struct weir_error *err, int *ret_fd)
{
	int fd _cleanup_(weir_closep) = -1;
	struct stat st;
	int r;

	r = weir_mkdir_parents(dir, 0700);
	if (r < 0) {
		errno = -r;
		return weir_error_set(err, r, 0, 0, "cannot make the folder %s: %m", dir);
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot open the folder %s: %m", dir);
	if (st.st_mode & S_IWOTH) {
		weir_error_set(err, -EPERM, 0, 0,
			       "anyone may write in %s, so the alerts in it prove nothing", dir);
		weir_error_hint(err, "choose a folder of the console's own, or: chmod o-w %s", dir);
		return -EPERM;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int weir_state_open(const char *dir, struct weir_error *err, struct weir_state *ret)
{
	struct weir_state state _cleanup_(weir_state_done) = WEIR_STATE_NONE;
	int r = open_dir(dir, err, &state.dir_fd);

	if (r < 0)
		return r;
	state.lock_fd =
		openat(state.dir_fd, LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (state.lock_fd < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot open the file %s in %s: %m",
				      LOCK_FILE, dir);
	if (flock(state.lock_fd, LOCK_EX | LOCK_NB) < 0) {
		r = errno == EWOULDBLOCK ? -EBUSY : -errno;
		return weir_error_set(err, r, 0, 0, "another weir-console uses %s", dir);
	}
	*ret = state;
	state = WEIR_STATE_NONE;
	return 0;
}

int weir_state_store(const char *dir, const char *database, struct weir_error *err,
		     struct weir_store **ret)
{
	char *path _cleanup_(freep) = NULL;

	if (database)
		return weir_store_open(database, err, ret);
	if (asprintf(&path, "%s/" WEIR_STATE_DATABASE, dir) < 0)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	return weir_store_open_sqlite(path, err, ret);
}

static int make_token(int dir_fd, struct weir_error *err)
{
	static const char hex[] = "0123456789abcdef";
	unsigned char random[TOKEN_BYTES];
	char text[2 * TOKEN_BYTES + 1];
	int r;

	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return weir_error_set(err, -EIO, 0, 0, "no random numbers for a token");
	for (size_t i = 0; i < sizeof(random); i++) {
		text[2 * i] = hex[random[i] >> 4];
		text[2 * i + 1] = hex[random[i] & 15];
	}
	text[2 * TOKEN_BYTES] = '\n';
	r = weir_write_file_atomic(dir_fd, TOKEN_FILE, text, sizeof(text), 0600);
	errno = -r;
	return r < 0 ? weir_error_set(err, r, 0, 0, "cannot write the token file: %m") : 0;
}

/* The file's text without its line feed; visible ASCII alone, since it goes into a header. */
static int read_token(int fd, struct weir_error *err, char **ret)
{
	char text[TOKEN_MAX + 2];
	ssize_t n = weir_pread_full(fd, text, sizeof(text), 0);
	char *token;

	if (n > 0 && text[n - 1] == '\n')
		n--;
	for (ssize_t i = 0; i < n; i++)
		if (text[i] <= ' ' || text[i] > '~')
			n = -EINVAL;
	if (n < TOKEN_MIN || n > TOKEN_MAX) {
		weir_error_set(err, -EINVAL, 0, 0,
			       "the token file does not hold 32 to 256 visible characters");
		weir_error_hint(err, "remove it; a new one is made at the next start");
		return -EINVAL;
	}
	token = strndup(text, (size_t)n);
	explicit_bzero(text, sizeof(text));
	if (!token)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	*ret = token;
	return 0;
}

int weir_state_token(const struct weir_state *state, struct weir_error *err, char **ret)
{
	int fd _cleanup_(weir_closep) = -1;
	struct stat st;
	int r;

	fd = openat(state->dir_fd, TOKEN_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT) {
		r = make_token(state->dir_fd, err);
		if (r < 0)
			return r;
		fd = openat(state->dir_fd, TOKEN_FILE, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd < 0 || fstat(fd, &st) < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot open the token file: %m");
	if (st.st_mode & 0077) {
		weir_error_set(err, -EPERM, 0, 0, "others may read the token file");
		weir_error_hint(err, "remove it; a new one is made at the next start");
		return -EPERM;
	}
	return read_token(fd, err, ret);
}

int weir_state_folder(const struct weir_state *state, const char *name, struct weir_error *err,
		      int *ret_fd)
{
	int fd;

	if (mkdirat(state->dir_fd, name, 0750) < 0 && errno != EEXIST)
		return weir_error_set(err, -errno, 0, 0, "cannot make the folder %s: %m", name);
	fd = openat(state->dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return weir_error_set(err, -errno, 0, 0, "cannot open the folder %s: %m", name);
	*ret_fd = fd;
	return 0;
}
