/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline's bounded state. Nothing here grows. */

#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

static bool same_inode(struct weir_abi_inode a, struct weir_abi_inode b)
{
	return a.ino == b.ino && a.dev == b.dev;
}

static struct opening *set_of(struct weir_pipeline *p, struct weir_abi_inode inode)
{
	uint64_t data[2] = {inode.ino, inode.dev};

	return p->openings[weir_siphash(data, sizeof(data), p->hash_key) % OPENING_SETS];
}

struct opening *opening_find(struct weir_pipeline *p, struct weir_abi_inode inode)
{
	struct opening *set = set_of(p, inode);

	for (size_t i = 0; i < OPENING_WAYS; i++)
		if (inode.ino != 0 && same_inode(set[i].inode, inode))
			return &set[i];
	return NULL;
}

struct opening *opening_get(struct weir_pipeline *p, struct weir_abi_inode inode)
{
	struct opening *set = set_of(p, inode), *found = opening_find(p, inode);

	if (!found) {
		found = &set[0];
		for (size_t i = 1; i < OPENING_WAYS; i++)
			if (set[i].inode.ino == 0 ||
			    (found->inode.ino != 0 && set[i].used_ns < found->used_ns))
				found = &set[i];
		if (found->inode.ino != 0 && found->scrub)
			count_drop(p, WEIR_COUNT_OPENINGS_EVICTED, "openings_evicted", 1);
		*found = (struct opening){.inode = inode};
	}
	found->used_ns = weir_now_monotonic();
	return found;
}

uint64_t opening_take_pass(struct opening *opening)
{
	uint64_t ret = opening ? opening->passed : 0;

	if (opening)
		opening->passed = 0;
	return ret;
}

struct pending *pending_find(struct weir_pipeline *p, struct weir_abi_inode inode)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (p->pending[i].fd >= 0 && same_inode(p->pending[i].file.inode, inode))
			return &p->pending[i];
	return NULL;
}

struct pending *pending_take(struct weir_pipeline *p)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (p->pending[i].fd < 0)
			return &p->pending[i];
	return NULL;
}

size_t pending_free(const struct weir_pipeline *p)
{
	size_t n = 0;

	for (size_t i = 0; i < PENDING_MAX; i++)
		n += p->pending[i].fd < 0;
	return n;
}

bool pending_has_room(const struct weir_pipeline *p, size_t files)
{
	for (size_t i = 0; i < PENDING_MAX && files > 0; i++)
		files -= p->pending[i].fd < 0;
	return files == 0;
}

uint64_t pending_cookie(const struct weir_pipeline *p, const struct pending *pending)
{
	return (uint64_t)pending->generation << 32 | (uint64_t)(pending - p->pending);
}

struct pending *pending_by_cookie(struct weir_pipeline *p, uint64_t cookie)
{
	uint64_t index = cookie & UINT32_MAX;

	if (index >= PENDING_MAX || p->pending[index].fd < 0 ||
	    p->pending[index].generation != cookie >> 32)
		return NULL;
	return &p->pending[index];
}

void pending_release(struct pending *pending)
{
	pending->fd = weir_close(pending->fd);
	free(pending->held);
	pending->held = NULL;
	weir_excerpts_free(TAKE_PTR(pending->excerpts));
	pending->generation++;
}

void clean_remember(struct weir_pipeline *p, struct weir_abi_inode inode)
{
	p->clean[p->clean_next++ % CLEAN_RING] = inode;
}

bool clean_oldest(struct weir_pipeline *p, struct weir_abi_inode *ret)
{
	for (size_t i = 0; i < CLEAN_RING; i++) {
		struct weir_abi_inode *inode = &p->clean[(p->clean_next + i) % CLEAN_RING];

		if (inode->ino == 0)
			continue;
		*ret = *inode;
		*inode = (struct weir_abi_inode){0};
		return true;
	}
	return false;
}
