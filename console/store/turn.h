/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CONSOLE_STORE_TURN_H
#define WEIR_CONSOLE_STORE_TURN_H

/* A lock that is given in the order of asking. With a plain mutex, whoever stores events without a
 * pause takes it again before those who wait have woken up. */

#include <pthread.h>
#include <stdint.h>

struct weir_turn {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	uint64_t next, serving;
};

static inline void weir_turn_init(struct weir_turn *turn)
{
	*turn = (struct weir_turn){};
	pthread_mutex_init(&turn->lock, NULL);
	pthread_cond_init(&turn->changed, NULL);
}

static inline void weir_turn_done(struct weir_turn *turn)
{
	pthread_cond_destroy(&turn->changed);
	pthread_mutex_destroy(&turn->lock);
}

static inline void weir_turn_take(struct weir_turn *turn)
{
	uint64_t mine;

	pthread_mutex_lock(&turn->lock);
	mine = turn->next++;
	while (turn->serving != mine)
		pthread_cond_wait(&turn->changed, &turn->lock);
	pthread_mutex_unlock(&turn->lock);
}

static inline void weir_turn_give(struct weir_turn *turn)
{
	pthread_mutex_lock(&turn->lock);
	turn->serving++;
	pthread_cond_broadcast(&turn->changed);
	pthread_mutex_unlock(&turn->lock);
}

#endif
