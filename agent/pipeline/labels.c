/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of files: into the kernel and the gate, into what is kept over a reboot, and back from there when a file system is
 * mounted. */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

#define START_NS (500 * WEIR_NSEC_PER_MSEC) /* for what is there when the agent starts */
#define TICK_NS	 (10 * WEIR_NSEC_PER_MSEC)
#define SLICE_NS (5 * WEIR_NSEC_PER_MSEC) /* of a tick; the rest is for the other sources */

static int to_kernel(struct weir_pipeline *p, struct weir_abi_inode inode,
		     const struct weir_abi_label *label)
{
	const struct weir_kernel_port *kernel = &p->options.kernel;
	int r = kernel->ops->set_label(kernel->context, &inode, label);
	struct weir_abi_inode old;

	if (r == -E2BIG && clean_oldest(p, &old)) {
		(void)kernel->ops->forget_label(kernel->context, &old);
		r = kernel->ops->set_label(kernel->context, &inode, label);
	}
	if (r == 0 && (label->flags & WEIR_ABI_LABEL_CLEAN))
		clean_remember(p, inode);
	return r;
}

static void gate_forget(struct weir_pipeline *p, int fd)
{
	if (p->gate_guards)
		weir_gate_forget_label(p->gate, fd);
}

static bool enter(struct weir_pipeline *p, int fd, struct weir_abi_inode inode,
		  const struct weir_abi_label *label)
{
	int r = to_kernel(p, inode, label), g = 0;

	if (label->flags & WEIR_ABI_LABEL_CLEAN)
		gate_forget(p, fd);
	else if (p->gate_guards)
		g = weir_gate_set_label(p->gate, fd, label->distinct);
	if (r < 0 || g < 0)
		count_drop(p, WEIR_COUNT_LABELS_REFUSED, "labels_refused", 1);
	return r >= 0 && g >= 0;
}

/* Two mounted volumes of one UUID: the one that was there first has it. The other is a copy, or somebody made it so. */
static bool is_twin(struct weir_pipeline *p, uint32_t dev, const struct weir_labels_volume *id)
{
	for (size_t i = 0; i < LABEL_VOLUMES; i++) {
		const struct label_volume *other = &p->label_volumes[i];

		if (other->known && other->dev != dev && memcmp(&other->id, id, sizeof(*id)) == 0 &&
		    weir_mounts_by_dev(p->mounts, other->dev))
			return true;
	}
	return false;
}

/* Whether what is known of a file here may be kept: not of sinks, which other machines write. */
static bool may_keep(struct weir_pipeline *p, int fd, uint32_t dev)
{
	struct weir_labels_volume id;

	return p->labels && !volume_by_dev(p, dev) &&
	       (weir_labels_volume(fd, &id) < 0 || !is_twin(p, dev, &id));
}

static void forget_kept(struct weir_pipeline *p, int fd, uint32_t dev)
{
	const bool any = p->labels && weir_labels_any(p->labels);
	int r = any && may_keep(p, fd, dev) ? weir_labels_forget(p->labels, fd) : 0;

	if (r < 0)
		weir_log_warning(p->options.log, r, "a label that is kept cannot be forgotten");
}

void label_set(struct weir_pipeline *p, const struct pending *pending,
	       const struct weir_abi_label *label)
{
	struct weir_abi_inode inode = pending->file.inode;
	bool clean = label->flags & WEIR_ABI_LABEL_CLEAN;

	if (enter(p, pending->fd, inode, label))
		count(p, clean ? WEIR_COUNT_LABELS_CLEAN : WEIR_COUNT_LABELS_DIRTY, 1);
	if (clean)
		forget_kept(p, pending->fd, inode.dev);
	else if (may_keep(p, pending->fd, inode.dev))
		weir_labels_keep(p->labels, pending->fd, label);
}

void label_forget(struct weir_pipeline *p, const struct pending *pending)
{
	const struct weir_kernel_port *kernel = &p->options.kernel;

	(void)kernel->ops->forget_label(kernel->context, &pending->file.inode);
	gate_forget(p, pending->fd);
	forget_kept(p, pending->fd, pending->file.inode.dev);
}

/* One file's label goes back where it was; of a file that changed meanwhile nothing is believed, it is looked at anew. */
static void restore_file(struct weir_pipeline *p, struct weir_labels_file *kept)
{
	struct weir_watch_file file;
	int fd _cleanup_(weir_closep) = TAKE_FD(kept->fd);

	if (fd < 0 || weir_watch_describe(fd, &file) < 0)
		return;
	file.inode.dev = volume_kernel_dev(p, file.mount_id, file.inode.dev);
	if (volume_by_dev(p, file.inode.dev))
		return;
	if (!kept->changed) {
		(void)enter(p, fd, file.inode, &kept->label);
		return;
	}
	/* The kernel has no way from a file to its name until somebody has opened it by that. */
	if (file.path[0] != '/' || file.path[1] == '\0')
		file.path[0] = '\0';
	file.fd = TAKE_FD(fd);
	files_look_again(p, &file);
	weir_close(file.fd);
}

static bool identify(struct weir_pipeline *p, struct label_volume *volume, int root)
{
	volume->known =
		weir_labels_volume(root, &volume->id) == 0 && !is_twin(p, volume->dev, &volume->id);
	return volume->known;
}

/* A descriptor of the mount's own folder: what lies over it may be a file system that answers when it likes. */
static int open_root(const struct weir_mount *mount)
{
	int fd _cleanup_(weir_closep) = open(mount->point, O_PATH | O_CLOEXEC);
	struct statx stx;
	char path[64];
	int root;

	if (fd < 0 || statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &stx) < 0)
		return -errno;
	if (!(stx.stx_mask & STATX_MNT_ID) || stx.stx_mnt_id != mount->id)
		return -ESTALE;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return root < 0 ? -errno : root;
}

/* True: there is more of this volume. It is not held open in between: nobody's umount is to fail because of us. */
static bool restore_some(struct weir_pipeline *p, struct label_volume *volume, uint64_t until_ns)
{
	const struct weir_mount *mount = weir_mounts_by_dev(p->mounts, volume->dev);
	int root _cleanup_(weir_closep) = mount ? open_root(mount) : -ENOENT;
	struct weir_labels_file kept;

	if (root < 0 || !identify(p, volume, root))
		return false;
	while (weir_now_monotonic() < until_ns && pending_has_room(p, WEIR_WATCH_BATCH)) {
		if (weir_labels_next(p->labels, root, &volume->id, &volume->cursor, &kept) == 0)
			return false;
		restore_file(p, &kept);
	}
	return true;
}

static bool restore_until(struct weir_pipeline *p, uint64_t until_ns)
{
	for (size_t i = 0; i < LABEL_VOLUMES; i++) {
		struct label_volume *volume = &p->label_volumes[i];

		if (volume->waiting)
			volume->waiting = restore_some(p, volume, until_ns);
		if (volume->waiting)
			return false;
	}
	return true;
}

static int on_tick(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;

	if (restore_until(p, weir_now_monotonic() + SLICE_NS)) {
		weir_loop_remove(p->loop, p->labels_timer);
		p->labels_timer = -1;
	}
	return 0;
}

static void wake(struct weir_pipeline *p)
{
	int r = p->labels_timer < 0
			? weir_loop_add_timer(p->loop, TICK_NS, on_tick, p, &p->labels_timer)
			: 0;

	if (r < 0)
		weir_log_warning(p->options.log, r, "labels that were kept wait");
}

/* The one of this number, else one of a number that is not mounted any more. */
static struct label_volume *take(struct weir_pipeline *p, uint32_t dev)
{
	struct label_volume *unused = NULL;

	for (size_t i = 0; i < LABEL_VOLUMES; i++) {
		struct label_volume *volume = &p->label_volumes[i];

		if (volume->dev == dev)
			return volume;
		if (!unused && !weir_mounts_by_dev(p->mounts, volume->dev))
			unused = volume;
	}
	return unused;
}

static bool is_lasting(const char *fstype)
{
	static const char *const types[] = {"ext2", "ext3", "ext4", "xfs", "btrfs"};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		if (strcmp(fstype, types[i]) == 0)
			return true;
	return false;
}

void labels_mounted(struct weir_pipeline *p, const struct weir_mount *mount)
{
	const struct weir_mount *first = weir_mounts_by_dev(p->mounts, mount->dev);
	struct label_volume *volume;

	/* Others of the same file system bring nothing new. */
	if (!p->labels || !is_lasting(mount->fstype) || !first || first->id != mount->id ||
	    volume_by_dev(p, mount->dev))
		return;
	volume = take(p, mount->dev);
	if (!volume) {
		weir_log_warning(p->options.log, -E2BIG, "no labels are restored on %s",
				 mount->point);
		return;
	}
	*volume = (struct label_volume){.dev = mount->dev, .waiting = true};
	wake(p);
}

void labels_restore(struct weir_pipeline *p)
{
	for (size_t i = 0; p->labels && p->mounts && i < weir_mounts_count(p->mounts); i++)
		labels_mounted(p, weir_mounts_at(p->mounts, i));
}

/* What was kept when the last agent ended holds before anybody could copy it, as far as time allows. */
void labels_started(struct weir_pipeline *p)
{
	if (p->labels)
		(void)restore_until(p, weir_now_monotonic() + START_NS);
}

void labels_open(struct weir_pipeline *p)
{
	struct weir_labels_health health;
	char path[PATH_MAX];

	if (!p->options.state_dir)
		return;
	p->labels_error = -ENAMETOOLONG;
	if (snprintf(path, sizeof(path), "%s/labels", p->options.state_dir) < (int)sizeof(path))
		p->labels_error = weir_labels_open(path, WEIR_LABELS_MAX, &p->labels);
	if (p->labels_error < 0) {
		weir_log_warning(p->options.log, p->labels_error,
				 "labels are not kept over a reboot: %s", path);
		return;
	}
	weir_labels_health(p->labels, &health);
	if (health.anew || health.damaged > 0)
		weir_log_warning(p->options.log, 0, "%s: %s, %llu of its labels are damaged", path,
				 health.anew ? "no such file as it should be, begun anew" : "read",
				 (unsigned long long)health.damaged);
}

void labels_sync(struct weir_pipeline *p)
{
	int r = p->labels ? weir_labels_sync(p->labels) : 0;

	if (r < 0)
		weir_log_warning(p->options.log, r, "labels cannot be written to the disk");
}
