/* SPDX-License-Identifier: Apache-2.0 */
#include "fakes.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "scratch.h"
#include "weir/base/fd.h"
#include "weir/policy/compile.h"

static const char default_yaml[] =
	"apiVersion: weir/v1\n"
	"kind: Policy\n"
	"metadata: {name: test}\n"
	"classes:\n"
	"  identity: {level: C2, detectors: [cn_resident_id], min_confidence: 50}\n"
	"rules:\n"
	"  - id: stick\n"
	"    channel: [removable]\n"
	"    content: {class: identity, distinct: \">=5\"}\n"
	"    action: block\n"
	"    on_unscannable: block\n"
	"  - id: local\n"
	"    channel: [file]\n"
	"    content: {class: identity, distinct: \">=2\"}\n"
	"    action: audit\n";

static enum weir_abi_tier tier(void *kernel)
{
	return ((struct fake *)kernel)->tier;
}

static size_t no_evidence(void *kernel, const struct weir_hook_evidence **ret)
{
	return 0;
}

static int apply(void *kernel, const struct weir_abi_config *config,
		 const struct weir_abi_dest *dests, size_t n)
{
	struct fake *fake = kernel;

	if (fake->apply_result == 0)
		fake->applied++;
	return fake->apply_result;
}

static int set_volume(void *kernel, uint32_t dev, const struct weir_abi_volume *volume)
{
	struct fake *fake = kernel;

	fake->volumes_set++;
	fake->volume = *volume;
	fake->volume_dev = dev;
	return 0;
}

static int forget_volume(void *kernel, uint32_t dev)
{
	((struct fake *)kernel)->volumes_forgotten++;
	return 0;
}

static int set_node(void *kernel, uint32_t dev, const struct weir_abi_volume *node)
{
	struct fake *fake = kernel;

	fake->nodes_set++;
	fake->node = *node;
	fake->node_dev = dev;
	return 0;
}

static int forget_node(void *kernel, uint32_t dev)
{
	((struct fake *)kernel)->nodes_forgotten++;
	return 0;
}

static int set_label(void *kernel, const struct weir_abi_inode *inode,
		     const struct weir_abi_label *label)
{
	struct fake *fake = kernel;

	if (fake->set_label_result < 0)
		return fake->set_label_result;
	fake->labels++;
	fake->label_inode = *inode;
	fake->label = *label;
	return 0;
}

static int get_label(void *kernel, const struct weir_abi_inode *inode, struct weir_abi_label *ret)
{
	struct fake *fake = kernel;

	if (!fake->labelled)
		return -ENOENT;
	*ret = fake->label;
	return 0;
}

static int taint(void *kernel, uint32_t tgid, uint64_t start_boot_ns,
		 const struct weir_abi_inode *inode, const struct weir_abi_label *label)
{
	struct fake *fake = kernel;

	fake->taints++;
	fake->taint_pid = tgid;
	fake->taint_inode = *inode;
	fake->taint_label = *label;
	return 0;
}

static int forget_label(void *kernel, const struct weir_abi_inode *inode)
{
	((struct fake *)kernel)->labels_forgotten++;
	return 0;
}

static int carrier(void *kernel, const struct weir_abi_inode *inode, struct weir_abi_carrier *ret)
{
	struct fake *fake = kernel;

	if (!fake->carried)
		return -ENOENT;
	*ret = fake->carrier;
	return 0;
}

static int forget_carrier(void *kernel, const struct weir_abi_inode *inode)
{
	((struct fake *)kernel)->carriers_forgotten++;
	return 0;
}

static int forget_flow(void *kernel, const struct weir_abi_inode *inode)
{
	((struct fake *)kernel)->flows_forgotten++;
	return 0;
}

static int set_pass(void *kernel, uint32_t uid, uint8_t profile, uint64_t until_ns)
{
	struct fake *fake = kernel;

	if (fake->set_pass_result < 0)
		return fake->set_pass_result;
	fake->passes_set++;
	fake->pass_uid = uid;
	fake->pass_profile = profile;
	fake->pass_until_ns = until_ns;
	return 0;
}

static int forget_pass(void *kernel, uint32_t uid, uint8_t profile)
{
	struct fake *fake = kernel;

	if (fake->set_pass_result == 0)
		fake->passes_forgotten++;
	return 0;
}

static int process(void *kernel, uint32_t tgid, struct weir_abi_process *ret)
{
	if (tgid != 4000000)
		return -ENOENT;
	*ret = (struct weir_abi_process){
		.tgid = tgid, .uid = 4242, .comm = "gone", .exe = "/usr/bin/gone"};
	return 0;
}

static int no_fd(void *context)
{
	return -1;
}

static int kernel_dispatch(void *kernel, weir_kernel_record_fn fn, void *context)
{
	return 0;
}

static int counters(void *kernel, uint64_t ret[static _WEIR_ABI_COUNT_MAX])
{
	memset(ret, 0, _WEIR_ABI_COUNT_MAX * sizeof(ret[0]));
	return 0;
}

static const struct weir_kernel_ops kernel_ops = {
	.file_tier = tier,
	.net_tier = tier,
	.device_tier = tier,
	.self_test = no_evidence,
	.evidence = no_evidence,
	.apply = apply,
	.set_volume = set_volume,
	.forget_volume = forget_volume,
	.set_node = set_node,
	.forget_node = forget_node,
	.set_label = set_label,
	.get_label = get_label,
	.forget_label = forget_label,
	.taint = taint,
	.carrier = carrier,
	.forget_carrier = forget_carrier,
	.process = process,
	.forget_flow = forget_flow,
	.set_pass = set_pass,
	.forget_pass = forget_pass,
	.fd = no_fd,
	.dispatch = kernel_dispatch,
	.counters = counters,
};

static int submit(void *inspector, int fd, uint64_t cookie)
{
	struct fake *fake = inspector;

	if (fake->submit_result < 0) {
		close(fd);
		return fake->submit_result;
	}
	weir_close(fake->inspected_fd);
	fake->inspected_fd = fd;
	fake->cookie = cookie;
	fake->submitted++;
	return 0;
}

static int submit_urgent(void *inspector, int fd, uint64_t cookie)
{
	((struct fake *)inspector)->urgent++;
	return submit(inspector, fd, cookie);
}

static int submit_leisurely(void *inspector, int fd, uint64_t cookie)
{
	((struct fake *)inspector)->leisurely++;
	return submit(inspector, fd, cookie);
}

static void hurry(void *inspector, uint64_t cookie)
{
	struct fake *fake = inspector;

	fake->hurried += cookie == fake->cookie;
}

static int inspector_dispatch(void *inspector)
{
	return 0;
}

static size_t pending(void *inspector)
{
	return 0;
}

static struct weir_excerpts *take_excerpts(void *inspector)
{
	struct fake *fake = inspector;
	struct weir_excerpts *excerpts = NULL;

	if (!fake->excerpt)
		return NULL;
	fake->excerpts_taken++;
	assert_int_equal(weir_excerpts_new(4096, &excerpts), 0);
	assert_int_equal(
		weir_excerpts_add(excerpts, 0, 3, fake->excerpt, (uint32_t)strlen(fake->excerpt)),
		0);
	return excerpts;
}

static const struct weir_inspector_ops inspector_ops = {.submit = submit,
							.submit_urgent = submit_urgent,
							.submit_leisurely = submit_leisurely,
							.hurry = hurry,
							.fd = no_fd,
							.dispatch = inspector_dispatch,
							.pending = pending,
							.take_excerpts = take_excerpts};

static int append(void *report, const struct weir_report_item *item)
{
	struct fake *fake = report;

	if (fake->append_result < 0)
		return fake->append_result;
	fake->events++;
	fake->suppressed += item->event->suppressed;
	fake->last = (struct fake_event){.event = *item->event,
					 .alert = item->verdict->alert,
					 .size = item->size,
					 .scrubbed = item->scrubbed,
					 .has_findings = item->findings != NULL,
					 .status = item->findings ? item->findings->status : 0};
	snprintf(fake->last.rule, sizeof(fake->last.rule), "%s", item->verdict->rule);
	fake->last.has_evidence = item->evidence_sha256 != NULL;
	if (item->evidence_sha256)
		memcpy(fake->last.evidence_sha256, item->evidence_sha256, WEIR_CAPTURE_HASH_LEN);
	snprintf(fake->last.quarantine_id, sizeof(fake->last.quarantine_id), "%s",
		 item->quarantine_id);
	if (item->justification) {
		snprintf(fake->last.reason, sizeof(fake->last.reason), "%.60s",
			 item->justification->reason);
		fake->last.reason_uid = item->justification->uid;
		fake->last.reason_refusal = item->justification->refusal;
	}
	if (item->device) {
		snprintf(fake->last.mount_point, sizeof(fake->last.mount_point), "%.*s", 100,
			 item->device->mount_point);
		snprintf(fake->last.serial, sizeof(fake->last.serial), "%.*s", 30,
			 item->device->serial_number);
	}
	return 0;
}

static int maintain(void *report)
{
	return 0;
}

static void count_drop(void *report, const char *cause, uint64_t n)
{
	struct fake *fake = report;

	fake->drops += n;
	snprintf(fake->drop_cause, sizeof(fake->drop_cause), "%s", cause);
}

static const struct weir_report_ops report_ops = {
	.append = append, .maintain = maintain, .count_drop = count_drop};

struct weir_policy *fake_policy(const char *yaml)
{
	struct weir_buf compiled = WEIR_BUF_INIT(1 << 20);
	struct weir_policy *policy = NULL;
	struct weir_error error = {0};

	if (weir_policy_compile(yaml, strlen(yaml), &compiled, &error) < 0)
		fail_msg("%u:%u: %s", error.line, error.column, error.text);
	assert_int_equal(weir_policy_new(compiled.data, compiled.len, &policy, &error), 0);
	weir_buf_done(&compiled);
	return policy;
}

static void write_mounts(struct fake *fake)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "%d 1 %u:%u / %s rw - ext4 none rw\n%d 1 9:9 / / rw - ext4 none rw\n", SINK_MOUNT,
		 WEIR_ABI_DEV_MAJOR(fake->sink_dev), WEIR_ABI_DEV_MINOR(fake->sink_dev), fake->sink,
		 LOCAL_MOUNT);
	assert_int_equal(
		weir_write_file_atomic(AT_FDCWD, fake->mountinfo, text, strlen(text), 0600), 0);
}

void fake_new(struct fake *fake)
{
	struct stat st;

	*fake = (struct fake){.tier = WEIR_ABI_TIER_LSM, .inspected_fd = -1};
	scratch_make(fake->dir);
	snprintf(fake->sink, sizeof(fake->sink), "%s/sink", fake->dir);
	snprintf(fake->mountinfo, sizeof(fake->mountinfo), "%s/mountinfo", fake->dir);
	assert_int_equal(mkdir(fake->sink, 0700), 0);
	assert_int_equal(stat(fake->sink, &st), 0);
	fake->sink_dev = WEIR_ABI_DEV(major(st.st_dev), minor(st.st_dev));
	write_mounts(fake);
	fake->sinks[0] = fake->sink;
	fake->watch[0] = fake->dir;
	fake->exclude[0] = "/excluded";
	fake->options = (struct weir_pipeline_options){
		.kernel = {&kernel_ops, fake},
		.inspector = {&inspector_ops, fake},
		.report = {&report_ops, fake},
		.sinks = {.sysfs = fake->dir, .removable = {.mounts = fake->sinks, .n_mounts = 1}},
		.mountinfo = fake->mountinfo,
		.scratch_dir = fake->dir,
		.watch_paths = fake->watch,
		.n_watch_paths = 1,
		.exclude = fake->exclude,
		.n_exclude = 1,
	};
	assert_int_equal(weir_loop_new(&fake->loop), 0);
	fake_restart(fake, NULL);
}

void fake_sink_at(struct fake *fake, const char *point)
{
	char text[256];

	snprintf(text, sizeof(text), "%d 1 9:8 / %s rw - vfat none rw\n", SINK_MOUNT, point);
	assert_int_equal(
		weir_write_file_atomic(AT_FDCWD, fake->mountinfo, text, strlen(text), 0600), 0);
	fake->sinks[0] = point;
}

void fake_restart(struct fake *fake, const char *yaml)
{
	weir_pipeline_free(fake->pipeline);
	fake->pipeline = NULL;
	assert_int_equal(weir_pipeline_new(&fake->options, fake->loop,
					   fake_policy(yaml ? yaml : default_yaml),
					   &fake->pipeline),
			 0);
}

void fake_done(struct fake *fake)
{
	weir_pipeline_free(fake->pipeline);
	weir_loop_free(fake->loop);
	weir_close(fake->inspected_fd);
	scratch_remove(fake->dir);
}

struct weir_watch_file fake_file(struct fake *fake, const char *name, const char *text,
				 uint32_t mount_id)
{
	struct weir_watch_file file;
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", mount_id == SINK_MOUNT ? fake->sink : fake->dir,
		 name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(weir_write_full(fd, text, strlen(text)), 0);
	close(fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(weir_watch_describe(fd, &file), 0);
	file.fd = fd;
	file.mount_id = mount_id;
	file.pid = (uint32_t)getpid();
	file.modified = true;
	return file;
}

pid_t fake_lease(const char *path)
{
	int ready[2], fd, status = 1;
	sigset_t set;
	pid_t child;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		sigemptyset(&set);
		sigaddset(&set, SIGIO);
		(void)sigprocmask(SIG_BLOCK, &set, NULL);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		status = fd < 0 || fcntl(fd, F_SETLEASE, F_RDLCK) < 0;
		(void)!write(ready[1], &status, sizeof(status));
		(void)sigwaitinfo(&set, NULL);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &status, sizeof(status)), sizeof(status));
	assert_int_equal(status, 0);
	close(ready[0]);
	close(ready[1]);
	return child;
}

void fake_answer(struct fake *fake, unsigned resident_ids, enum weir_scan_status status)
{
	struct weir_findings *findings = calloc(1, sizeof(*findings));

	assert_non_null(findings);
	findings->status = status;
	findings->encrypted = fake->encrypted;
	findings->distinct[WEIR_ABI_DET_CN_RESIDENT_ID] = resident_ids;
	findings->total[WEIR_ABI_DET_CN_RESIDENT_ID] = resident_ids;
	findings->best[WEIR_ABI_DET_CN_RESIDENT_ID] = resident_ids ? 95 : 0;
	weir_pipeline_inspected(fake->pipeline, fake->cookie, findings);
	free(findings);
}
