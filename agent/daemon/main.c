/* SPDX-License-Identifier: Apache-2.0 */
/* weir-agent: builds the objects, wires them, runs the loop. */

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/daemon/answers.h"
#include "weir/daemon/control.h"
#include "weir/daemon/guard.h"
#include "weir/daemon/host.h"
#include "weir/daemon/options.h"
#include "weir/daemon/policy_inbox.h"
#include "weir/daemon/protect.h"
#include "weir/daemon/quarantine.h"
#include "weir/daemon/refusals.h"
#include "weir/daemon/remove.h"
#include "weir/daemon/vigil.h"
#include "weir/pipeline/pipeline.h"

struct app {
	struct weir_log log;
	struct weir_config *config;
	struct weir_loop *loop;
	struct weir_kernel *kernel;
	struct weir_inspector *inspector;
	struct weir_spool *spool;
	struct weir_pipeline *pipeline;
	struct weir_control *control;
	struct weir_quarantine *quarantine;
	struct weir_evidence_folder *evidence;
	struct weir_protect *protect;
	struct weir_guard *guard;
	struct weir_vigil *vigil;
	struct weir_policy_inbox *inbox;
	struct weir_kernel_port kernel_port;
	int signals;
	int watchdog;
	int kernel_error;
	enum weir_policy_origin origin;
	char policy_error[600];
	struct weir_host host;
	char uid[2 * WEIR_HOST_UID_LEN + 1];
	char scratch[PATH_MAX];
	uint64_t started_ns;
	struct weir_pipeline_status status; /* scratch of answers: too large for a stack */
};

static void note_policy_error(struct app *app, const struct weir_error *error)
{
	app->policy_error[0] = '\0';
	if (error->code == 0)
		return;
	(void)snprintf(app->policy_error, sizeof(app->policy_error), "%s:%u:%u: %s%s%s",
		       app->config->policy, error->line, error->column, error->text,
		       error->hint[0] ? "; " : "", error->hint);
	weir_log_error(&app->log, 0, "%s", app->policy_error);
}

/* Once a signed policy was taken over, the host's own file is none to fall back to. */
static int load_signed(struct app *app, struct weir_policy **ret)
{
	struct weir_error error = {0};

	if (!weir_policy_inbox_rules(app->inbox))
		return -ENOENT;
	if (weir_policy_inbox_kept(app->inbox, ret, &error) == 0) {
		app->origin = WEIR_POLICY_SIGNED;
		return 0;
	}
	weir_log_error(&app->log, 0, "the signed policy cannot be used: %s", error.text);
	if (weir_policy_store_last_good(app->config->state_dir, ret) < 0)
		return -ENOENT;
	app->origin = WEIR_POLICY_LAST_GOOD;
	weir_log_warning(&app->log, 0, "the last good policy stays in force");
	return 0;
}

static int load_policy(struct app *app, struct weir_policy **ret)
{
	struct weir_error error = {0};
	int keep_error, r;

	if (load_signed(app, ret) == 0)
		return 0;
	r = weir_policy_store_load(app->config->policy, app->config->state_dir, ret, &app->origin,
				   &error, &keep_error);
	if (r < 0)
		return weir_log_error(&app->log, r, "no policy can be made");
	note_policy_error(app, &error);
	if (keep_error < 0)
		weir_log_warning(&app->log, keep_error,
				 "the policy cannot be kept as the last good one");
	if (app->origin == WEIR_POLICY_LAST_GOOD)
		weir_log_warning(&app->log, 0, "the last good policy stays in force");
	if (app->origin == WEIR_POLICY_EMPTY)
		weir_log_warning(&app->log, 0,
				 "there is no policy: everything is let through and recorded");
	return 0;
}

/* From then on the memory holds content now and then: a core dump would be a readable copy of it. */
static void want_excerpts(struct app *app, const struct weir_policy *policy)
{
	const uint32_t bytes = app->evidence ? weir_policy_evidence_bytes(policy) : 0;

	if (bytes > 0)
		(void)prctl(PR_SET_DUMPABLE, 0);
	weir_inspector_want_excerpts(app->inspector, bytes);
}

/* Findings count by the numbers of one policy's detectors: workers and pipeline change together. */
static int use_detectors(struct app *app, const struct weir_policy *policy)
{
	size_t n;
	const struct weir_custom *customs = weir_policy_customs(policy, &n);
	int r = weir_inspector_set_detectors(app->inspector, customs, n);

	if (r >= 0)
		want_excerpts(app, policy);
	return r < 0 ? weir_log_error(&app->log, r, "the policy's detectors cannot be used") : 0;
}

/* Takes the policy over on 0; otherwise everything is as it was. */
static int put_into_force(struct app *app, struct weir_policy *policy)
{
	int r = use_detectors(app, policy);

	if (r < 0)
		return r;
	r = weir_pipeline_set_policy(app->pipeline, policy);
	if (r < 0) {
		weir_log_error(&app->log, r, "the new policy cannot be put into force");
		(void)use_detectors(app, weir_pipeline_policy(app->pipeline));
	}
	return r;
}

static int apply_signed(void *context, struct weir_policy *policy)
{
	struct app *app = context;
	int r = put_into_force(app, policy);

	if (r == 0) {
		app->origin = WEIR_POLICY_SIGNED;
		app->policy_error[0] = '\0'; /* of a file that counts no more */
	}
	return r;
}

static void reload_policy(struct app *app)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct weir_error error = {0};
	int keep_error = 0, r;

	if (weir_policy_inbox_rules(app->inbox)) {
		weir_log_info(&app->log, "the console brings the policy: %s is not read",
			      app->config->policy);
		return;
	}
	r = weir_policy_store_reload(app->config->policy, app->config->state_dir, &policy, &error,
				     &keep_error);
	note_policy_error(app, &error);
	if (r < 0) {
		weir_log_warning(&app->log, 0, "the policy in force stays");
		return;
	}
	if (keep_error < 0)
		weir_log_warning(&app->log, keep_error,
				 "the policy cannot be kept as the last good one");
	if (put_into_force(app, policy) < 0)
		return;
	(void)TAKE_PTR(policy);
	app->origin = WEIR_POLICY_FROM_FILE;
	weir_log_info(
		&app->log, "policy read, revision %llu",
		(unsigned long long)weir_policy_revision(weir_pipeline_policy(app->pipeline)));
}

static int on_signal(void *context, uint32_t events)
{
	struct app *app = context;
	struct signalfd_siginfo info;

	if (read(app->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return 0;
	if (info.ssi_signo == SIGHUP) {
		(void)sd_notify(0, "RELOADING=1");
		reload_policy(app);
		(void)sd_notify(0, "READY=1");
	} else if (info.ssi_signo == SIGCONT) {
		weir_vigil_continued(app->vigil);
	} else {
		weir_loop_stop(app->loop);
	}
	return 0;
}

static int catch_signals(struct app *app)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCONT);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	(void)signal(SIGPIPE, SIG_IGN);
	app->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (app->signals < 0)
		return -errno;
	return weir_loop_add(app->loop, app->signals, EPOLLIN, on_signal, app);
}

static void inspected(void *context, uint64_t cookie, const struct weir_findings *findings)
{
	struct app *app = context;

	if (app->pipeline)
		weir_pipeline_inspected(app->pipeline, cookie, findings);
}

static int start_inspector(struct app *app)
{
	const struct weir_config *config = app->config;
	struct weir_inspector_options options = {
		.program = config->inspect_program,
		.workers = (unsigned)config->inspect_workers,
		.queue = (unsigned)config->inspect_queue,
		.timeout_ns = config->inspect_timeout_ns,
		.max_bytes = config->inspect_max_bytes,
		.memory_bytes = config->inspect_memory_bytes,
		.pdf = config->inspect_pdf,
		.ocr = config->inspect_ocr,
	};
	int r = weir_inspector_new(&options, inspected, app, &app->inspector);

	return r < 0 ? weir_log_error(&app->log, r, "cannot start %s", config->inspect_program) : 0;
}

static int start_spool(struct app *app)
{
	struct weir_spool_options options = {.dir = app->config->spool_dir,
					     .max_bytes = app->config->spool_max_bytes};
	int r = weir_spool_new(&options, &app->spool);

	if (r == -EBUSY)
		return weir_log_error(&app->log, r, "another agent writes %s",
				      app->config->spool_dir);
	return r < 0 ? weir_log_error(&app->log, r, "cannot open the spool %s",
				      app->config->spool_dir)
		     : 0;
}

/* Without it files are overwritten all the same, and nothing is taken away from local disk. */
static void start_quarantine(struct app *app)
{
	char dir[PATH_MAX];
	int r = -ENAMETOOLONG;

	if (snprintf(dir, sizeof(dir), "%s/quarantine", app->config->state_dir) < (int)sizeof(dir))
		r = weir_quarantine_open(dir, &app->quarantine);
	if (r < 0)
		weir_log_warning(&app->log, r, "no quarantine in %s", app->config->state_dir);
}

/* Without it events go out as they do under a policy that wants none. */
static void start_evidence(struct app *app)
{
	int r = weir_evidence_folder_new(app->config->spool_dir, app->config->evidence_max_bytes,
					 &app->evidence);

	if (r < 0)
		weir_log_warning(&app->log, r, "no evidence can be kept in %s",
				 app->config->spool_dir);
}

/* Before the inspector: its workers are ours because their parent is. */
static struct weir_kernel_port start_kernel(struct app *app)
{
	struct weir_kernel_options options = {
		.pin_dir = app->config->pin_dir,
		.scratch_dir = app->scratch,
		.cgroup = app->config->cgroup,
		.best_tier = (enum weir_abi_tier)app->config->best_tier,
		.guard = weir_protect_wanted(app->protect),
	};

	if (app->config->best_tier == WEIR_ABI_TIER_SCAN)
		return weir_kernel_port_none();
	app->kernel_error = weir_kernel_new(&options, &app->kernel);
	if (app->kernel_error == 0)
		return weir_kernel_port(app->kernel);
	weir_log_warning(&app->log, app->kernel_error, "no kernel programs");
	return weir_kernel_port_none();
}

static int start_guard(struct app *app)
{
	struct weir_guard_options options = {.protect = app->protect,
					     .kernel = app->kernel,
					     .loop = app->loop,
					     .log = &app->log,
					     .agent_uid = app->uid};

	return weir_guard_new(&options, &app->guard);
}

static const char *const *strings(const struct weir_config_list *list)
{
	return (const char *const *)list->item;
}

static struct weir_sink_names names(const struct weir_config_list *mounts,
				    const struct weir_config_list *types)
{
	return (struct weir_sink_names){.mounts = strings(mounts),
					.n_mounts = mounts->count,
					.filesystems = strings(types),
					.n_filesystems = types->count};
}

static int start_inbox(struct app *app)
{
	struct weir_policy_inbox_options options = {.config = app->config, .log = &app->log};
	int r = weir_policy_inbox_new(&options, &app->inbox);

	return r < 0 ? weir_log_error(&app->log, r, "cannot use the keys in %s or the inbox in %s",
				      app->config->signed_keys, app->config->state_dir)
		     : 0;
}

static int start_pipeline(struct app *app)
{
	const struct weir_config *config = app->config;
	struct weir_pipeline_options options = {
		.kernel = app->kernel_port,
		.inspector = weir_inspector_port(app->inspector),
		.report = weir_report_port(app->spool),
		.sinks = {.removable =
				  names(&config->removable_mounts, &config->removable_filesystems),
			  .share = names(&config->share_mounts, &config->share_filesystems)},
		.scratch_dir = app->scratch,
		.quarantine = app->quarantine,
		.evidence = app->evidence,
		.state_dir = config->state_dir,
		.watch_paths = strings(&config->watch_paths),
		.n_watch_paths = config->watch_paths.count,
		.exclude = strings(&config->watch_exclude),
		.n_exclude = config->watch_exclude.count,
		.fanotify = true,
		.gate = config->gate_enabled,
		.gate_options = {.budget_ns = config->gate_budget_ns,
				 .taint_ns = config->gate_taint_ns,
				 .exit_on_deadman = config->gate_exit_on_timeout},
		.taint_ns = config->gate_taint_ns,
		.self_test_ns = config->self_test_ns,
		.log = &app->log,
	};
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	int r = load_policy(app, &policy);

	if (r == 0)
		r = weir_uid_parse(app->uid, options.agent_uid);
	if (r == 0)
		r = use_detectors(app, policy);
	if (r < 0)
		return r;
	r = weir_pipeline_new(&options, app->loop, policy, &app->pipeline);
	if (r < 0)
		return weir_log_error(&app->log, r, "cannot start the pipeline");
	(void)TAKE_PTR(policy);
	return 0;
}

/* The agent may write what the guard keeps from others, so it does not write where others say. */
static json_t *answer_quarantine(struct app *app, const struct weir_control_request *request)
{
	if (json_object_get(request->arguments, "to") && weir_guard_is_closed(app->guard))
		return weir_control_refusal(
			"to another place only while the guard is open (weir unlock)",
			"仅在自我保护开放期间才能恢复到其他位置（weir unlock）");
	return weir_answer_quarantine(app->quarantine, request);
}

static json_t *answer(void *context, const struct weir_control_request *request)
{
	struct app *app = context;
	struct weir_answer_facts facts = {
		.status = &app->status,
		.config = app->config,
		.policy = weir_pipeline_policy(app->pipeline),
		.policy_origin = app->origin,
		.policy_error = app->policy_error,
		.policy_refused = weir_policy_inbox_problem(app->inbox),
		.policy_expires_s = weir_policy_inbox_expires(app->inbox),
		.policy_expired = weir_policy_inbox_expired(app->inbox),
		.agent_uid = app->uid,
		.lsm = app->host.lsm,
		.kernel = app->host.kernel.release,
		.kernel_error = app->kernel_error,
		.started_ns = app->started_ns,
		.spool_next = weir_spool_next_sequence(app->spool),
		.spool_epoch = weir_spool_epoch(app->spool),
		.pid = (uint32_t)getpid(),
		.guard_wanted = weir_protect_wanted(app->protect),
		.guard_tier = weir_guard_tier(app->guard),
		.guard_open = weir_guard_is_open(app->guard),
	};

	if (strcmp(request->name, "unlock") == 0)
		return weir_guard_unlock(app->guard, request);
	if (strcmp(request->name, "lock") == 0)
		return weir_guard_lock(app->guard, request);
	if (strcmp(request->name, "explain") == 0)
		return weir_answer_explain(app->pipeline, request);
	if (strcmp(request->name, "justify") == 0)
		return weir_answer_justify(app->pipeline, request);
	weir_pipeline_status(app->pipeline, &app->status);
	if (strcmp(request->name, "status") == 0)
		return weir_answer_status(&facts);
	if (strcmp(request->name, "doctor") == 0)
		return weir_answer_doctor(&facts);
	if (strcmp(request->name, "quarantine") == 0)
		return answer_quarantine(app, request);
	return NULL;
}

static int start_control(struct app *app)
{
	char path[PATH_MAX];
	int r;

	if (snprintf(path, sizeof(path), "%s/control.sock", app->config->runtime_dir) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	r = weir_control_new(path, app->loop, answer, app, &app->control);
	return r < 0 ? weir_log_error(&app->log, r, "cannot listen at %s", path) : 0;
}

static int start_vigil(struct app *app)
{
	struct weir_vigil_options options = {.runtime_dir = app->config->runtime_dir,
					     .pipeline = app->pipeline,
					     .loop = app->loop,
					     .log = &app->log};

	return weir_vigil_new(&options, &app->vigil);
}

static int on_watchdog(void *context, uint32_t events)
{
	(void)sd_notify(0, "WATCHDOG=1");
	return 0;
}

static int start_watchdog(struct app *app)
{
	uint64_t usec = 0;

	if (sd_watchdog_enabled(0, &usec) <= 0 || usec < 2)
		return 0;
	return weir_loop_add_timer(app->loop, usec * WEIR_NSEC_PER_USEC / 2, on_watchdog, app,
				   &app->watchdog);
}

static int start_protect(struct app *app, const struct weir_protect_start *start)
{
	int r = weir_protect_new(start, &app->protect);

	if (r < 0)
		return weir_log_error(&app->log, r, "cannot read the keys in %s",
				      app->config->protect_keys);
	r = weir_protect_may_act(app->protect);
	if (r < 0)
		(void)weir_log_error(&app->log, 0, "%s", weir_protect_error(r));
	return WEIR_MIN(r, 0);
}

static int start(struct app *app, const struct weir_protect_start *how)
{
	int r;

	app->started_ns = weir_now_realtime();
	weir_host_raise_limits();
	weir_host_read(&app->host);
	r = start_protect(app, how);
	if (r == 0)
		r = weir_loop_new(&app->loop);
	if (r == 0)
		r = weir_host_folders(app->config, &app->log, app->scratch);
	if (r == 0)
		r = weir_host_agent_uid(app->config, &app->log, app->uid);
	if (r == 0)
		r = catch_signals(app);
	if (r == 0)
		r = start_spool(app);
	if (r == 0)
		r = start_inbox(app);
	if (r == 0) {
		start_evidence(app);
		start_quarantine(app); /* its folder is guarded too, as is the inbox */
		app->kernel_port = start_kernel(app);
		r = start_guard(app); /* before workers execute a program that has to be known */
	}
	if (r == 0)
		r = start_inspector(app);
	if (r == 0)
		r = start_pipeline(app);
	if (r == 0)
		r = weir_guard_attach(app->guard, app->pipeline);
	if (r == 0)
		r = weir_policy_inbox_watch(app->inbox, app->loop, apply_signed, app);
	if (r == 0)
		r = start_vigil(app);
	if (r == 0)
		r = start_watchdog(app);
	if (r < 0)
		return r;
	weir_pipeline_status(app->pipeline, &app->status);
	weir_announce(&app->status, &app->log);
	return start_control(app);
}

static void stop(struct app *app)
{
	weir_control_free(app->control);
	weir_guard_free(app->guard);
	weir_policy_inbox_free(app->inbox);
	weir_pipeline_free(app->pipeline);
	weir_vigil_free(app->vigil);
	weir_quarantine_free(app->quarantine);
	weir_evidence_folder_free(app->evidence);
	weir_inspector_free(app->inspector);
	if (app->spool && weir_spool_maintain(app->spool) < 0)
		weir_log_warning(&app->log, 0, "the last events could not be synced");
	weir_spool_free(app->spool);
	weir_kernel_free(app->kernel);
	weir_protect_free(app->protect);
	if (app->loop)
		weir_loop_remove(app->loop, app->watchdog);
	weir_loop_free(app->loop);
	weir_close(app->signals);
	weir_config_free(app->config);
}

static int run(struct app *app, const struct weir_protect_start *how)
{
	int r = start(app, how);

	if (r == 0) {
		weir_log_info(&app->log, "ready");
		(void)sd_notify(0, "READY=1");
		r = weir_loop_run(app->loop);
		if (r == 0)
			weir_vigil_leave(app->vigil);
		(void)sd_notify(0, "STOPPING=1");
		if (r < 0)
			weir_log_error(&app->log, r, "the loop failed");
	}
	return r;
}

int main(int argc, char **argv)
{
	struct app app = {.signals = -1, .watchdog = -1, .log = weir_log_stderr("weir-agent")};
	struct weir_options options = {0};
	struct weir_protect_start how = {.argv = argv, .argc = argc};
	int r = weir_options_parse(argc, argv, &app.log, &options);

	if (r <= 0)
		return r < 0 ? 2 : 0;
	how.config = app.config = options.config;
	how.config_path = options.config_path;
	if (app.config->debug)
		app.log.level = WEIR_LOG_DEBUG;
	(void)umask(022);
	r = options.remove ? weir_remove(&how, options.unlock, &app.log) : run(&app, &how);
	stop(&app);
	return r < 0 ? 1 : 0;
}
