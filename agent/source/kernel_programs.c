/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of programs: loading onto the shared maps, attaching, pinning. Whether a set enforces is the self-test's to say: an LSM
 * program attaches without error where it never runs. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#include "kernel_private.h" /* first: the skeletons use the ABI's types */

#include "cgroup_net.skel.h"
#include "cgroup_node.skel.h"
#include "fmod_ret_device.skel.h"
#include "fmod_ret_file.skel.h"
#include "fmod_ret_guard.skel.h"
#include "fmod_ret_map.skel.h"
#include "fmod_ret_net.skel.h"
#include "forget.skel.h"
#include "late.skel.h"
#include "lsm_device.skel.h"
#include "lsm_file.skel.h"
#include "lsm_guard.skel.h"
#include "lsm_map.skel.h"
#include "lsm_net.skel.h"
#include "own.skel.h"
#include "pair.skel.h"
#include "plain_device.skel.h"
#include "plain_hold.skel.h"
#include "plain_map.skel.h"
#include "plain_node.skel.h"
#include "process.skel.h"
#include "request.skel.h"
#include "weir/base/fd.h"

#define SETTINGS_SECTION ".rodata.weir"

struct set_info {
	const char *name;
	const void *(*elf)(size_t *ret_size);
	enum weir_abi_tier tier;
	bool partial; /* what the kernel does not take is left out */
	const void *(*plain)(
		size_t *ret_size); /* the same for a kernel that refuses elf; NULL: none */
};

static const struct set_info infos[_KERNEL_SET_MAX] = {
	[KERNEL_SET_PROCESS] = {"process", process__elf_bytes, WEIR_ABI_TIER_OBSERVE, false, NULL},
	[KERNEL_SET_FORGET] = {"forget", forget__elf_bytes, WEIR_ABI_TIER_FMOD_RET, true, NULL},
	[KERNEL_SET_LSM_FILE] = {"lsm_file", lsm_file__elf_bytes, WEIR_ABI_TIER_LSM, false, NULL},
	[KERNEL_SET_FMOD_FILE] = {"fmod_ret_file", fmod_ret_file__elf_bytes, WEIR_ABI_TIER_FMOD_RET,
				  false, NULL},
	[KERNEL_SET_REQUEST] = {"request", request__elf_bytes, WEIR_ABI_TIER_FMOD_RET, true, NULL},
	[KERNEL_SET_LATE] = {"late", late__elf_bytes, WEIR_ABI_TIER_FMOD_RET, false, NULL},
	[KERNEL_SET_PAIR] = {"pair", pair__elf_bytes, WEIR_ABI_TIER_FMOD_RET, true, NULL},
	[KERNEL_SET_LSM_MAP] = {"lsm_map", lsm_map__elf_bytes, WEIR_ABI_TIER_LSM, false, NULL},
	[KERNEL_SET_FMOD_MAP] = {"fmod_ret_map", fmod_ret_map__elf_bytes, WEIR_ABI_TIER_FMOD_RET,
				 false, plain_map__elf_bytes},
	[KERNEL_SET_HOLD] = {"hold", plain_hold__elf_bytes, WEIR_ABI_TIER_FMOD_RET, false, NULL},
	[KERNEL_SET_LSM_NET] = {"lsm_net", lsm_net__elf_bytes, WEIR_ABI_TIER_LSM, false, NULL},
	[KERNEL_SET_FMOD_NET] = {"fmod_ret_net", fmod_ret_net__elf_bytes, WEIR_ABI_TIER_FMOD_RET,
				 false, NULL},
	[KERNEL_SET_LSM_DEVICE] = {"lsm_device", lsm_device__elf_bytes, WEIR_ABI_TIER_LSM, false,
				   NULL},
	[KERNEL_SET_FMOD_DEVICE] = {"fmod_ret_device", fmod_ret_device__elf_bytes,
				    WEIR_ABI_TIER_FMOD_RET, false, plain_device__elf_bytes},
	[KERNEL_SET_OWN] = {"own", own__elf_bytes, WEIR_ABI_TIER_OBSERVE, false, NULL},
	[KERNEL_SET_LSM_GUARD] = {"lsm_guard", lsm_guard__elf_bytes, WEIR_ABI_TIER_LSM, true, NULL},
	[KERNEL_SET_FMOD_GUARD] = {"fmod_ret_guard", fmod_ret_guard__elf_bytes,
				   WEIR_ABI_TIER_FMOD_RET, true, NULL},
	[KERNEL_SET_CGROUP_NET] = {"cgroup_net", cgroup_net__elf_bytes, WEIR_ABI_TIER_OBSERVE,
				   false, NULL},
	[KERNEL_SET_CGROUP_NODE] = {"cgroup_node", cgroup_node__elf_bytes, WEIR_ABI_TIER_OBSERVE,
				    false, plain_node__elf_bytes},
};

static void btf_freep(struct btf **btf)
{
	btf__free(*btf);
}

enum weir_abi_tier kernel_set_tier(enum kernel_set set)
{
	return infos[set].tier;
}

/* Points every shared map at its pin and tells the programs who they are. */
static int prepare(struct weir_kernel *kernel, enum kernel_set set, struct bpf_object *object)
{
	/* The later look is a part of the file programs' own. */
	struct weir_abi_settings settings = {.generation = kernel->generation,
					     .tier = set == KERNEL_SET_LATE ? kernel->file_tier
									    : infos[set].tier};
	char dir[PATH_MAX], path[PATH_MAX];
	struct bpf_map *map;
	int r = kernel_maps_dir(kernel->pin_dir, dir, sizeof(dir));

	if (r < 0)
		return r;
	bpf_object__for_each_map(map, object)
	{
		const char *name = bpf_map__name(map);

		if (strcmp(name, SETTINGS_SECTION) == 0) {
			r = bpf_map__set_initial_value(map, &settings, sizeof(settings));
		} else if (strncmp(name, "weir_", 5) == 0) {
			if (snprintf(path, sizeof(path), "%s/%s", dir, name) >= (int)sizeof(path))
				return -ENAMETOOLONG;
			r = bpf_map__set_pin_path(map, path);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

static bool has_function(const struct btf *btf, const char *section)
{
	const char *slash = strchr(section, '/');
	char name[128];

	if (!slash ||
	    snprintf(name, sizeof(name), "%s%s", strncmp(section, "lsm", 3) == 0 ? "bpf_lsm_" : "",
		     slash + 1) >= (int)sizeof(name))
		return false;
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

/* Programs that are not loaded by themselves ("?" before the section) are for kernels that have their hook. */
static int choose_programs(struct bpf_object *object)
{
	struct btf *btf _cleanup_(btf_freep) = NULL;
	struct bpf_program *program;
	int r = 0;

	bpf_object__for_each_program(program, object)
	{
		if (r < 0 || bpf_program__autoload(program))
			continue;
		if (!btf)
			btf = btf__load_vmlinux_btf();
		if (!btf)
			return -errno;
		if (has_function(btf, bpf_program__section_name(program)))
			r = bpf_program__set_autoload(program, true);
	}
	return r;
}

static struct bpf_link *attach(struct weir_kernel *kernel, struct bpf_program *program,
			       enum kernel_set set)
{
	struct bpf_link *link;
	int fd;

	if (set != KERNEL_SET_CGROUP_NET && set != KERNEL_SET_CGROUP_NODE)
		return bpf_program__attach(program);
	if (!kernel->cgroup) {
		errno = ENOENT;
		return NULL;
	}
	fd = open(kernel->cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	link = bpf_program__attach_cgroup(program, fd);
	(void)weir_close(fd);
	return link;
}

/* What a set is made of: plainly, where the kernel refuses what is better. */
struct variant {
	enum kernel_set set;
	bool plain;
};

/* Loads the programs of a set whose bits are set in wanted, in the order of the object. */
static int load(struct weir_kernel *kernel, struct variant variant, uint64_t wanted,
		struct bpf_object **ret)
{
	const enum kernel_set set = variant.set;
	size_t size, i = 0;
	const void *elf = variant.plain ? infos[set].plain(&size) : infos[set].elf(&size);
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = infos[set].name);
	struct bpf_object *object = bpf_object__open_mem(elf, size, &options);
	struct bpf_program *program;
	int r;

	if (!object)
		return -errno;
	r = prepare(kernel, set, object);
	if (r >= 0)
		r = choose_programs(object);
	bpf_object__for_each_program(program, object)
	{
		if (!(wanted >> i++ & 1))
			(void)bpf_program__set_autoload(program, false);
	}
	if (r >= 0)
		r = bpf_object__load(object);
	if (r < 0) {
		bpf_object__close(object);
		return r;
	}
	*ret = object;
	return (int)i;
}

/* Those that the kernel takes, each tried alone: slow, and only where one of them is refused. */
static uint64_t loadable(struct weir_kernel *kernel, struct variant variant)
{
	uint64_t good = 0;

	for (int i = 0, n = 64; i < n; i++) {
		struct bpf_object *object = NULL;
		int r = load(kernel, variant, UINT64_C(1) << i, &object);

		if (r < 0)
			continue;
		n = r;
		bpf_object__close(object);
		good |= i < n ? UINT64_C(1) << i : 0;
	}
	return good;
}

static int load_what_goes(struct weir_kernel *kernel, enum kernel_set set, struct bpf_object **ret)
{
	const struct variant best = {.set = set}, plain = {.set = set, .plain = true};
	int r = load(kernel, best, UINT64_MAX, ret);
	uint64_t good;

	if (r < 0 && infos[set].plain)
		return load(kernel, plain, UINT64_MAX, ret) < 0 ? r : 0;
	if (r >= 0 || !infos[set].partial)
		return r;
	good = loadable(kernel, best);
	return good ? load(kernel, best, good, ret) : r;
}

int kernel_set_start(struct weir_kernel *kernel, enum kernel_set set)
{
	struct kernel_programs *programs = &kernel->sets[set];
	struct bpf_program *program;
	int r = load_what_goes(kernel, set, &programs->object);

	if (r < 0)
		return r;
	bpf_object__for_each_program(program, programs->object)
	{
		struct bpf_link *link;

		if (!bpf_program__autoload(program))
			continue;
		link = attach(kernel, program, set);
		if (link) {
			programs->links[programs->n_links++] = link;
		} else if (!infos[set].partial) {
			r = -errno;
			kernel_set_stop(kernel, set);
			return r;
		}
	}
	return 0;
}

void kernel_set_stop(struct weir_kernel *kernel, enum kernel_set set)
{
	struct kernel_programs *programs = &kernel->sets[set];

	for (size_t i = 0; i < programs->n_links; i++)
		(void)bpf_link__destroy(programs->links[i]);
	bpf_object__close(programs->object);
	*programs = (struct kernel_programs){0};
}

/* Removes every pin in dir, and dir. */
static int remove_pins(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	dir = fdopendir(fd);
	if (!dir) {
		(void)weir_close(fd);
		return -errno;
	}
	while (r >= 0 && (entry = readdir(dir))) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (entry->d_type == DT_DIR)
			r = remove_pins(dirfd(dir), entry->d_name);
		else if (unlinkat(dirfd(dir), entry->d_name, 0) < 0)
			r = -errno;
	}
	(void)closedir(dir);
	if (r >= 0 && unlinkat(parent, name, AT_REMOVEDIR) < 0)
		r = -errno;
	return r;
}

/* Unpins the links of all generations but this one. */
static int remove_other_generations(struct weir_kernel *kernel, const char *keep)
{
	int fd _cleanup_(weir_closep) = open(kernel->pin_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;
	DIR *dir;
	int r = 0;

	if (fd < 0)
		return -errno;
	dir = opendir(kernel->pin_dir);
	if (!dir)
		return -errno;
	while (r >= 0 && (entry = readdir(dir)))
		if (strncmp(entry->d_name, "links-", 6) == 0 && strcmp(entry->d_name, keep) != 0)
			r = remove_pins(fd, entry->d_name);
	(void)closedir(dir);
	return r;
}

static int pin_set(const struct kernel_programs *programs, const char *dir, const char *set_name)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < programs->n_links; i++) {
		if (snprintf(path, sizeof(path), "%s/%s_%zu", dir, set_name, i) >=
		    (int)sizeof(path))
			return -ENAMETOOLONG;
		if (bpf_link__pin(programs->links[i], path) < 0)
			return -errno;
	}
	return 0;
}

static int links_name(const struct weir_kernel *kernel, char *ret, size_t size)
{
	return snprintf(ret, size, "links-%u", kernel->generation) >= (int)size ? -ENAMETOOLONG : 0;
}

int kernel_links_pin(struct weir_kernel *kernel)
{
	char name[32], dir[PATH_MAX];
	int r = links_name(kernel, name, sizeof(name));

	if (r < 0)
		return r;
	if (snprintf(dir, sizeof(dir), "%s/%s", kernel->pin_dir, name) >= (int)sizeof(dir))
		return -ENAMETOOLONG;
	/* A start that was cut short left links of this very number. */
	r = remove_pins(AT_FDCWD, dir);
	if (r >= 0)
		r = weir_mkdir_parents(dir, 0700);
	for (int set = 0; r >= 0 && set < _KERNEL_SET_MAX; set++)
		r = pin_set(&kernel->sets[set], dir, infos[set].name);
	return r;
}

int kernel_links_retire(struct weir_kernel *kernel)
{
	char name[32];
	int r = links_name(kernel, name, sizeof(name));

	return r < 0 ? r : remove_other_generations(kernel, name);
}

int weir_kernel_remove(const char *pin_dir)
{
	return remove_pins(AT_FDCWD, pin_dir);
}
