/* SPDX-License-Identifier: Apache-2.0 */
/* The object, its sources in the loop, its timers, its snapshot. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>

#include "internal.h"
#include "weir/base/time.h"
#include "weir/findings/detectors.h"
#include "weir/source/gate_rules.h"

#define MAINTAIN_NS  (2 * WEIR_NSEC_PER_SEC)
#define SELF_TEST_NS (300 * WEIR_NSEC_PER_SEC)
#define RETRY_NS     (1 * WEIR_NSEC_PER_SEC)

static const char *const detector_ids[_WEIR_ABI_DET_MAX] = {
	[WEIR_ABI_DET_CN_RESIDENT_ID] = "cn_resident_id",
	[WEIR_ABI_DET_PAYMENT_CARD] = "payment_card",
	[WEIR_ABI_DET_CN_MOBILE] = "cn_mobile",
};

static const char *const count_names[_WEIR_PIPELINE_COUNT_MAX] = {
	[WEIR_COUNT_RECORDS] = "records",
	[WEIR_COUNT_RECORDS_BAD] = "records_bad",
	[WEIR_COUNT_FILES_CLOSED] = "files_closed",
	[WEIR_COUNT_FILES_INSPECTED] = "files_inspected",
	[WEIR_COUNT_FILES_FAILED] = "files_failed",
	[WEIR_COUNT_FILES_RECALLED] = "files_recalled",
	[WEIR_COUNT_LABELS_DIRTY] = "labels_dirty",
	[WEIR_COUNT_LABELS_CLEAN] = "labels_clean",
	[WEIR_COUNT_LABELS_REFUSED] = "labels_refused",
	[WEIR_COUNT_EVENTS] = "events",
	[WEIR_COUNT_ALERTS] = "alerts",
	[WEIR_COUNT_BLOCKED] = "blocked",
	[WEIR_COUNT_SUPPRESSED] = "suppressed",
	[WEIR_COUNT_REPORT_FAILED] = "report_failed",
	[WEIR_COUNT_SCRUBBED_BYTES] = "scrubbed_bytes",
	[WEIR_COUNT_SCRUB_FAILED] = "scrub_failed",
	[WEIR_COUNT_INSPECT_DROPPED] = "inspect_dropped",
	[WEIR_COUNT_OPENINGS_EVICTED] = "openings_evicted",
	[WEIR_COUNT_FANOTIFY_OVERFLOW] = "fanotify_overflow",
	[WEIR_COUNT_GATE_DROPPED] = "gate_dropped",
	[WEIR_COUNT_EVIDENCE] = "evidence",
	[WEIR_COUNT_EVIDENCE_DROPPED] = "evidence_dropped",
	[WEIR_COUNT_FIRST_ASKED] = "first_asked",
	[WEIR_COUNT_FIRST_UNJUDGED] = "first_unjudged",
	[WEIR_COUNT_BROUGHT_DROPPED] = "brought_dropped",
};

const char *weir_pipeline_count_name(enum weir_pipeline_count count)
{
	return count >= 0 && count < _WEIR_PIPELINE_COUNT_MAX ? count_names[count] : "unknown";
}

static int apply_policy(struct weir_pipeline *p, const struct weir_policy *policy)
{
	struct weir_abi_dest dests[WEIR_ABI_DESTS];
	struct weir_abi_config config = {.taint_ns = p->options.taint_ns ? p->options.taint_ns
									 : WEIR_TAINT_NS_DEFAULT};
	uint64_t now = weir_now_realtime();
	int r, n = weir_policy_kernel_at(policy, now, &config, dests);

	if (n < 0)
		return n;
	r = p->options.kernel.ops->apply(p->options.kernel.context, &config, dests, (size_t)n);
	if (r < 0)
		return r;
	p->config = config;
	p->next_change_ns = weir_policy_next_change(policy, now);
	if (p->gate)
		weir_gate_set_profiles(p->gate, &p->config);
	return 0;
}

int weir_pipeline_set_policy(struct weir_pipeline *p, struct weir_policy *policy)
{
	struct weir_policy *old _cleanup_(weir_policy_freep) = NULL;
	int r = apply_policy(p, policy);

	if (r < 0)
		return r;
	old = p->policy;
	p->policy = policy;
	within_apply(p, old);
	if (gate_ensure(p) < 0)
		weir_log_warning(p->options.log, p->gate_error, "openings cannot be guarded");
	first_apply(p);
	passes_forget(p);
	volumes_apply(p);
	devices_apply(p);
	return 0;
}

const struct weir_policy *weir_pipeline_policy(const struct weir_pipeline *p)
{
	return p->policy;
}

static int refresh_mounts(struct weir_pipeline *p)
{
	uint64_t now = weir_now_boottime();
	int r = weir_mounts_refresh(p->mounts, volume_mount_changed, p);

	if (r < 0)
		return r;
	volumes_check(p);
	first_mark(p);
	/* The disk below a sink that is named is one as soon as that is mounted. */
	if (p->disks_changed && weir_device_any_named(&p->options.sinks.removable))
		devices_refresh(p);
	p->disks_changed = false;
	p->mounts_known_ns = now;
	return 0;
}

void weir_pipeline_mounts_changed(struct weir_pipeline *p)
{
	int r = refresh_mounts(p);

	if (r < 0)
		weir_log_warning(p->options.log, r, "cannot read the table of mounts");
}

void mounts_look(struct weir_pipeline *p)
{
	uint64_t now = weir_now_boottime();

	if (!p->mounts_added)
		return;
	if (weir_mounts_stale(p->mounts))
		weir_pipeline_mounts_changed(p);
	else
		p->mounts_known_ns = now;
}

static int on_mounts(void *context, uint32_t events)
{
	weir_pipeline_mounts_changed(context);
	return 0;
}

static int on_record(void *context, const void *data, size_t len)
{
	return weir_pipeline_record(context, data, len);
}

/* A record that can't be reported stays in the ring; the ring is asked again after a pause, not in
 * a busy loop. */
static int on_kernel(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;
	int r = p->options.kernel.ops->dispatch(p->options.kernel.context, on_record, p);

	if (r >= 0)
		return 0;
	if (p->kernel_retry_ns == 0)
		weir_log_error(p->options.log, r,
			       "kernel records wait: the last one could not be reported");
	p->kernel_retry_ns = weir_now_monotonic() + RETRY_NS;
	return weir_loop_modify(p->loop, p->kernel_fd, 0);
}

static int on_lookback(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;
	int r = weir_lookback_dispatch(p->lookback);

	return r < 0 ? r : closes_hold(p);
}

static int on_inspector(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;
	int r = p->options.inspector.ops->dispatch(p->options.inspector.context);

	return r < 0 ? r : closes_release(p);
}

static void check_gate(struct weir_pipeline *p)
{
	struct weir_gate_health health;

	if (!p->gate)
		return;
	weir_gate_health(p->gate, &health);
	if (health.dropped > p->gate_dropped)
		count_drop(p, WEIR_COUNT_GATE_DROPPED, "gate_dropped",
			   health.dropped - p->gate_dropped);
	p->gate_dropped = health.dropped;
	if (health.unmarked > 0)
		first_mark(p);
	if (!health.running && p->gate_error == 0) {
		p->gate_error = -ETIMEDOUT;
		weir_log_error(p->options.log, 0,
			       "the gate was opened by its deadman: a decision took too long");
	}
}

static int on_maintain(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;
	int r = p->options.report.ops->maintain(p->options.report.context);

	if (r < 0)
		weir_log_warning(p->options.log, r, "cannot keep the spool");
	mounts_look(p);
	labels_sync(p);
	check_gate(p);
	unseen_report(p);
	leftovers_retry(p);
	emit_left_out(p, false);
	if (weir_now_realtime() >= p->next_change_ns) {
		r = apply_policy(p, p->policy);
		if (r < 0)
			weir_log_error(p->options.log, r,
				       "cannot put a beginning or ending grant into force");
		else {
			volumes_apply(p);
			devices_apply(p);
		}
	}
	if (p->kernel_retry_ns == 0 || weir_now_monotonic() < p->kernel_retry_ns)
		return 0;
	p->kernel_retry_ns = 0;
	r = weir_loop_modify(p->loop, p->kernel_fd, EPOLLIN);
	return r < 0 ? r : on_kernel(p, EPOLLIN);
}

void weir_pipeline_self_test(struct weir_pipeline *p)
{
	const struct weir_hook_evidence *evidence;

	(void)p->options.kernel.ops->self_test(p->options.kernel.context, &evidence);
	if (gate_ensure(p) < 0)
		weir_log_warning(p->options.log, p->gate_error, "openings cannot be guarded");
	else if (p->gate)
		volumes_apply(p);
	selftest_own(p);
}

static int on_self_test(void *context, uint32_t events)
{
	weir_pipeline_self_test(context);
	return 0;
}

/* Without it what is written to a volume before it is marked is told of as a time that nobody saw. */
static int start_lookback(struct weir_pipeline *p)
{
	int r = unseen_start(p);

	if (r < 0) {
		weir_log_warning(p->options.log, r, "fresh volumes cannot be looked over");
		return 0;
	}
	return weir_loop_add(p->loop, weir_lookback_fd(p->lookback), EPOLLIN, on_lookback, p);
}

static int start_fanotify(struct weir_pipeline *p)
{
	int r;

	if (!p->options.fanotify)
		return 0;
	r = closes_start(p);
	if (r == 0 && p->watch)
		r = start_lookback(p);
	if (r < 0)
		return r;
	if (gate_ensure(p) < 0)
		weir_log_warning(p->options.log, p->gate_error, "openings cannot be guarded");
	return 0;
}

static int on_scrubber(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;
	int r = weir_scrubber_dispatch(p->scrubber);

	return r < 0 ? r : closes_release(p);
}

static int start_scrubber(struct weir_pipeline *p)
{
	int r = weir_scrubber_new(undo_done, p, &p->scrubber);

	return r < 0 ? r
		     : weir_loop_add(p->loop, weir_scrubber_fd(p->scrubber), EPOLLIN, on_scrubber,
				     p);
}

static int on_capture(void *context, uint32_t events)
{
	struct weir_pipeline *p = context;
	int r = weir_capture_dispatch(p->capture);

	return r < 0 ? r : closes_release(p);
}

static int start_capture(struct weir_pipeline *p)
{
	int r = p->options.evidence
			? weir_capture_new(p->options.evidence, evidence_sealed, p, &p->capture)
			: 0;

	if (r < 0 || !p->capture)
		return r;
	return weir_loop_add(p->loop, weir_capture_fd(p->capture), EPOLLIN, on_capture, p);
}

static int start_ports(struct weir_pipeline *p)
{
	int r;

	p->kernel_fd = p->options.kernel.ops->fd(p->options.kernel.context);
	p->inspector_fd = p->options.inspector.ops->fd(p->options.inspector.context);
	if (p->inspector_fd >= 0) {
		r = weir_loop_add(p->loop, p->inspector_fd, EPOLLIN, on_inspector, p);
		if (r < 0)
			return r;
	}
	if (p->kernel_fd >= 0) {
		r = weir_loop_add(p->loop, p->kernel_fd, EPOLLIN, on_kernel, p);
		if (r < 0)
			return r;
	}
	r = weir_loop_add_timer(p->loop,
				p->options.maintain_ns ? p->options.maintain_ns : MAINTAIN_NS,
				on_maintain, p, &p->timers[0]);
	if (r < 0)
		return r;
	return weir_loop_add_timer(p->loop,
				   p->options.self_test_ns ? p->options.self_test_ns : SELF_TEST_NS,
				   on_self_test, p, &p->timers[1]);
}

static int start_mounts(struct weir_pipeline *p)
{
	int r = weir_mounts_new(p->options.mountinfo, &p->mounts);

	if (r < 0)
		return r;
	/* An ordinary file, as a replay brings it, can't be polled and never changes. */
	r = weir_loop_add(p->loop, weir_mounts_fd(p->mounts), EPOLLPRI | EPOLLERR, on_mounts, p);
	if (r < 0 && r != -EPERM)
		return r;
	p->mounts_added = r == 0;
	r = devices_start(p);
	if (r == 0)
		r = refresh_mounts(p);
	/* A loop device's backing file is found by the mounts. */
	if (r == 0)
		devices_refresh(p);
	return r;
}

/* No number of an agent before, which somebody may still have before his eyes, is likely to mean something now. */
static int start_refusals(struct weir_pipeline *p)
{
	uint32_t random;

	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -EIO;
	return weir_refusals_new(1 + random % 1000000, &p->refusals);
}

static int init(struct weir_pipeline *p)
{
	int r;

	p->kernel_fd = p->inspector_fd = p->timers[0] = p->timers[1] = p->labels_timer = -1;
	for (size_t i = 0; i < PENDING_MAX; i++)
		p->pending[i].fd = -1;
	leftovers_init(p);
	for (size_t i = 0; i < _WEIR_ABI_DET_MAX; i++)
		p->detector[i] = detector_ids[i] ? weir_detector_number(detector_ids[i]) : -1;
	if (getrandom(p->hash_key, sizeof(p->hash_key), 0) != (ssize_t)sizeof(p->hash_key))
		return -EIO;
	r = start_refusals(p);
	if (r >= 0)
		r = weir_brought_new(&p->brought);
	return r < 0 ? r : weir_proc_kept_new(&p->kept);
}

int weir_pipeline_new(const struct weir_pipeline_options *options, struct weir_loop *loop,
		      struct weir_policy *policy, struct weir_pipeline **ret)
{
	struct weir_pipeline *p _cleanup_(weir_pipeline_freep) = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return -ENOMEM;
	p->started_boot_ns = p->drained_ns = weir_now_boottime();
	p->options = *options;
	p->loop = loop;
	r = init(p);
	if (r < 0)
		return r;
	p->policy = policy;
	within_apply(p, NULL);
	labels_open(p);
	r = start_scrubber(p);
	if (r == 0)
		r = start_capture(p);
	if (r == 0)
		r = start_fanotify(p);
	/* The machine's own disks are known before anything is refused: what nobody entered is not trusted. */
	if (r == 0)
		r = start_mounts(p);
	if (r == 0)
		r = apply_policy(p, policy);
	if (r == 0)
		r = start_ports(p);
	if (r < 0) {
		p->policy = NULL; /* still the caller's */
		return r;
	}
	labels_started(p);
	if (options->fanotify)
		selftest_own(p);
	*ret = TAKE_PTR(p);
	return 0;
}

void weir_pipeline_free(struct weir_pipeline *p)
{
	if (!p)
		return;
	weir_loop_remove(p->loop, p->kernel_fd);
	weir_loop_remove(p->loop, p->inspector_fd);
	weir_loop_remove(p->loop, p->timers[0]);
	weir_loop_remove(p->loop, p->timers[1]);
	weir_loop_remove(p->loop, p->labels_timer);
	if (p->mounts_added)
		weir_loop_remove(p->loop, weir_mounts_fd(p->mounts));
	if (p->nodes)
		weir_loop_remove(p->loop, weir_nodes_fd(p->nodes));
	if (p->gate)
		weir_loop_remove(p->loop, weir_gate_fd(p->gate));
	if (p->scrubber)
		weir_loop_remove(p->loop, weir_scrubber_fd(p->scrubber));
	if (p->lookback)
		weir_loop_remove(p->loop, weir_lookback_fd(p->lookback));
	if (p->capture)
		weir_loop_remove(p->loop, weir_capture_fd(p->capture));
	unseen_stop(p);
	weir_scrubber_free(p->scrubber);
	p->scrubber = NULL;
	weir_capture_free(p->capture);
	p->capture = NULL;
	leftovers_free(p);
	files_end(p);
	emit_left_out(p, true);
	labels_sync(p);
	weir_labels_free(p->labels);
	weir_gate_free(p->gate);
	closes_free(p);
	weir_mounts_free(p->mounts);
	weir_nodes_free(p->nodes);
	weir_policy_free(p->policy);
	weir_refusals_free(p->refusals);
	weir_brought_free(p->brought);
	weir_proc_kept_free(p->kept);
	free(p);
}

uint64_t weir_pipeline_judged_until(struct weir_pipeline *p)
{
	uint64_t now = weir_now_boottime(), until;

	if (closes_drained(p) && (!p->gate || is_drained(weir_gate_fd(p->gate))))
		p->drained_ns = now;
	until = WEIR_MIN(p->drained_ns, unseen_since(p));
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (p->pending[i].fd >= 0)
			until = WEIR_MIN(until, p->pending[i].after_ns);
	return until;
}

static void add_evidence(struct weir_pipeline_status *status,
			 const struct weir_hook_evidence *evidence)
{
	if (status->n_evidence < WEIR_PIPELINE_EVIDENCE)
		status->evidence[status->n_evidence++] = *evidence;
}

void weir_pipeline_status(struct weir_pipeline *p, struct weir_pipeline_status *ret)
{
	const struct weir_kernel_port *kernel = &p->options.kernel;
	const struct weir_hook_evidence *evidence = NULL;
	size_t n = kernel->ops->evidence(kernel->context, &evidence);

	*ret = (struct weir_pipeline_status){
		.file_tier = kernel->ops->file_tier(kernel->context),
		.net_tier = kernel->ops->net_tier(kernel->context),
		.watching = p->watch != NULL,
		.watch_error = p->watch_error,
		.gate_wanted = p->options.gate && p->options.fanotify,
		.gate_error = p->gate_error,
		.device_tier = kernel->ops->device_tier(kernel->context),
		.labels_error = p->labels_error,
		.volumes = p->volumes,
		.nodes = p->nodes,
	};
	for (size_t i = 0; i < n; i++)
		add_evidence(ret, &evidence[i]);
	for (size_t i = 0; i < ARRAY_SIZE(p->own_evidence); i++)
		if (p->own_evidence[i].hook != WEIR_ABI_HOOK_NONE)
			add_evidence(ret, &p->own_evidence[i]);
	if (p->gate)
		weir_gate_health(p->gate, &ret->gate);
	if (p->labels)
		weir_labels_health(p->labels, &ret->labels);
	ret->n_volumes = WEIR_PIPELINE_VOLUMES; /* free ones have dev 0 */
	ret->pending = PENDING_MAX - pending_free(p);
	memcpy(ret->counts, p->counts, sizeof(ret->counts));
	(void)kernel->ops->counters(kernel->context, ret->kernel_counts);
}
