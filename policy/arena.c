/* SPDX-License-Identifier: Apache-2.0 */
#include "arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE ((size_t)16384)

struct arena_block {
	struct arena_block *next;
	size_t used, size;
	alignas(max_align_t) char data[];
};

static struct arena_block *block_with_room(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	size_t room = WEIR_MAX(size, BLOCK_SIZE);

	if (block && block->size - block->used >= size)
		return block;
	block = calloc(1, sizeof(*block) + room);
	if (!block)
		return NULL;
	block->size = room;
	block->next = arena->blocks;
	arena->blocks = block;
	return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	struct arena_block *block;
	void *ret;

	if (rounded < size || rounded > arena->left)
		return NULL;
	block = block_with_room(arena, rounded);
	if (!block)
		return NULL;
	ret = block->data + block->used;
	block->used += rounded;
	arena->left -= rounded;
	return ret;
}

char *arena_copy(struct arena *arena, const char *text, size_t len)
{
	char *ret = arena_alloc(arena, len + 1);

	if (ret && len)
		memcpy(ret, text, len);
	return ret;
}

void arena_done(struct arena *arena)
{
	while (arena->blocks) {
		struct arena_block *next = arena->blocks->next;

		free(arena->blocks);
		arena->blocks = next;
	}
}
