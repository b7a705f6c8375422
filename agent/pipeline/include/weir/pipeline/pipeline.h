/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PIPELINE_PIPELINE_H
#define WEIR_PIPELINE_PIPELINE_H

/* From what the sources see to what is reported: joins, asks the inspector, decides, acts. Every
 * table is bounded and what does not fit is counted. Enforcement does not wait for it: the kernel
 * programs and the gate decide on their own. One thread, the loop's. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/action/quarantine.h"
#include "weir/base/log.h"
#include "weir/base/macros.h"
#include "weir/capture/capture.h"
#include "weir/labels/labels.h"
#include "weir/pipeline/loop.h"
#include "weir/pipeline/ports.h"
#include "weir/pipeline/refusals.h"
#include "weir/source/device.h"
#include "weir/source/gate.h"
#include "weir/source/lookback.h"
#include "weir/source/nodes.h"
#include "weir/source/watch.h"

struct weir_pipeline;

/* Strings and lists are borrowed and outlive the pipeline. */
struct weir_pipeline_options {
	struct weir_kernel_port kernel;
	struct weir_inspector_port inspector;
	struct weir_report_port report;
	struct weir_device_options sinks;
	struct weir_quarantine *quarantine; /* NULL: what is undone is gone for good, and no file on
					       local disk is taken away */
	const struct weir_evidence_folder
		*evidence;		 /* where sealed evidence goes; NULL: none is kept */
	uint8_t agent_uid[WEIR_UID_LEN]; /* that stands in it */
	const char *mountinfo;		 /* NULL: /proc/self/mountinfo */
	const char *
		scratch_dir; /* for self-tests; not below a watched path's exclusions necessarily */
	const char *state_dir;		/* labels are kept there over a reboot; NULL: nowhere */
	const char *const *watch_paths; /* absolute; files below them are classified when closed
					   after writing */
	size_t n_watch_paths;
	const char *const *exclude; /* absolute; nothing below them is looked at on local disk */
	size_t n_exclude;
	bool fanotify; /* false: no fanotify group is made (replay, tests) */
	bool gate;     /* guard openings where no kernel program enforces on files */
	struct weir_gate_options gate_options;
	uint64_t taint_ns;	    /* 0: the source's default */
	uint64_t maintain_ns;	    /* 0: 2 s */
	uint64_t self_test_ns;	    /* 0: 5 min */
	const struct weir_log *log; /* may be NULL */
};

/* Takes over the policy when it succeeds. Mounted sinks are taken in before it returns. */
int weir_pipeline_new(const struct weir_pipeline_options *options, struct weir_loop *loop,
		      struct weir_policy *policy, struct weir_pipeline **ret) _must_use_;
void weir_pipeline_free(struct weir_pipeline *pipeline);
DEFINE_CLEANUP(weir_pipeline_free, struct weir_pipeline *);

/* Takes over the policy; effective at once in the kernel, the gate and here. Negative when the
 * kernel refused it: the old one stays and policy stays the caller's. */
int weir_pipeline_set_policy(struct weir_pipeline *pipeline, struct weir_policy *policy) _must_use_;
const struct weir_policy *weir_pipeline_policy(const struct weir_pipeline *pipeline);

/* What sources bring. The loop calls these; so may a replay. */
int weir_pipeline_record(struct weir_pipeline *pipeline, const void *data, size_t len);
void weir_pipeline_closed(struct weir_pipeline *pipeline, struct weir_watch_file *file);
void weir_pipeline_modified(struct weir_pipeline *pipeline, const struct weir_watch_file *file);
void weir_pipeline_gate_record(struct weir_pipeline *pipeline,
			       const struct weir_gate_record *record);
void weir_pipeline_inspected(struct weir_pipeline *pipeline, uint64_t cookie,
			     const struct weir_findings *findings);

/* Reports that the guard was opened (text: the purpose) or closed: an alert. Negative when the report
 * failed. */
int weir_pipeline_guard_event(struct weir_pipeline *pipeline, enum weir_activity activity,
			      const char *text) _must_use_;

/* Reports that the agent is back after it was not there (text: why) since then; an alert, unless it had been ended in order and the
 * kernel's programs went on. Negative when it is not in the report: to be tried again. */
int weir_pipeline_away_event(struct weir_pipeline *pipeline, uint64_t since_boot_ns, bool orderly,
			     const char *text) _must_use_;

/* Nobody looked from then on until this agent came: where only user space judges, what was written to removable volumes in that time is
 * looked at now as if it were closed now. What could not be looked at is reported. */
void weir_pipeline_look_back(struct weir_pipeline *pipeline, uint64_t since_boot_ns);

/* What was refused to a user, newest first: how many. Borrowed until the next step of the loop. */
size_t weir_pipeline_refusals(const struct weir_pipeline *pipeline, uint32_t uid,
			      const struct weir_refusal *ret[static WEIR_REFUSALS_OF_ONE]);
/* Takes a user's reason for a refusal: it is reported, and the next file or connection of that user to the same kind of target
 * passes, once, within WEIR_PASS_NS. Errors as of weir_refusals_justify(), and why it could not be put into force. */
int weir_pipeline_justify(struct weir_pipeline *pipeline, uint32_t uid, uint64_t id,
			  const char *reason) _must_use_;

/* All that user space alone has seen happen before is judged (boottime): what is later would be lost with the process. */
uint64_t weir_pipeline_judged_until(struct weir_pipeline *pipeline);

/* Reads the mounts again. */
void weir_pipeline_mounts_changed(struct weir_pipeline *pipeline);

/* Tests every hook again. Bounded by some seconds. */
void weir_pipeline_self_test(struct weir_pipeline *pipeline);

enum weir_pipeline_count {
	WEIR_COUNT_RECORDS = 0,	    /* kernel records taken */
	WEIR_COUNT_RECORDS_BAD,	    /* not of this ABI */
	WEIR_COUNT_FILES_CLOSED,    /* seen closed after writing, on a watched path or a sink */
	WEIR_COUNT_FILES_INSPECTED, /* answers of the inspector */
	WEIR_COUNT_FILES_FAILED,    /* of these: the worker died or ran out of time */
	WEIR_COUNT_FILES_RECALLED, /* of the answers: from memory, the same bytes were found clean before */
	WEIR_COUNT_LABELS_DIRTY, /* labels set because something was found */
	WEIR_COUNT_LABELS_CLEAN,
	WEIR_COUNT_LABELS_REFUSED, /* no room for a label */
	WEIR_COUNT_EVENTS,	   /* handed to the report */
	WEIR_COUNT_ALERTS,	   /* of these */
	WEIR_COUNT_BLOCKED,	   /* of these: refused or undone */
	WEIR_COUNT_SUPPRESSED,	   /* repeated events left out */
	WEIR_COUNT_REPORT_FAILED,  /* the report took it not, for another reason than its bound */
	WEIR_COUNT_SCRUBBED_BYTES,
	WEIR_COUNT_SCRUB_FAILED,
	WEIR_COUNT_INSPECT_DROPPED,  /* no room to ask the inspector */
	WEIR_COUNT_OPENINGS_EVICTED, /* a sink opening was forgotten before its close */
	WEIR_COUNT_FANOTIFY_OVERFLOW,
	WEIR_COUNT_GATE_DROPPED,
	WEIR_COUNT_EVIDENCE,	     /* events with sealed evidence */
	WEIR_COUNT_EVIDENCE_DROPPED, /* events that lack it: no room, or it failed */
	WEIR_COUNT_FIRST_ASKED,	     /* openings that waited for a verdict */
	WEIR_COUNT_FIRST_UNJUDGED,  /* of these, and of those with no room to wait: ended without */
	WEIR_COUNT_BROUGHT_DROPPED, /* values that no longer count for lists in pieces: no room */
	_WEIR_PIPELINE_COUNT_MAX,
};

/* Stable name for output, "files_closed". */
const char *weir_pipeline_count_name(enum weir_pipeline_count count);

#define WEIR_PIPELINE_EVIDENCE 32
#define WEIR_PIPELINE_VOLUMES  64

struct weir_pipeline_volume {
	uint32_t dev;	 /* 0: free */
	uint32_t st_dev; /* as stat() gives it, where that differs */
	enum weir_abi_channel channel;
	uint8_t profile;
	bool watched; /* closes are seen */
	bool gated;   /* openings are decided by the gate */
	bool in_kernel;
	int error; /* of the last step that failed; 0 */
	uint64_t
		gone_ns; /* boottime; 0: it is mounted. What it still has in the kernel's queue is told as its */
	uint64_t
		unseen_ns; /* boottime; not 0: what was written to it from then on until it was marked is still to be looked at */
	uint64_t unseen_cookie;		   /* not 0: that is under way */
	struct weir_lookback_range unseen; /* that time by the clock, also when it is over */
	struct weir_device device;
};

static inline bool weir_pipeline_volume_is_there(const struct weir_pipeline_volume *volume)
{
	return volume->dev != 0 && volume->gone_ns == 0;
}

/* A snapshot. volumes is borrowed until the next step of the loop. */
struct weir_pipeline_status {
	enum weir_abi_tier file_tier, net_tier, device_tier;
	bool watching;	 /* the listening group is there */
	int watch_error; /* why a watched path could not be marked; 0 */
	bool gate_wanted;
	int gate_error; /* why there is no gate; 0 */
	struct weir_gate_health gate;
	int labels_error; /* why no labels are kept over a reboot; 0 */
	struct weir_labels_health labels;
	size_t n_evidence;
	struct weir_hook_evidence evidence[WEIR_PIPELINE_EVIDENCE];
	size_t n_volumes;
	const struct weir_pipeline_volume *volumes; /* those that are gone too */
	const struct weir_nodes *nodes;		    /* borrowed like volumes */
	size_t pending;				    /* files waiting for the inspector or with it */
	uint64_t counts[_WEIR_PIPELINE_COUNT_MAX];
	uint64_t kernel_counts[_WEIR_ABI_COUNT_MAX];
};

void weir_pipeline_status(struct weir_pipeline *pipeline, struct weir_pipeline_status *ret);

#endif
