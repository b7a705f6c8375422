/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence that the fanotify groups do on this host what they are there for, and the gate's life.
 * The kernel's hooks are tested by their own module. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "internal.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"

enum own_evidence {
	OWN_GATE = 0,
	OWN_WATCH = 1,
};

bool selftest_saw(struct weir_pipeline *p, struct weir_abi_inode inode)
{
	if (p->test_file.ino == 0 || inode.ino != p->test_file.ino || inode.dev != p->test_file.dev)
		return false;
	p->test_seen = true;
	return true;
}

/* The agent's own closes are left out, so a child has to write. */
static int child_writes(const char *path)
{
	int status;
	pid_t child = fork();

	if (child < 0)
		return -errno;
	if (child == 0) {
		int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

		_exit(fd < 0 || write(fd, "w", 1) != 1);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EIO;
}

/* 0: the close was seen; 1: nobody knows, as nothing is read while there is no room for more. */
static int test_watch(struct weir_pipeline *p, struct weir_watch *watch, const char *path)
{
	int fd _cleanup_(weir_closep) = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct weir_watch_file file;
	int r;

	if (fd < 0)
		return -errno;
	r = weir_watch_describe(fd, &file);
	if (r == 0)
		r = weir_watch_add_file(watch, fd);
	if (r < 0)
		return r;
	p->test_file = file.inode;
	p->test_seen = false;
	r = child_writes(path);
	/* The close is queued before the child is gone; what lies before it in the queue is handled
	 * on the way. */
	for (unsigned i = 0; r == 0 && !p->test_seen && i < 64; i++)
		r = weir_watch_dispatch(watch);
	p->test_file.ino = 0;
	if (r < 0)
		return r;
	if (p->test_seen)
		return 0;
	return closes_ready(p, watch) ? -ENOMSG : 1;
}

static struct weir_hook_evidence *fresh(struct weir_pipeline *p, enum own_evidence which,
					enum weir_abi_hook hook)
{
	struct weir_hook_evidence *evidence = &p->own_evidence[which];

	*evidence = (struct weir_hook_evidence){.hook = hook, .at_ns = weir_now_realtime()};
	return evidence;
}

static int try_watch(struct weir_pipeline *p, struct weir_watch *watch)
{
	char path[WEIR_WATCH_PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/watch-test", p->options.scratch_dir) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	r = test_watch(p, watch, path);
	(void)unlink(path);
	return r;
}

/* What the last test that was made has shown stays, however old it gets. */
static void untried(struct weir_hook_evidence *evidence)
{
	evidence->hook = WEIR_ABI_HOOK_FANOTIFY_CLOSE;
	evidence->attached = true;
	evidence->untried_ns = weir_now_realtime();
	if (evidence->at_ns == 0)
		(void)snprintf(evidence->text, sizeof(evidence->text),
			       "not tried: too many files wait to be inspected");
}

static void own_watch(struct weir_pipeline *p)
{
	struct weir_hook_evidence *evidence;
	int r = p->watch ? try_watch(p, p->watch) : 0;

	if (r == 0 && p->local)
		r = try_watch(p, p->local);
	if (r > 0) {
		untried(&p->own_evidence[OWN_WATCH]);
		return;
	}
	evidence = fresh(p, OWN_WATCH, WEIR_ABI_HOOK_FANOTIFY_CLOSE);
	evidence->attached = p->watch != NULL;
	if (!p->watch) {
		evidence->error = p->watch_error;
		(void)snprintf(evidence->text, sizeof(evidence->text), "no fanotify group: %s",
			       strerror(-p->watch_error));
		return;
	}
	evidence->error = r;
	evidence->passed_clean = evidence->error == 0;
	if (evidence->error == 0)
		(void)snprintf(evidence->text, sizeof(evidence->text),
			       "a file written by a child was seen to close");
	else
		(void)snprintf(evidence->text, sizeof(evidence->text),
			       "a file written by a child was not seen to close: %s",
			       strerror(-evidence->error));
}

static void own_gate(struct weir_pipeline *p)
{
	struct weir_hook_evidence *evidence = fresh(p, OWN_GATE, WEIR_ABI_HOOK_FANOTIFY_OPEN);

	evidence->attached = p->gate != NULL;
	if (!p->gate) {
		evidence->error = p->gate_error;
		(void)snprintf(evidence->text, sizeof(evidence->text), "%s",
			       p->gate_error < 0 ? "permission events cannot be had"
						 : "not needed on this tier");
		return;
	}
	evidence->error = weir_gate_self_test(p->gate, p->options.scratch_dir);
	evidence->denied = evidence->error == 0 || evidence->error == -EACCES;
	evidence->passed_clean = evidence->error == 0;
	(void)snprintf(evidence->text, sizeof(evidence->text), "%s",
		       evidence->error == 0
			       ? "a forbidden opening was refused and a harmless one passed"
		       : evidence->error == -EREMOTEIO ? "a forbidden opening was let through"
		       : evidence->error == -EACCES    ? "a harmless opening was refused"
						       : "the test could not be made");
}

void selftest_own(struct weir_pipeline *p)
{
	own_watch(p);
	own_gate(p);
}

static void on_gate_record(void *context, const struct weir_gate_record *record)
{
	weir_pipeline_gate_record(context, record);
}

int gate_take(struct weir_pipeline *p)
{
	return p->gate ? weir_gate_dispatch(p->gate, on_gate_record, p) : 0;
}

static int on_gate(void *context, uint32_t events)
{
	return gate_take(context);
}

static int make_gate(struct weir_pipeline *p)
{
	int r = weir_gate_new(&p->options.gate_options, &p->gate);

	p->gate_error = r;
	if (r < 0)
		return r;
	weir_gate_set_profiles(p->gate, &p->config);
	first_apply(p);
	return weir_loop_add(p->loop, weir_gate_fd(p->gate), EPOLLIN, on_gate, p);
}

int gate_ensure(struct weir_pipeline *p)
{
	enum weir_abi_tier tier = p->options.kernel.ops->file_tier(p->options.kernel.context);
	bool guards = tier == WEIR_ABI_TIER_OBSERVE || tier == WEIR_ABI_TIER_SCAN;
	int r = 0;

	if (!p->options.fanotify || !p->options.gate || (!guards && !first_wanted(p)))
		return 0;
	if (!p->gate)
		r = make_gate(p);
	if (r == 0 && guards && !p->gate_guards) {
		p->gate_guards = true;
		labels_restore(p);
	}
	return r;
}
