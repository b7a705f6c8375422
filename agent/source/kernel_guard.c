/* SPDX-License-Identifier: Apache-2.0 */
/* The guard on what is ours, seen from user space: says which inodes and processes are ours, and turns it on. What it refuses is
 * the programs' business, whether it may be opened the daemon's. */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "kernel_private.h"
#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/base/time.h"
#include "weir/source/mounts.h"

#define THINGS_MAX 1000 /* entries; the map has some more */
#define DEPTH_MAX  4	/* folders inside a guarded folder */

struct entry {
	struct weir_abi_inode key;
	struct weir_abi_guarded value;
};

/* The whole table, made anew and then brought into the kernel. */
struct table {
	struct weir_mounts *mounts;
	size_t n;
	struct entry entries[THINGS_MAX];
};

static void ignore_mount(void *context, const struct weir_mount *mount, bool added)
{
}

static int table_new(struct table **ret)
{
	struct table *table = calloc(1, sizeof(*table));
	int r;

	if (!table)
		return -ENOMEM;
	r = weir_mounts_new(NULL, &table->mounts);
	if (r >= 0)
		r = weir_mounts_refresh(table->mounts, ignore_mount, NULL);
	if (r < 0) {
		weir_mounts_free(table->mounts);
		free(table);
		return r;
	}
	*ret = table;
	return 0;
}

static void table_free(struct table *table)
{
	if (!table)
		return;
	weir_mounts_free(table->mounts);
	free(table);
}
DEFINE_CLEANUP(table_free, struct table *);

/* btrfs and overlayfs give stat() another device than the superblock's. */
static int identify(const struct table *table, int dirfd, const char *path,
		    struct weir_abi_inode *ret, bool *ret_folder)
{
	const struct weir_mount *mount;
	struct statx stx;

	if (statx(dirfd, path, AT_NO_AUTOMOUNT | (path[0] ? 0 : AT_EMPTY_PATH),
		  STATX_TYPE | STATX_INO | STATX_MNT_ID, &stx) < 0)
		return -errno;
	*ret = (struct weir_abi_inode){.ino = stx.stx_ino,
				       .dev = WEIR_ABI_DEV(stx.stx_dev_major, stx.stx_dev_minor)};
	mount = stx.stx_mask & STATX_MNT_ID
			? weir_mounts_by_id(table->mounts, (uint32_t)stx.stx_mnt_id)
			: NULL;
	if (mount && stx.stx_dev_major == 0)
		ret->dev = mount->dev;
	*ret_folder = S_ISDIR(stx.stx_mode);
	return 0;
}

/* One inode may be several things: a folder of ours above another of ours. */
static int add(struct table *table, const struct weir_abi_inode *key, uint32_t flags, uint32_t role)
{
	size_t i = 0;

	while (i < table->n && memcmp(&table->entries[i].key, key, sizeof(*key)) != 0)
		i++;
	if (i == THINGS_MAX)
		return -E2BIG;
	if (i == table->n)
		table->entries[table->n++] = (struct entry){.key = *key};
	table->entries[i].value.flags |= flags;
	if (role)
		table->entries[i].value.role = role;
	return 0;
}

static int add_folder(struct table *table, int dirfd, const char *name, uint32_t flags,
		      unsigned depth)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct weir_abi_inode key;
	struct dirent *entry;
	bool folder;
	DIR *dir;
	int r;

	if (fd < 0)
		return -errno;
	dir = fdopendir(fd);
	if (!dir) {
		(void)weir_close(fd);
		return -ENOMEM;
	}
	r = identify(table, fd, "", &key, &folder);
	if (r >= 0)
		r = add(table, &key, flags | WEIR_ABI_GUARDED_FOLDER, 0);
	while (r >= 0 && depth < DEPTH_MAX && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			r = add_folder(table, fd, entry->d_name, flags, depth + 1);
	(void)closedir(dir);
	return r;
}

/* A path leads nowhere any more when a folder above is renamed or mounted on. */
static int add_above(struct table *table, const char *path)
{
	char above[PATH_MAX];
	char *slash;

	if (snprintf(above, sizeof(above), "%s", path) >= (int)sizeof(above))
		return -ENAMETOOLONG;
	while ((slash = strrchr(above, '/'))) {
		struct weir_abi_inode key;
		bool folder;
		int r;

		slash[slash == above] = '\0';
		r = identify(table, AT_FDCWD, above, &key, &folder);
		if (r >= 0)
			r = add(table, &key, WEIR_ABI_GUARDED_ABOVE, 0);
		if (r < 0 || slash == above)
			return r;
	}
	return 0;
}

/* What the agent reads the state of the machine from. */
static int add_kernel_views(struct table *table)
{
	static const char *const views[] = {"/proc/self", "/dev/null"};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(views); i++)
		r = add_above(table, views[i]);
	return r;
}

/* What is not there is no failure: it can't be told from what never will be. */
static int add_thing(struct table *table, const struct weir_guard_thing *thing)
{
	char path[PATH_MAX];
	struct weir_abi_inode key = {0};
	bool folder = false;
	int r;

	if (!realpath(thing->path, path))
		return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
	r = identify(table, AT_FDCWD, path, &key, &folder);
	if (r < 0)
		return r;
	r = folder ? add_folder(table, AT_FDCWD, path, thing->flags, 0)
		   : add(table, &key, thing->flags | WEIR_ABI_GUARDED_FILE, thing->role);
	return r < 0 ? r : add_above(table, path);
}

/* Our cgroup and those above it, but for the root, which has no such files. */
static int add_cgroup(struct table *table, const char *root)
{
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT(PATH_MAX);
	char path[2 * PATH_MAX];
	const char *own;
	size_t base;
	int r = weir_read_file(AT_FDCWD, "/proc/self/cgroup", &text);

	own = r < 0 || !text.data ? NULL : strstr(text.data, "0::/");
	if (!root || !own)
		return r;
	base = strlen(root);
	if (snprintf(path, sizeof(path), "%s%.*s", root, (int)strcspn(own + 3, "\n"), own + 3) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	for (char *slash = path + strlen(path); slash > path + base; slash = strrchr(path, '/')) {
		struct weir_abi_inode key;
		bool folder;

		*slash = '\0';
		if (strlen(path) <= base)
			break;
		r = identify(table, AT_FDCWD, path, &key, &folder);
		if (r >= 0)
			r = add(table, &key, WEIR_ABI_GUARDED_CGROUP, 0);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool holds(const struct table *table, const struct weir_abi_inode *key)
{
	for (size_t i = 0; i < table->n; i++)
		if (memcmp(&table->entries[i].key, key, sizeof(*key)) == 0)
			return true;
	return false;
}

/* What came first, then what went: nothing is unguarded in between. */
static int bring_in(struct weir_kernel *kernel, const struct table *table)
{
	const int map = kernel->maps[KERNEL_MAP_GUARDED];
	struct weir_abi_inode gone[64], key;
	size_t n;

	for (size_t i = 0; i < table->n; i++)
		if (bpf_map_update_elem(map, &table->entries[i].key, &table->entries[i].value,
					BPF_ANY) < 0)
			return -errno;
	do {
		int r = bpf_map_get_next_key(map, NULL, &key);

		for (n = 0; r == 0 && n < ARRAY_SIZE(gone);
		     r = bpf_map_get_next_key(map, &key, &key))
			if (!holds(table, &key))
				gone[n++] = key;
		for (size_t i = 0; i < n; i++)
			(void)bpf_map_delete_elem(map, &gone[i]);
	} while (n == ARRAY_SIZE(gone));
	return 0;
}

static int enter_thread(struct weir_kernel *kernel, uint32_t tid, uint32_t role)
{
	const struct weir_abi_own own = {.role = role};

	return bpf_map_update_elem(kernel->maps[KERNEL_MAP_OWN], &tid, &own, BPF_NOEXIST) < 0 &&
			       errno != EEXIST
		       ? -errno
		       : 0;
}

int kernel_guard_set_thread(struct weir_kernel *kernel, uint32_t tid, uint32_t role)
{
	if (role != WEIR_ABI_ROLE_NONE)
		return enter_thread(kernel, tid, role);
	return bpf_map_delete_elem(kernel->maps[KERNEL_MAP_OWN], &tid) < 0 && errno != ENOENT
		       ? -errno
		       : 0;
}

static int enter_process(struct weir_kernel *kernel, uint32_t tgid, uint32_t role)
{
	char path[64];
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	(void)snprintf(path, sizeof(path), "/proc/%u/task", tgid);
	dir = opendir(path);
	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (r >= 0 && (entry = readdir(dir))) {
		uint32_t tid;

		if (isdigit((unsigned char)entry->d_name[0]) &&
		    weir_parse_u32(entry->d_name, &tid) == 0)
			r = enter_thread(kernel, tid, role);
	}
	(void)closedir(dir);
	return r;
}

int kernel_guard_enter_self(struct weir_kernel *kernel)
{
	return enter_process(kernel, (uint32_t)getpid(), WEIR_ABI_ROLE_AGENT);
}

/* A sync that is older than the guard: its program says what it is, this once, before anybody had reason to pretend. */
static int enter_older(struct weir_kernel *kernel, const struct table *table)
{
	DIR *dir = opendir("/proc");
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return -errno;
	while (r >= 0 && (entry = readdir(dir))) {
		struct weir_abi_inode key;
		char path[64];
		uint32_t tgid;
		bool folder;

		if (!isdigit((unsigned char)entry->d_name[0]) ||
		    weir_parse_u32(entry->d_name, &tgid) < 0)
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%u/exe", tgid);
		if (identify(table, AT_FDCWD, path, &key, &folder) < 0)
			continue;
		for (size_t i = 0; r >= 0 && i < table->n; i++)
			if (table->entries[i].value.role == WEIR_ABI_ROLE_SYNC &&
			    memcmp(&table->entries[i].key, &key, sizeof(key)) == 0)
				r = enter_process(kernel, tgid, WEIR_ABI_ROLE_SYNC);
	}
	(void)closedir(dir);
	return r;
}

static uint32_t namespace_of(const char *path)
{
	struct stat st;

	return stat(path, &st) < 0 ? 0 : (uint32_t)st.st_ino;
}

/* From the mount of the pins outwards. Where process 1 cannot be read there is no host to speak of. */
static int find_pin_mounts(const char *pin_dir, uint32_t ret[static WEIR_ABI_PIN_MOUNTS])
{
	struct weir_mounts *mounts _cleanup_(weir_mounts_freep) = NULL;
	const struct weir_mount *mount = NULL;
	char path[PATH_MAX];
	int r = weir_mounts_new("/proc/1/mountinfo", &mounts);

	memset(ret, 0, WEIR_ABI_PIN_MOUNTS * sizeof(*ret));
	if (r >= 0)
		r = weir_mounts_refresh(mounts, ignore_mount, NULL);
	if (r < 0)
		return r;
	if (realpath(pin_dir, path))
		mount = weir_mounts_by_path(mounts, path);
	for (size_t i = 0; mount && i < WEIR_ABI_PIN_MOUNTS; i++) {
		ret[i] = mount->id;
		mount = mount->parent == mount->id ? NULL
						   : weir_mounts_by_id(mounts, mount->parent);
	}
	return 0;
}

static int guard_write(struct weir_kernel *kernel, const struct weir_abi_guard *guard)
{
	__u32 zero = 0;

	return bpf_map_update_elem(kernel->maps[KERNEL_MAP_GUARD], &zero, guard, BPF_ANY) < 0
		       ? -errno
		       : 0;
}

static int guard_get(int map, struct weir_abi_guard *ret)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(map, &zero, ret) < 0 ? -errno : 0;
}

static int make_table(struct weir_kernel *kernel, const struct weir_guard_thing *things, size_t n,
		      struct table **ret)
{
	const struct weir_guard_thing pins = {.path = kernel->pin_dir};
	struct table *table _cleanup_(table_freep) = NULL;
	int r = table_new(&table);

	if (r >= 0)
		r = add_thing(table, &pins);
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = add_thing(table, &things[i]);
	if (r >= 0)
		r = add_cgroup(table, kernel->cgroup_root);
	if (r >= 0)
		r = add_kernel_views(table);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(table);
	return 0;
}

int weir_kernel_guard(struct weir_kernel *kernel, const struct weir_guard_thing *things, size_t n,
		      const uint8_t fingerprint[static WEIR_ABI_FINGERPRINT])
{
	struct table *table _cleanup_(table_freep) = NULL;
	struct weir_abi_guard guard;
	struct weir_abi_inode pins = {0};
	bool folder = false, first;
	int r;

	if (kernel->guard_tier > WEIR_ABI_TIER_FMOD_RET)
		return -ENOTSUP;
	r = make_table(kernel, things, n, &table);
	if (r >= 0)
		r = identify(table, AT_FDCWD, kernel->pin_dir, &pins, &folder);
	if (r >= 0)
		r = guard_get(kernel->maps[KERNEL_MAP_GUARD], &guard);
	if (r >= 0)
		r = find_pin_mounts(kernel->pin_dir, guard.pin_mounts);
	if (r >= 0)
		r = bring_in(kernel, table);
	if (r < 0)
		return r;
	first = !guard.on;
	if (first)
		r = enter_older(kernel, table);
	if (r < 0)
		return r;
	guard.on = 1;
	guard.pins_dev = pins.dev;
	guard.host_mounts = namespace_of("/proc/1/ns/mnt");
	guard.agent_mounts = namespace_of("/proc/self/ns/mnt");
	memcpy(guard.fingerprint, fingerprint, sizeof(guard.fingerprint));
	return guard_write(kernel, &guard);
}

int weir_kernel_guard_open(struct weir_kernel *kernel, uint64_t ns)
{
	struct weir_abi_guard guard;
	int r = guard_get(kernel->maps[KERNEL_MAP_GUARD], &guard);

	if (r < 0)
		return r;
	guard.open_until_ns = ns ? weir_now_boottime() + ns : 0;
	return guard_write(kernel, &guard);
}

uint64_t weir_kernel_guard_open_until(const struct weir_kernel *kernel)
{
	struct weir_abi_guard guard;

	return guard_get(kernel->maps[KERNEL_MAP_GUARD], &guard) < 0 ? 0 : guard.open_until_ns;
}

int kernel_guard_clear(struct weir_kernel *kernel)
{
	const struct weir_abi_guard nothing = {0};

	return guard_write(kernel, &nothing);
}

/* Is the map with this number a guard that is on? */
static int read_by_id(uint32_t id, struct weir_abi_guard *ret)
{
	struct bpf_map_info info = {0};
	__u32 size = sizeof(info);
	int fd _cleanup_(weir_closep) = bpf_map_get_fd_by_id(id);

	if (fd < 0)
		return errno == EPERM ? -EPERM : -ENOENT;
	if (bpf_obj_get_info_by_fd(fd, &info, &size) < 0 || strcmp(info.name, "weir_guard") != 0 ||
	    info.value_size != sizeof(*ret))
		return -ENOENT;
	return guard_get(fd, ret);
}

static int read_by_pin(const char *pin_dir, struct weir_abi_guard *ret)
{
	char path[PATH_MAX];
	int fd _cleanup_(weir_closep) = -1;

	if (snprintf(path, sizeof(path), "%s/maps-v%d/weir_guard", pin_dir, WEIR_ABI_VERSION) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = bpf_obj_get(path);
	return fd < 0 ? -errno : guard_get(fd, ret);
}

/* The kernel's list counts: a path to the pins is what whoever starts a program says it is. The pins themselves tell why none was
 * found there. */
int weir_kernel_guard_read(const char *pin_dir, struct weir_abi_guard *ret)
{
	uint32_t id = 0;

	while (bpf_map_get_next_id(id, &id) == 0) {
		struct weir_abi_guard guard;

		if (read_by_id(id, &guard) == 0 && guard.on) {
			*ret = guard;
			return 0;
		}
	}
	return read_by_pin(pin_dir, ret);
}

enum weir_abi_tier weir_kernel_guard_tier(const struct weir_kernel *kernel)
{
	return kernel->guard_tier;
}

int kernel_guard_set_path(struct weir_kernel *kernel, const char *path, uint32_t flags)
{
	const struct weir_abi_guarded value = {.flags = flags};
	const int map = kernel->maps[KERNEL_MAP_GUARDED];
	struct table *table _cleanup_(table_freep) = NULL;
	struct weir_abi_inode key;
	bool folder;
	int r = table_new(&table);

	if (r >= 0)
		r = identify(table, AT_FDCWD, path, &key, &folder);
	if (r < 0)
		return r;
	r = flags ? bpf_map_update_elem(map, &key, &value, BPF_ANY)
		  : bpf_map_delete_elem(map, &key);
	return r < 0 && errno != ENOENT ? -errno : 0;
}
