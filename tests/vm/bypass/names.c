/* SPDX-License-Identifier: Apache-2.0 */
/* The same file by another name, and names that are the message. */

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "bypass.h"
#include "weir/base/fd.h"

static int write_to(const struct bypass_job *job, const char *path, int flags)
{
	int fd = bypass_open(path, O_WRONLY | flags);

	return fd < 0 ? fd : bypass_close(fd, bypass_write(fd, job->data, job->len));
}

static int make_empty(const char *path)
{
	int fd = bypass_open(path, O_WRONLY | O_CREAT);

	return fd < 0 ? fd : bypass_close(fd, 0);
}

static int run_rename(const struct bypass_job *job)
{
	int r = write_to(job, bypass_beside(job, "tmp"), O_CREAT);

	if (rename(bypass_beside(job, "tmp"), job->target) < 0)
		r = bypass_first(r, bypass_refused("rename"));
	return r;
}

static int run_link(const struct bypass_job *job)
{
	int r = make_empty(bypass_beside(job, "tmp"));

	if (link(bypass_beside(job, "tmp"), job->target) < 0)
		return bypass_refused("link");
	r = bypass_first(r, write_to(job, job->target, 0));
	unlink(bypass_beside(job, "tmp"));
	return r;
}

/* A symbolic link in a local folder that leads to the volume. */
static int run_symlink(const struct bypass_job *job)
{
	char folder[] = "/tmp/bypass.XXXXXX", path[PATH_MAX];
	int r;

	if (!mkdtemp(folder))
		return bypass_refused("mkdtemp");
	(void)snprintf(path, sizeof(path), "%s/report.csv", folder);
	if (symlink(job->target, path) < 0)
		return bypass_refused("symlink");
	r = write_to(job, path, O_CREAT);
	unlink(path);
	rmdir(folder);
	return r;
}

/* Opened for nothing, then again by its descriptor for writing. */
static int run_self_fd(const struct bypass_job *job)
{
	char path[64];
	int fd, r = make_empty(job->target);

	fd = open(job->target, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return bypass_refused("O_PATH");
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = bypass_first(r, write_to(job, path, 0));
	close(fd);
	return r;
}

/* By the root folder of another process. */
static int run_proc_root(const struct bypass_job *job)
{
	char path[PATH_MAX];
	pid_t pid = fork();
	int r;

	if (pid < 0)
		return bypass_refused("fork");
	if (pid == 0) {
		pause();
		_exit(0);
	}
	(void)snprintf(path, sizeof(path), "/proc/%d/root%s", pid, job->target);
	r = write_to(job, path, O_CREAT);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

static int run_handle(const struct bypass_job *job)
{
	struct {
		struct file_handle head;
		unsigned char room[MAX_HANDLE_SZ];
	} handle = {.head.handle_bytes = MAX_HANDLE_SZ};
	char *copy _cleanup_(freep) = strdup(job->target);
	int mount_id, mount, fd, r = make_empty(job->target);

	if (r < 0 || !copy)
		return r;
	if (name_to_handle_at(AT_FDCWD, job->target, &handle.head, &mount_id, 0) < 0)
		return bypass_refused("name_to_handle_at");
	mount = bypass_open(dirname(copy), O_RDONLY | O_DIRECTORY);
	fd = mount < 0 ? mount : open_by_handle_at(mount, &handle.head, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return bypass_refused("open_by_handle_at");
	return bypass_close(fd, bypass_write(fd, job->data, job->len));
}

/* The identifiers are the names; the files are empty. */
static int each_name(const struct bypass_job *job, int (*make)(const char *path))
{
	const char *line;
	size_t len;
	int r = 0;

	for (size_t i = 1; (line = bypass_line(job, i, &len)); i++) {
		char name[BYPASS_DIGITS + 1];

		memcpy(name, line + bypass_number(line, len), BYPASS_DIGITS);
		name[BYPASS_DIGITS] = '\0';
		r = bypass_first(r, make(bypass_beside(job, name)));
	}
	return r;
}

static int run_file_names(const struct bypass_job *job)
{
	return each_name(job, make_empty);
}

static int make_folder(const char *path)
{
	return mkdir(path, 0755) < 0 ? bypass_refused("mkdir") : 0;
}

static int run_folder_names(const struct bypass_job *job)
{
	return each_name(job, make_folder);
}

/* Local files with such names, and symbolic links to them. */
static int make_symlink(const char *path)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "/srv/%s", strrchr(path, '.') + 1);
	return symlink(text, path) < 0 ? bypass_refused("symlink") : 0;
}

static int run_symlink_text(const struct bypass_job *job)
{
	return each_name(job, make_symlink);
}

static int run_attribute(const struct bypass_job *job)
{
	int r = make_empty(job->target);

	if (setxattr(job->target, "user.comment", job->data, job->len, 0) < 0)
		r = bypass_first(r, bypass_refused("setxattr"));
	return r;
}

static const struct bypass_technique rows[] = {
	{"rename", "another name first", "改名", 0, run_rename},
	{"link", "hard link", "硬链接", BYPASS_EXT4, run_link},
	{"symlink", "local symbolic link to the volume", "符号链接", 0, run_symlink},
	{"self-fd", "O_PATH, then /proc/self/fd", "经 /proc/self/fd", 0, run_self_fd},
	{"proc-root", "/proc/PID/root of another process", "经 /proc/PID/root", 0, run_proc_root},
	{"handle", "open_by_handle_at", "句柄打开", 0, run_handle},
	{"file-names", "identifiers as names of empty files", "以文件名夹带", 0, run_file_names},
	{"folder-names", "identifiers as names of folders", "以目录名夹带", 0, run_folder_names},
	{"link-text", "identifiers as text of symbolic links", "以链接文本夹带", BYPASS_EXT4,
	 run_symlink_text},
	{"attribute", "identifiers in an extended attribute", "以扩展属性夹带", BYPASS_EXT4,
	 run_attribute},
};

const struct bypass_family bypass_names = {"names", "names", "名称", rows, ARRAY_SIZE(rows)};
