/* SPDX-License-Identifier: Apache-2.0 */
/* Stores into mapped files: no call, no hook. And descriptors and mappings that are older than the agent. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bypass.h"
#include "weir/base/fd.h"

/* A mapping of the target, made as long as the source. */
static char *map_target(const struct bypass_job *job, int protection, int *ret_fd)
{
	int fd = bypass_open(job->target, O_RDWR | O_CREAT);
	char *map;

	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)job->len) < 0) {
		bypass_refused("ftruncate");
		return NULL;
	}
	map = mmap(NULL, job->len, protection, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED) {
		bypass_refused("mmap");
		return NULL;
	}
	*ret_fd = fd;
	return map;
}

static int store(const struct bypass_job *job, char *map)
{
	memcpy(map, job->data, job->len);
	return msync(map, job->len, MS_SYNC) < 0 ? bypass_refused("msync") : 0;
}

static int run_store(const struct bypass_job *job)
{
	int fd = -1;
	char *map = map_target(job, PROT_READ | PROT_WRITE, &fd);

	return map ? bypass_close(fd, store(job, map)) : -EACCES;
}

/* The descriptor is closed before the first store. */
static int run_store_closed(const struct bypass_job *job)
{
	int fd = -1, r;
	char *map = map_target(job, PROT_READ | PROT_WRITE, &fd);

	if (!map)
		return -EACCES;
	r = bypass_close(fd, 0);
	usleep(300000);
	return bypass_first(r, store(job, map));
}

/* The kernel stores: read() into the mapping. */
static int run_read_into(const struct bypass_job *job)
{
	int fd = -1, from = bypass_open(job->source, O_RDONLY), r = 0;
	char *map = map_target(job, PROT_READ | PROT_WRITE, &fd);

	if (!map || from < 0)
		return -EACCES;
	if (weir_read_full(from, map, job->len) < 0)
		r = bypass_refused("read");
	if (msync(map, job->len, MS_SYNC) < 0)
		r = bypass_first(r, bypass_refused("msync"));
	return bypass_close(fd, r);
}

static int run_protect(const struct bypass_job *job)
{
	int fd = -1;
	char *map = map_target(job, PROT_READ, &fd);

	if (!map)
		return -EACCES;
	if (mprotect(map, job->len, PROT_READ | PROT_WRITE) < 0)
		return bypass_close(fd, bypass_refused("mprotect"));
	return bypass_close(fd, store(job, map));
}

static int run_older_map(const struct bypass_job *job)
{
	int fd = -1;
	char *map = map_target(job, PROT_READ | PROT_WRITE, &fd);

	if (!map)
		return -EACCES;
	bypass_go();
	return bypass_close(fd, store(job, map));
}

/* The mapping lives on, so the file is not closed for long after its descriptor is. */
static int run_older_map_only(const struct bypass_job *job)
{
	int fd = -1, r;
	char *map = map_target(job, PROT_READ | PROT_WRITE, &fd);

	if (!map)
		return -EACCES;
	r = bypass_close(fd, 0);
	bypass_go();
	return bypass_first(r, store(job, map));
}

static int run_older_protect(const struct bypass_job *job)
{
	int fd = -1;
	char *map = map_target(job, PROT_READ, &fd);

	if (!map)
		return -EACCES;
	bypass_go();
	if (mprotect(map, job->len, PROT_READ | PROT_WRITE) < 0)
		return bypass_close(fd, bypass_refused("mprotect"));
	return bypass_close(fd, store(job, map));
}

static int run_older_fd(const struct bypass_job *job)
{
	int fd = bypass_open(job->target, O_WRONLY | O_CREAT);

	if (fd < 0)
		return fd;
	bypass_go();
	return bypass_close(fd, bypass_write(fd, job->data, job->len));
}

static const struct bypass_technique rows[] = {
	{"store", "stores into a shared mapping", "共享映射写入", 0, run_store},
	{"store-closed", "stores after the descriptor was closed", "关闭后映射写入", 0,
	 run_store_closed},
	{"read-into", "read() into a shared mapping", "读入共享映射", 0, run_read_into},
	{"protect", "mprotect of a mapping made for reading", "只读映射改可写", 0, run_protect},
	{"older-map", "a mapping and its descriptor older than the agent", "早于代理的映射",
	 BYPASS_OLDER, run_older_map},
	{"older-map-only", "a mapping older than the agent, no descriptor",
	 "早于代理的映射（已关闭）", BYPASS_OLDER, run_older_map_only},
	{"older-protect", "a mapping for reading older than the agent, then mprotect",
	 "早于代理的只读映射", BYPASS_OLDER, run_older_protect},
	{"older-fd", "a descriptor older than the agent", "早于代理的描述符", BYPASS_OLDER,
	 run_older_fd},
};

const struct bypass_family bypass_map = {"mmap", "mappings and what is older", "内存映射", rows,
					 ARRAY_SIZE(rows)};
