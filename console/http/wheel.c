/* SPDX-License-Identifier: Apache-2.0 */
#include "wheel.h"

#include <errno.h>
#include <time.h>

#include "weir/base/time.h"

static void take_out(struct weir_http_wheel *wheel, struct weir_http_waiter *waiter)
{
	*waiter->slot = waiter->next;
	if (waiter->next)
		waiter->next->slot = waiter->slot;
	waiter->next = NULL;
	waiter->slot = NULL;
	wheel->n--;
}

static void resume_list(struct weir_http_wheel *wheel, unsigned second, bool over)
{
	while (wheel->seconds[second]) {
		struct weir_http_waiter *waiter = wheel->seconds[second];

		take_out(wheel, waiter);
		waiter->over = over;
		wheel->calls->resume(waiter);
	}
}

static void resume_all(struct weir_http_wheel *wheel, bool over)
{
	for (unsigned i = 0; i < WEIR_HTTP_WHEEL_N; i++)
		resume_list(wheel, i, over);
}

/* Ends the waits of all seconds up to now. */
static void pass_time(struct weir_http_wheel *wheel)
{
	uint64_t now = weir_now_monotonic() / WEIR_NSEC_PER_SEC;

	if (now - wheel->passed >= WEIR_HTTP_WHEEL_N)
		wheel->passed = now - WEIR_HTTP_WHEEL_N;
	while (wheel->passed < now)
		resume_list(wheel, ++wheel->passed % WEIR_HTTP_WHEEL_N, true);
}

static void *run(void *context)
{
	struct weir_http_wheel *wheel = context;

	pthread_mutex_lock(&wheel->lock);
	while (!wheel->ended) {
		const struct timespec next = {.tv_sec = (time_t)wheel->passed + 1};

		if (wheel->n == 0)
			pthread_cond_wait(&wheel->changed, &wheel->lock);
		else
			pthread_cond_timedwait(&wheel->changed, &wheel->lock, &next);
		pass_time(wheel);
	}
	pthread_mutex_unlock(&wheel->lock);
	return NULL;
}

int weir_http_wheel_start(struct weir_http_wheel *wheel, const struct weir_http_wheel_calls *calls,
			  unsigned max)
{
	pthread_condattr_t attr;
	int r;

	wheel->calls = calls;
	wheel->max = max;
	wheel->passed = weir_now_monotonic() / WEIR_NSEC_PER_SEC;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&wheel->changed, &attr);
	pthread_condattr_destroy(&attr);
	pthread_mutex_init(&wheel->lock, NULL);
	r = pthread_create(&wheel->thread, NULL, run, wheel);
	wheel->running = r == 0;
	return -r;
}

uint64_t weir_http_wheel_wakes(struct weir_http_wheel *wheel)
{
	uint64_t wakes;

	pthread_mutex_lock(&wheel->lock);
	wakes = wheel->wakes;
	pthread_mutex_unlock(&wheel->lock);
	return wakes;
}

static int may_wait(const struct weir_http_wheel *wheel, uint64_t wakes)
{
	if (wheel->ended)
		return -ESHUTDOWN;
	if (wheel->wakes != wakes)
		return -EAGAIN;
	return wheel->n < wheel->max ? 0 : -EBUSY;
}

int weir_http_wheel_add(struct weir_http_wheel *wheel, struct weir_http_waiter *waiter,
			uint64_t wakes)
{
	struct weir_http_waiter **slot;
	uint64_t second;
	int r;

	pthread_mutex_lock(&wheel->lock);
	r = may_wait(wheel, wakes);
	if (r == 0) {
		/* The clock of a wheel that was empty stands still. */
		if (wheel->n++ == 0)
			wheel->passed = weir_now_monotonic() / WEIR_NSEC_PER_SEC;
		second = waiter->until_ns / WEIR_NSEC_PER_SEC + 1;
		second = WEIR_MAX(second, wheel->passed + 1);
		slot = &wheel->seconds[second % WEIR_HTTP_WHEEL_N];
		waiter->next = *slot;
		waiter->slot = slot;
		if (waiter->next)
			waiter->next->slot = &waiter->next;
		*slot = waiter;
		wheel->calls->suspend(waiter);
		if (wheel->n == 1)
			pthread_cond_signal(&wheel->changed);
	}
	pthread_mutex_unlock(&wheel->lock);
	return r;
}

void weir_http_wheel_wake(struct weir_http_wheel *wheel)
{
	pthread_mutex_lock(&wheel->lock);
	wheel->wakes++;
	resume_all(wheel, false);
	pthread_mutex_unlock(&wheel->lock);
}

void weir_http_wheel_stop(struct weir_http_wheel *wheel)
{
	if (!wheel->running)
		return;
	pthread_mutex_lock(&wheel->lock);
	wheel->ended = true;
	resume_all(wheel, true);
	pthread_cond_signal(&wheel->changed);
	pthread_mutex_unlock(&wheel->lock);
	pthread_join(wheel->thread, NULL);
	wheel->running = false;
}
