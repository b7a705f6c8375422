/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_AGENT_HOST_H
#define TEST_AGENT_HOST_H

/* An agent of its own beside whatever is installed, on tier 4: a scratch folder, a volume in an
 * image that is mounted on a loop device and named as removable, a watched folder. The mounts live
 * in a mount namespace of the test's own. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/v1/event.pb-c.h"

#define HOST_EVENTS 256

struct host {
	char dir[64];
	char image[96], sink[96], local[96], config[96], policy[96], socket[128], spool[128];
	pid_t agent;
	Weir__V1__Event *event[HOST_EVENTS];
	size_t n_events;
};

/* Once, before the first host: 0, or -1 when this is not root's or the kernel has no loop device.
 */
int host_namespace(void);

void host_new(struct host *host);
void host_done(struct host *host);

void host_start(struct host *host);
/* Ends the agent by this signal and returns its wait status. */
int host_stop(struct host *host, int signal);

/* Runs a shell command in the host's folder ("sink" and "local" are folders in it); the exit
 * status, output thrown away. */
int host_sh(struct host *host, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
pid_t host_sh_start(struct host *host, const char *command);
/* Waits for the agent, which may still have a file open that it looks at. */
void host_umount(struct host *host, const char *volume);

/* A number of "weir status", by dotted path. -1 when there is no answer. */
long long host_status(struct host *host, const char *path);
/* Waits until it is at least this. */
void host_wait(struct host *host, const char *path, long long least);

/* A file below the host's folder with n synthetic resident ids from number first on, written
 * without ever reading it. */
void host_customers(struct host *host, const char *name, unsigned first, unsigned n);

/* Unmounts the volume, then looks for any of the ids in its raw image. */
unsigned host_ids_on_medium(struct host *host, unsigned first, unsigned n);

/* Reads the spool again; waits until it has at least so many events. */
void host_events(struct host *host, size_t least);
/* The last event whose file path ends so, NULL when there is none. */
const Weir__V1__Event *host_event_of(struct host *host, const char *path_end);

/* The first child process of the agent, which is the inspector's. */
pid_t host_worker(struct host *host);

#endif
