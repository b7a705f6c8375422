/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/pipeline/ports.h"

static int submit(void *inspector, int fd, uint64_t cookie)
{
	return weir_inspector_submit(inspector, fd, cookie);
}

static int submit_urgent(void *inspector, int fd, uint64_t cookie)
{
	return weir_inspector_submit_urgent(inspector, fd, cookie);
}

static int submit_leisurely(void *inspector, int fd, uint64_t cookie)
{
	return weir_inspector_submit_leisurely(inspector, fd, cookie);
}

static void hurry(void *inspector, uint64_t cookie)
{
	weir_inspector_hurry(inspector, cookie);
}

static int inspector_fd(void *inspector)
{
	return weir_inspector_fd(inspector);
}

static int dispatch(void *inspector)
{
	return weir_inspector_dispatch(inspector);
}

static size_t pending(void *inspector)
{
	return weir_inspector_pending(inspector);
}

static struct weir_excerpts *take_excerpts(void *inspector)
{
	return weir_inspector_take_excerpts(inspector);
}

struct weir_inspector_port weir_inspector_port(struct weir_inspector *inspector)
{
	static const struct weir_inspector_ops ops = {.submit = submit,
						      .submit_urgent = submit_urgent,
						      .submit_leisurely = submit_leisurely,
						      .hurry = hurry,
						      .fd = inspector_fd,
						      .dispatch = dispatch,
						      .pending = pending,
						      .take_excerpts = take_excerpts};

	return (struct weir_inspector_port){.ops = &ops, .context = inspector};
}
