/* SPDX-License-Identifier: Apache-2.0 */
/* Owns: the inbox, what was taken over last, and the status file. The folder is weir-sync's to write: everything in it is hostile. */

#include "weir/daemon/policy_inbox.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "signed_policy.h"
#include "weir/base/fd.h"
#include "weir/base/time.h"
#include "weir/daemon/policy_store.h"
#include "weir/dsse/policy.h"
#include "weir/dsse/status.h"

#define KEPT_FILE   "policy.dsse"
#define TIMER_NS    (30 * WEIR_NSEC_PER_SEC)
#define INBOX_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

struct weir_policy_inbox {
	struct weir_policy_inbox_options options;
	struct weir_dsse_keys *keys;
	struct weir_loop *loop;
	int (*apply)(void *context, struct weir_policy *policy);
	void *context;
	int state_fd, inbox_fd, notify, timer;
	struct weir_policy_status status;
	bool too_early; /* what lies in the inbox is to be looked at again */
	bool damaged;	/* what was taken over last: nothing can be told newer */
	bool said_expired;
};

static uint64_t now_s(void)
{
	return weir_now_realtime() / WEIR_NSEC_PER_SEC;
}

static struct signed_policy_rules rules(const struct weir_policy_inbox *inbox)
{
	const struct weir_config *config = inbox->options.config;

	return (struct signed_policy_rules){.keys = inbox->keys,
					    .threshold = (unsigned)config->signed_threshold,
					    .tenant = config->signed_tenant,
					    .group = config->signed_group,
					    .revision = inbox->status.applied_revision};
}

/* The group is the spool's: who may acknowledge events may bring policies. */
static int open_folders(struct weir_policy_inbox *inbox)
{
	const struct weir_config *config = inbox->options.config;
	struct stat st;

	inbox->state_fd = open(config->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (inbox->state_fd < 0 || stat(config->spool_dir, &st) < 0)
		return -errno;
	if (mkdirat(inbox->state_fd, WEIR_POLICY_INBOX_DIR, 0770) < 0 && errno != EEXIST)
		return -errno;
	inbox->inbox_fd = openat(inbox->state_fd, WEIR_POLICY_INBOX_DIR, INBOX_FLAGS);
	if (inbox->inbox_fd < 0)
		return -errno;
	(void)!fchown(inbox->inbox_fd, (uid_t)-1, st.st_gid);
	return fchmod(inbox->inbox_fd, 0770) < 0 ? -errno : 0;
}

/* Which revision was taken over stands in the envelope that was; its signatures are asked for when it is to be used. */
static int read_floor(struct weir_policy_inbox *inbox)
{
	struct weir_buf kept _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	struct weir_dsse *envelope _cleanup_(weir_dsse_freep) = NULL;
	struct weir_wire *wire _cleanup_(weir_wire_freep) = NULL;
	struct weir_policy_status *status = &inbox->status;
	struct weir_signed_policy policy;
	const void *payload;
	size_t len;
	int r = weir_read_file(inbox->state_fd, KEPT_FILE, &kept);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = weir_dsse_peek(kept.data, kept.len, WEIR_SIGNED_POLICY_TYPE, &envelope);
	if (r < 0)
		return r;
	payload = weir_dsse_payload(envelope, &len);
	r = weir_signed_policy_decode(payload, len, &wire, &policy);
	if (r < 0)
		return r;
	status->has_applied = true;
	status->applied_revision = policy.revision;
	status->applied_expires_s = policy.expires_s;
	return weir_sha256(kept.data, kept.len, status->applied_sha256);
}

static int find_floor(struct weir_policy_inbox *inbox)
{
	int r = read_floor(inbox);

	if (r != -EBADMSG && r != -E2BIG && r != -ENOBUFS)
		return r;
	inbox->damaged = true;
	weir_log_error(inbox->options.log, r,
		       "the policy taken over last is damaged: no other is taken any more; remove "
		       "%s/%s to begin anew",
		       inbox->options.config->state_dir, KEPT_FILE);
	return 0;
}

int weir_policy_inbox_new(const struct weir_policy_inbox_options *options,
			  struct weir_policy_inbox **ret)
{
	struct weir_policy_inbox *inbox _cleanup_(weir_policy_inbox_freep) =
		calloc(1, sizeof(*inbox));
	int r;

	if (!inbox)
		return -ENOMEM;
	inbox->options = *options;
	inbox->state_fd = inbox->inbox_fd = inbox->notify = inbox->timer = -1;
	r = weir_dsse_keys_load(options->config->signed_keys, &inbox->keys);
	if (r >= 0)
		r = open_folders(inbox);
	if (r >= 0)
		r = find_floor(inbox);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(inbox);
	return 0;
}

void weir_policy_inbox_free(struct weir_policy_inbox *inbox)
{
	if (!inbox)
		return;
	if (inbox->loop) {
		weir_loop_remove(inbox->loop, inbox->notify);
		weir_loop_remove(inbox->loop, inbox->timer);
	}
	weir_dsse_keys_free(inbox->keys);
	weir_close(inbox->notify);
	weir_close(inbox->inbox_fd);
	weir_close(inbox->state_fd);
	free(inbox);
}

int weir_policy_inbox_kept(struct weir_policy_inbox *inbox, struct weir_policy **ret,
			   struct weir_error *reterr)
{
	struct weir_buf kept _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX);
	const struct signed_policy_rules asked = rules(inbox);
	struct signed_policy_facts facts _cleanup_(signed_policy_facts_done) = {};
	int r = weir_read_file(inbox->state_fd, KEPT_FILE, &kept);

	if (r < 0)
		return r;
	r = signed_policy_make(&asked, kept.data, kept.len, ret, &facts, reterr);
	return r < 0 ? -EINVAL : 0;
}

static void write_status(struct weir_policy_inbox *inbox)
{
	int r;

	inbox->status.changed_ns = weir_now_realtime();
	r = weir_policy_status_write(inbox->state_fd, WEIR_POLICY_STATUS_FILE, &inbox->status);
	if (r < 0)
		weir_log_warning(inbox->options.log, r,
				 "what became of the policy cannot be written down");
}

static void refuse(struct weir_policy_inbox *inbox, const struct weir_error *error)
{
	struct weir_policy_status *status = &inbox->status;

	status->outcome = WEIR_POLICY_OUTCOME_FAILED;
	(void)snprintf(status->message, sizeof(status->message), "%s", error->text);
	weir_log_warning(inbox->options.log, 0,
			 "a policy was refused: %s; the policy in force stays", status->message);
}

static void accept_it(struct weir_policy_inbox *inbox, const struct weir_buf *bytes,
		      const struct signed_policy_facts *facts)
{
	struct weir_policy_status *status = &inbox->status;
	const struct weir_buf *compiled = &facts->compiled;
	int r = weir_write_file_atomic(inbox->state_fd, KEPT_FILE, bytes->data, bytes->len, 0600);

	/* For the day when other keys count. */
	if (r >= 0)
		r = weir_policy_store_keep(inbox->options.config->state_dir, compiled->data,
					   compiled->len);
	/* It is in force all the same, and lies in the inbox for the next start. */
	if (r < 0)
		weir_log_error(inbox->options.log, r, "the policy cannot be kept");
	status->outcome = WEIR_POLICY_OUTCOME_APPLIED;
	status->message[0] = '\0';
	status->has_applied = true;
	memcpy(status->applied_sha256, status->envelope_sha256, WEIR_SHA256_LEN);
	status->applied_revision = facts->revision;
	status->applied_expires_s = facts->expires_s;
	inbox->said_expired = false;
	weir_log_info(inbox->options.log, "signed policy of revision %" PRIu64 " in force",
		      facts->revision);
}

static void judge(struct weir_policy_inbox *inbox, const struct weir_buf *bytes)
{
	struct weir_policy *policy _cleanup_(weir_policy_freep) = NULL;
	struct signed_policy_rules asked = rules(inbox);
	struct signed_policy_facts facts _cleanup_(signed_policy_facts_done) = {};
	struct weir_error error = {0};
	int r;

	asked.now_s = now_s();
	r = inbox->damaged
		    ? weir_error_set(&error, -EBADMSG, 0, 0,
				     "which revision was taken over last is not known: %s "
				     "is damaged",
				     KEPT_FILE)
		    : signed_policy_make(&asked, bytes->data, bytes->len, &policy, &facts, &error);
	inbox->too_early = r == -EAGAIN;
	if (r >= 0) {
		r = inbox->apply(inbox->context, policy);
		if (r >= 0)
			(void)TAKE_PTR(policy);
		else
			weir_error_set(&error, r, 0, 0, "it cannot be put into force: %s",
				       strerror(-r));
	}
	if (r < 0)
		refuse(inbox, &error);
	else
		accept_it(inbox, bytes, &facts);
}

static int read_inbox(const struct weir_policy_inbox *inbox, struct weir_buf *bytes)
{
	int fd _cleanup_(weir_closep) =
		openat(inbox->inbox_fd, WEIR_POLICY_INBOX_FILE,
		       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;
	ssize_t n;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || st.st_size > WEIR_DSSE_BYTES_MAX)
		return -EBADMSG;
	r = weir_buf_reserve(bytes, (size_t)st.st_size);
	if (r < 0)
		return r;
	n = weir_pread_full(fd, bytes->data, (size_t)st.st_size, 0);
	if (n >= 0)
		bytes->len = (size_t)n;
	return n < 0 ? (int)n : 0;
}

/* Nothing to do when it is what is in force, or what was refused before for good. */
static bool is_known(const struct weir_policy_inbox *inbox,
		     const uint8_t hash[static WEIR_SHA256_LEN])
{
	const struct weir_policy_status *status = &inbox->status;

	return status->has_envelope && !inbox->too_early &&
	       memcmp(hash, status->envelope_sha256, WEIR_SHA256_LEN) == 0;
}

static bool is_applied(const struct weir_policy_inbox *inbox,
		       const uint8_t hash[static WEIR_SHA256_LEN])
{
	return inbox->status.has_applied &&
	       memcmp(hash, inbox->status.applied_sha256, WEIR_SHA256_LEN) == 0;
}

static void look(struct weir_policy_inbox *inbox)
{
	struct weir_buf bytes _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_DSSE_BYTES_MAX + 1);
	struct weir_policy_status *status = &inbox->status;
	uint8_t hash[WEIR_SHA256_LEN];
	int r = read_inbox(inbox, &bytes);

	if (r >= 0)
		r = weir_sha256(bytes.data, bytes.len, hash);
	if (r < 0) {
		if (r != -ENOENT)
			weir_log_warning(inbox->options.log, r,
					 "the policy's inbox cannot be read");
		return;
	}
	if (is_known(inbox, hash))
		return;
	status->has_envelope = true;
	memcpy(status->envelope_sha256, hash, sizeof(hash));
	if (is_applied(inbox, hash)) {
		status->outcome = WEIR_POLICY_OUTCOME_APPLIED;
		status->message[0] = '\0';
	} else {
		judge(inbox, &bytes);
	}
	write_status(inbox);
}

static int on_notify(void *context, uint32_t events)
{
	struct weir_policy_inbox *inbox = context;
	char drained[4096];

	while (read(inbox->notify, drained, sizeof(drained)) > 0)
		;
	look(inbox);
	return 0;
}

static int on_timer(void *context, uint32_t events)
{
	struct weir_policy_inbox *inbox = context;

	if (inbox->too_early)
		look(inbox);
	if (weir_policy_inbox_expired(inbox) && !inbox->said_expired) {
		inbox->said_expired = true;
		weir_log_warning(inbox->options.log, 0,
				 "the policy in force has expired; it stays in force");
	}
	return 0;
}

int weir_policy_inbox_watch(struct weir_policy_inbox *inbox, struct weir_loop *loop,
			    int (*apply)(void *context, struct weir_policy *policy), void *context)
{
	char path[64];
	int r;

	inbox->apply = apply;
	inbox->context = context;
	inbox->notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", inbox->inbox_fd);
	if (inbox->notify < 0 ||
	    inotify_add_watch(inbox->notify, path, IN_MOVED_TO | IN_CLOSE_WRITE) < 0)
		return -errno;
	inbox->loop = loop;
	r = weir_loop_add(loop, inbox->notify, EPOLLIN, on_notify, inbox);
	if (r >= 0)
		r = weir_loop_add_timer(loop, TIMER_NS, on_timer, inbox, &inbox->timer);
	if (r < 0)
		return r;
	look(inbox);
	if (!inbox->status.has_envelope)
		write_status(inbox);
	return 0;
}

bool weir_policy_inbox_rules(const struct weir_policy_inbox *inbox)
{
	return inbox->status.has_applied || inbox->damaged;
}

uint64_t weir_policy_inbox_expires(const struct weir_policy_inbox *inbox)
{
	return inbox->status.applied_expires_s;
}

bool weir_policy_inbox_expired(const struct weir_policy_inbox *inbox)
{
	uint64_t expires = weir_policy_inbox_expires(inbox);

	return expires > 0 && now_s() >= expires;
}

const char *weir_policy_inbox_problem(const struct weir_policy_inbox *inbox)
{
	return inbox->status.outcome == WEIR_POLICY_OUTCOME_FAILED ? inbox->status.message : "";
}
