/* SPDX-License-Identifier: Apache-2.0 */
#include "gate_await.h"

#include <sched.h>
#include <string.h>

_Static_assert((WEIR_GATE_WAITS_MAX & (WEIR_GATE_WAITS_MAX - 1)) == 0,
	       "a number is turn and entry");

void gate_waits_init(struct gate_waits *waits)
{
	for (size_t i = 0; i < WEIR_GATE_WAITS_MAX; i++)
		waits->entry[i] = (struct gate_wait){.fd = -1};
	waits->used = 0;
}

struct gate_wait *gate_waits_take(struct gate_waits *waits, const struct gate_wait *as)
{
	for (size_t i = 0; i < WEIR_GATE_WAITS_MAX; i++) {
		struct gate_wait *wait = &waits->entry[i];
		uint32_t turn = wait->turn + 1;

		if (wait->fd >= 0)
			continue;
		*wait = *as;
		wait->turn = turn;
		waits->used++;
		return wait;
	}
	return NULL;
}

uint32_t gate_wait_number(const struct gate_waits *waits, const struct gate_wait *wait)
{
	return wait->turn * WEIR_GATE_WAITS_MAX + (uint32_t)(wait - waits->entry);
}

struct gate_wait *gate_waits_find(struct gate_waits *waits, uint32_t number)
{
	struct gate_wait *wait = &waits->entry[number % WEIR_GATE_WAITS_MAX];

	return wait->fd >= 0 && gate_wait_number(waits, wait) == number ? wait : NULL;
}

struct gate_wait *gate_waits_over(struct gate_waits *waits, uint64_t now_ns)
{
	for (size_t i = 0; i < WEIR_GATE_WAITS_MAX && waits->used > 0; i++)
		if (waits->entry[i].fd >= 0 && waits->entry[i].until_ns <= now_ns)
			return &waits->entry[i];
	return NULL;
}

uint64_t gate_waits_next(const struct gate_waits *waits)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < WEIR_GATE_WAITS_MAX && waits->used > 0; i++)
		if (waits->entry[i].fd >= 0)
			next = WEIR_MIN(next, waits->entry[i].until_ns);
	return next;
}

void gate_wait_end(struct gate_waits *waits, struct gate_wait *wait)
{
	wait->fd = -1;
	waits->used--;
}

const struct gate_folders *gate_folders_read(struct gate_folders_pair *pair)
{
	int now;

	do {
		now = atomic_load(&pair->now);
		atomic_store(&pair->reading, now);
	} while (atomic_load(&pair->now) != now);
	return &pair->copy[now];
}

void gate_folders_done(struct gate_folders_pair *pair)
{
	atomic_store(&pair->reading, -1);
}

struct gate_folders *gate_folders_spare(struct gate_folders_pair *pair)
{
	int spare = !atomic_load(&pair->now);

	while (atomic_load(&pair->reading) == spare)
		(void)sched_yield();
	return &pair->copy[spare];
}

void gate_folders_swap(struct gate_folders_pair *pair)
{
	atomic_store(&pair->now, !atomic_load(&pair->now));
}

static bool is_below(const char *folder, const char *path)
{
	size_t len = strlen(folder);

	if (len <= 1)
		return path[0] == '/';
	return strncmp(path, folder, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

static int row_of(const struct gate_folders *folders, size_t i)
{
	return folders->list[i].budget_ms > 0 ? (int)i : -1;
}

int gate_folders_match(const struct gate_folders *folders, const char *path)
{
	for (size_t i = 0; i < folders->n; i++)
		if (is_below(folders->list[i].path, path))
			return row_of(folders, i);
	return -1;
}

int gate_folders_match_place(const struct gate_folders *folders, uint32_t dev, const char *place)
{
	for (size_t i = 0; i < folders->n; i++) {
		const struct gate_folder *folder = &folders->list[i];

		if (folder->dev != dev || (!place && folder->budget_ms == 0))
			continue;
		if (!place || is_below(folder->place, place))
			return row_of(folders, i);
	}
	return -1;
}
