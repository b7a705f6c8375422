/* SPDX-License-Identifier: Apache-2.0 */
/* Reads procfs for the gate. Runs on the decision thread: no allocation, no logging, no access to
 * any file but below root, and to file attributes without asking a file server. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/base/utf8.h"
#include "weir/source/proc.h"

#define TEXT_MAX 4096

/* Fills text with the start of a file; the length, or negative errno. */
static ssize_t read_text(const char *root, uint32_t pid, const char *name, char *text, size_t size)
{
	char path[PATH_MAX];
	int fd _cleanup_(weir_closep) = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%u/%s", root, pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = read(fd, text, size - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return n;
}

/* The files of a process that the gate asks for at each opening. */
enum kept_file {
	KEPT_STATUS,
	KEPT_STAT,
	KEPT_LOGINUID,
	KEPT_SYSCALL,
	KEPT_FILES,
};

static const char *const kept_names[KEPT_FILES] = {"status", "stat", "loginuid", "syscall"};

struct kept {
	uint32_t pid; /* 0: free */
	int fd[KEPT_FILES];
};

struct weir_proc_kept {
	struct kept slots[WEIR_PROC_KEPT];
	size_t next; /* whose turn it is to go */
};

int weir_proc_kept_new(struct weir_proc_kept **ret)
{
	struct weir_proc_kept *kept = calloc(1, sizeof(*kept));

	if (!kept)
		return -ENOMEM;
	for (size_t i = 0; i < WEIR_PROC_KEPT; i++)
		for (size_t file = 0; file < KEPT_FILES; file++)
			kept->slots[i].fd[file] = -1;
	*ret = kept;
	return 0;
}

static void empty_slot(struct kept *slot)
{
	for (size_t file = 0; file < KEPT_FILES; file++) {
		weir_close(slot->fd[file]);
		slot->fd[file] = -1;
	}
	slot->pid = 0;
}

void weir_proc_kept_free(struct weir_proc_kept *kept)
{
	if (!kept)
		return;
	for (size_t i = 0; i < WEIR_PROC_KEPT; i++)
		empty_slot(&kept->slots[i]);
	free(kept);
}

static struct kept *slot_of(struct weir_proc_kept *kept, uint32_t pid)
{
	struct kept *slot;

	for (size_t i = 0; i < WEIR_PROC_KEPT; i++)
		if (kept->slots[i].pid == pid)
			return &kept->slots[i];
	slot = &kept->slots[kept->next];
	kept->next = (kept->next + 1) % WEIR_PROC_KEPT;
	empty_slot(slot);
	slot->pid = pid;
	return slot;
}

/* As read_text(). Nothing can be read of a process that is gone: then the number may be another's, whose file is opened. */
static ssize_t read_kept(struct weir_proc_kept *kept, const char *root, uint32_t pid,
			 enum kept_file file, char *text, size_t size)
{
	char path[PATH_MAX];
	ssize_t n = 0;
	int *fd;

	if (!kept || pid == 0)
		return read_text(root, pid, kept_names[file], text, size);
	fd = &slot_of(kept, pid)->fd[file];
	if (*fd >= 0)
		n = pread(*fd, text, size - 1, 0);
	if (n <= 0) {
		weir_close(*fd);
		snprintf(path, sizeof(path), "%s/%u/%s", root, pid, kept_names[file]);
		*fd = open(path, O_RDONLY | O_CLOEXEC);
		if (*fd < 0)
			return -errno;
		n = pread(*fd, text, size - 1, 0);
	}
	if (n < 0)
		return -errno;
	text[n] = '\0';
	return n;
}

static bool next_number(const char **at, int base, uint64_t *ret)
{
	const char *text = *at;
	char *end;

	while (*text == ' ' || *text == '\t')
		text++;
	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*ret = strtoull(text, &end, base);
	if (errno != 0 || end == text)
		return false;
	*at = end;
	return true;
}

static unsigned mode_of_flags(uint64_t flags)
{
	unsigned access = (unsigned)(flags & O_ACCMODE);
	unsigned mode = 0;

	if (flags & O_PATH)
		return WEIR_OPEN_READ;
	if (access == O_RDONLY || access == O_RDWR)
		mode |= WEIR_OPEN_READ;
	if (access != O_RDONLY || (flags & O_TRUNC))
		mode |= WEIR_OPEN_WRITE;
	return mode;
}

unsigned weir_proc_parse_syscall(const char *text)
{
	uint64_t number, arg[6];

	if (!next_number(&text, 10, &number)) /* "running", or "-1 ..." outside any call */
		return WEIR_OPEN_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(arg); i++)
		if (!next_number(&text, 16, &arg[i]))
			return WEIR_OPEN_UNKNOWN;
	switch (number) {
#ifdef SYS_open
	case SYS_open:
		return mode_of_flags(arg[1]);
	case SYS_creat:
		return WEIR_OPEN_WRITE;
#endif
	case SYS_openat:
		return mode_of_flags(arg[2]);
	case SYS_execve:
	case SYS_execveat:
		return WEIR_OPEN_READ;
	default:
		/* openat2 has its flags in the opener's memory: reading that may wait for a page
		 * fault which the opener itself serves (userfaultfd), and nothing here may wait. */
		return WEIR_OPEN_UNKNOWN;
	}
}

unsigned weir_proc_open_mode(const char *root, uint32_t tid, struct weir_proc_kept *kept)
{
	char text[TEXT_MAX];

	if (read_kept(kept, root, tid, KEPT_SYSCALL, text, sizeof(text)) < 0)
		return WEIR_OPEN_UNKNOWN;
	return weir_proc_parse_syscall(text);
}

static void copy_utf8(const char *from, size_t len, char *to, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < len && used + 1 < size;) {
		size_t good = weir_utf8_valid(from + i, len - i);

		good = weir_utf8_cut(from + i, good, size - 1 - used);
		memcpy(to + used, from + i, good);
		used += good;
		i += good;
		if (i < len && used + 1 < size) {
			to[used++] = '?';
			i++;
		}
	}
	to[used] = '\0';
}

/* The field after "Name:" of /proc/PID/status. */
static bool status_number(const char *status, const char *name, uint32_t *ret)
{
	const char *line = strstr(status, name);
	uint64_t value;

	if (!line)
		return false;
	line += strlen(name);
	if (!next_number(&line, 10, &value) || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* Fields 4 and 22 of stat count from behind the name, which may hold anything. */
static int parse_stat(const char *stat, struct weir_process *process)
{
	const char *at = strrchr(stat, ')');
	uint64_t ticks = 0, value;
	long hz = sysconf(_SC_CLK_TCK);

	if (!at || at[1] != ' ' || hz <= 0)
		return -EPROTO;
	at += 2;
	at += strcspn(at, " "); /* the state letter */
	for (unsigned field = 4; field <= 22; field++) {
		while (*at == ' ')
			at++;
		if (field == 22) {
			if (!next_number(&at, 10, &ticks))
				return -EPROTO;
		} else if (*at == '-') {
			at += strcspn(at, " ");
		} else if (!next_number(&at, 10, &value)) {
			return -EPROTO;
		} else if (field == 4) {
			process->parent_pid = (uint32_t)value;
		}
	}
	process->start_boot_ns = ticks * (WEIR_NSEC_PER_SEC / (uint64_t)hz);
	return 0;
}

int weir_proc_identify(const char *root, uint32_t pid, struct weir_process *ret)
{
	struct weir_process process = {.pid = pid, .login_uid = (uint32_t)-1};
	char text[TEXT_MAX];

	if (read_text(root, pid, "stat", text, sizeof(text)) < 0 || parse_stat(text, &process) < 0)
		return -ESRCH;
	*ret = process;
	return 0;
}

/* The name stands between the first parenthesis and the last; it may hold others. */
static void describe_name(const char *stat, struct weir_process *process)
{
	const char *from = strchr(stat, '('), *to = strrchr(stat, ')');

	if (!from || to <= from)
		return;
	from++;
	copy_utf8(from, WEIR_MIN((size_t)(to - from), strcspn(from, "\n")), process->name,
		  sizeof(process->name));
}

static void describe_executable(const char *root, struct weir_process *process)
{
	char path[PATH_MAX], text[TEXT_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "%s/%u/exe", root, process->pid);
	n = readlink(path, text, sizeof(text) - 1);
	if (n > 0)
		copy_utf8(text, (size_t)n, process->executable, sizeof(process->executable));
}

int weir_proc_describe(const char *root, uint32_t pid, struct weir_proc_kept *kept,
		       struct weir_process *ret)
{
	struct weir_process process = {.tid = pid, .login_uid = (uint32_t)-1};
	char text[TEXT_MAX];
	uint32_t login;

	if (read_kept(kept, root, pid, KEPT_STATUS, text, sizeof(text)) < 0)
		return -ESRCH;
	if (!status_number(text, "\nTgid:", &process.pid) ||
	    !status_number(text, "\nPPid:", &process.parent_pid) ||
	    !status_number(text, "\nUid:", &process.uid) ||
	    !status_number(text, "\nGid:", &process.gid))
		return -ESRCH;
	if (read_kept(kept, root, process.pid, KEPT_STAT, text, sizeof(text)) < 0 ||
	    parse_stat(text, &process) < 0)
		return -ESRCH;
	describe_name(text, &process);
	if (read_kept(kept, root, process.pid, KEPT_LOGINUID, text, sizeof(text)) > 0 &&
	    weir_parse_u32(text, &login) == 0)
		process.login_uid = login;
	describe_executable(root, &process);
	*ret = process;
	return 0;
}

static bool writable_fd(const char *root, uint32_t pid, const char *fd)
{
	char text[TEXT_MAX], name[64];
	const char *flags;
	uint64_t value;

	if (snprintf(name, sizeof(name), "fdinfo/%s", fd) >= (int)sizeof(name) ||
	    read_text(root, pid, name, text, sizeof(text)) < 0)
		return false;
	flags = strstr(text, "flags:");
	if (!flags)
		return false;
	flags += strlen("flags:");
	return next_number(&flags, 8, &value) && (value & O_ACCMODE) != O_RDONLY &&
	       !(value & O_PATH);
}

static bool inode_of_fd(const char *root, uint32_t pid, const char *fd, struct weir_abi_inode *ret)
{
	char path[PATH_MAX];
	struct statx stx;

	snprintf(path, sizeof(path), "%s/%u/fd/%s", root, pid, fd);
	if (statx(AT_FDCWD, path, AT_STATX_DONT_SYNC, STATX_TYPE | STATX_INO, &stx) < 0)
		return false;
	*ret = (struct weir_abi_inode){.ino = stx.stx_ino,
				       .dev = WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor)};
	return S_ISREG(stx.stx_mode);
}

struct fd_visit {
	const char *root;
	uint32_t pid;
	weir_proc_fd_fn fn;
	void *context;
	unsigned seen;
};

static bool visit_entries(struct fd_visit *visit, const char *buffer, ssize_t len)
{
	for (ssize_t at = 0; at < len && visit->seen < WEIR_PROC_FDS_MAX;) {
		const struct dirent64 *entry = (const void *)(buffer + at);
		struct weir_abi_inode inode;

		at += entry->d_reclen;
		if (entry->d_name[0] == '.')
			continue;
		visit->seen++;
		if (writable_fd(visit->root, visit->pid, entry->d_name) &&
		    inode_of_fd(visit->root, visit->pid, entry->d_name, &inode) &&
		    visit->fn(visit->context, &inode))
			return true;
	}
	return false;
}

bool weir_proc_any_writable(const char *root, uint32_t pid, weir_proc_fd_fn fn, void *context,
			    bool *ret_cut)
{
	struct fd_visit visit = {.root = root, .pid = pid, .fn = fn, .context = context};
	/* getdents instead of opendir: no allocation. */
	char buffer[8192] __attribute__((aligned(8)));
	char path[PATH_MAX];
	int dir _cleanup_(weir_closep) = -1;
	ssize_t n;

	*ret_cut = false;
	snprintf(path, sizeof(path), "%s/%u/fd", root, pid);
	dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return false;
	while ((n = getdents64(dir, buffer, sizeof(buffer))) > 0) {
		if (visit_entries(&visit, buffer, n))
			return true;
		if (visit.seen >= WEIR_PROC_FDS_MAX) {
			*ret_cut = true;
			return false;
		}
	}
	return false;
}
