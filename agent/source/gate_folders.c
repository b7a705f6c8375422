/* SPDX-License-Identifier: Apache-2.0 */
/* The owner's side of first openings: which folders, what was looked at, answers. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gate_place.h"
#include "gate_thread.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

static const struct gate_folders *current(const struct weir_gate *gate)
{
	return &gate->folders.copy[atomic_load(&gate->folders.now)];
}

static int mark(struct weir_gate *gate, const char *path)
{
	if (fanotify_mark(gate->first, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, FAN_OPEN_PERM, AT_FDCWD,
			  path) == 0)
		return 0;
	/* btrfs: a subvolume is no file system, but a mount. */
	if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENODEV)
		return -errno;
	return fanotify_mark(gate->first, FAN_MARK_ADD | FAN_MARK_MOUNT, FAN_OPEN_PERM, AT_FDCWD,
			     path) < 0
		       ? -errno
		       : 0;
}

/* Where the folder lies by now: it may come later, or another file system in its place. */
static void find_place(struct gate_folder *folder)
{
	int fd _cleanup_(weir_closep) = open(folder->path, O_PATH | O_CLOEXEC);
	char path[PATH_MAX];
	struct statx stx;

	folder->dev = 0;
	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_TYPE, &stx) < 0)
		return;
	gate_path_of(fd, path, sizeof(path));
	if (gate_place(fd, path, "/proc/self", folder->place, sizeof(folder->place)) == 0)
		folder->dev = WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor);
}

int weir_gate_mark_folders(struct weir_gate *gate)
{
	struct gate_folders *spare = gate_folders_spare(&gate->folders);

	*spare = *current(gate);
	gate->unmarked = 0;
	for (size_t i = 0; i < spare->n; i++) {
		struct gate_folder *folder = &spare->list[i];

		find_place(folder);
		if (folder->budget_ms > 0 && mark(gate, folder->path) < 0)
			gate->unmarked++;
	}
	gate_folders_swap(&gate->folders);
	return gate->unmarked;
}

/* Also what was let by because it lay in none of the folders. */
static void flush(struct weir_gate *gate)
{
	static const unsigned kinds[] = {0, FAN_MARK_FILESYSTEM, FAN_MARK_MOUNT};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		(void)fanotify_mark(gate->first, FAN_MARK_FLUSH | kinds[i], 0, AT_FDCWD, "/");
}

int weir_gate_set_folders(struct weir_gate *gate, const struct weir_gate_folder *folders, size_t n,
			  uint32_t edition)
{
	struct gate_folders *spare;

	if (n > WEIR_GATE_FOLDERS_MAX)
		return -E2BIG;
	for (size_t i = 0; i < n; i++)
		if (strlen(folders[i].path) >= WEIR_GATE_FOLDER_MAX)
			return -E2BIG;
	spare = gate_folders_spare(&gate->folders);
	for (size_t i = 0; i < n; i++) {
		struct gate_folder *folder = &spare->list[i];

		*folder = (struct gate_folder){.budget_ms = folders[i].budget_ms,
					       .closed = folders[i].closed};
		(void)snprintf(folder->path, sizeof(folder->path), "%s", folders[i].path);
		for (size_t len = strlen(folder->path); len > 1 && folder->path[len - 1] == '/';)
			folder->path[--len] = '\0';
	}
	spare->n = n;
	spare->edition = edition;
	gate_folders_swap(&gate->folders);
	flush(gate);
	(void)weir_gate_mark_folders(gate);
	return 0;
}

bool weir_gate_awaits(const struct weir_gate *gate, const char *path)
{
	return gate_folders_match(current(gate), path) >= 0;
}

static bool identify(int fd, struct weir_abi_inode *ret, uint64_t *ret_size, uint64_t *ret_ctime_ns)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO | STATX_SIZE | STATX_CTIME,
		  &stx) < 0)
		return false;
	*ret = (struct weir_abi_inode){.ino = stx.stx_ino,
				       .dev = WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor)};
	*ret_size = stx.stx_size;
	*ret_ctime_ns = (uint64_t)stx.stx_ctime.tv_sec * WEIR_NSEC_PER_SEC + stx.stx_ctime.tv_nsec;
	return true;
}

/* The oldest makes room: it is asked about again when it is opened, if its mark is gone by then. */
static void make_room(struct weir_gate *gate, struct weir_abi_inode inode)
{
	struct weir_abi_inode *oldest = &gate->known_order[gate->known_next];
	struct weir_fact fact;

	if (weir_facts_get(gate->known, inode, &fact) == 0)
		return;
	if (oldest->ino != 0)
		weir_facts_forget(gate->known, *oldest);
	*oldest = inode;
	gate->known_next = (gate->known_next + 1) % WEIR_GATE_KNOWN_MAX;
}

void weir_gate_set_known(struct weir_gate *gate, int fd, uint64_t size, uint64_t ctime_ns)
{
	struct weir_fact fact = {{size, ctime_ns}};
	uint64_t now_size, now_ctime_ns;
	struct weir_abi_inode inode;

	/* The mark goes with the next change. One that came before it, and after the looking, shows in the times. */
	gate_first_ignore(gate, fd);
	if (!identify(fd, &inode, &now_size, &now_ctime_ns))
		return;
	if (now_size != size || now_ctime_ns != ctime_ns) {
		(void)fanotify_mark(gate->first, FAN_MARK_REMOVE | FAN_MARK_IGNORED_MASK,
				    FAN_OPEN_PERM, fd, NULL);
		return;
	}
	make_room(gate, inode);
	(void)!weir_facts_set(gate->known, inode, &fact);
}

void weir_gate_answer(struct weir_gate *gate, const struct weir_gate_answer_to *answer)
{
	struct gate_message message = {.wait = answer->wait, .failed = answer->failed};

	if (answer->distinct) {
		message.has_taint = true;
		message.taint.pid = answer->pid;
		message.taint.start_boot_ns = answer->start_boot_ns;
		message.taint.source = answer->source;
		memcpy(message.taint.distinct, answer->distinct, sizeof(message.taint.distinct));
	}
	/* A full pipe: the opening's time runs out. */
	(void)!write(gate->answers_in, &message, sizeof(message));
}
