/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_PIPELINE_INTERNAL_H
#define WEIR_PIPELINE_INTERNAL_H

/* What the files of the pipeline share. tables.c: bounded state; volumes.c: mounts to sinks; devices.c: device nodes;
 * unseen.c: what came before a volume was marked; closes.c: who tells of closed files; files.c: what becomes of them; labels.c: what is known of files; first.c: openings that wait for that; undo.c: what they must not keep; evidence.c: what of it is kept for reviewers; leftovers.c: what they keep all the same; passes.c: reasons that people gave; records.c: kernel and gate records; emit.c: the way out; selftest.c:
 * evidence. */

#include "weir/action/scrubber.h"
#include "weir/base/hash.h"
#include "weir/base/ratelimit.h"
#include "weir/labels/labels.h"
#include "weir/pipeline/brought.h"
#include "weir/pipeline/pipeline.h"
#include "weir/source/proc.h"

#define OPENING_SETS	256
#define OPENING_WAYS	4
#define PENDING_MAX	512
#define LIMIT_SLOTS	1024
#define CLEAN_RING	4096
#define LABEL_VOLUMES	64
#define LEFTOVERS	64
#define RULE_TEXT	128
#define ASKS		512
#define FIRST_RESERVE	128		    /* places for files that somebody waits for */
#define SINK_RESERVE	128		    /* places for files on sinks */
#define LEFTOVER_COOKIE (UINT64_C(1) << 62) /* of a scrubber's job for one */
#define PASS_FORGOTTEN	UINT64_MAX	    /* a pass whose reason is not known any more */

/* What is known of a file on a sink since it was last opened for writing. */
struct opening {
	struct weir_abi_inode inode; /* ino 0: free */
	uint64_t used_ns;	     /* monotonic, for eviction */
	uint64_t opened_ns;	     /* realtime; 0: the opening was not seen */
	uint64_t ctime_ns;	     /* before it; 0: not known */
	uint64_t landed_start, landed_end;
	enum weir_abi_hook hook;
	bool refused;	 /* a refusal was reported: its close is no news */
	bool scrub;	 /* something landed before a verdict and is still there */
	bool modified;	 /* written to since the last close */
	uint64_t passed; /* the refusal whose pass was used for it, PASS_FORGOTTEN; 0: none was */
	struct weir_process process;
};

struct emission {
	struct weir_event event;
	const struct weir_pipeline_volume *volume; /* NULL: none */
	const struct weir_device *device;	   /* the volume's, or a node's; NULL: none */
	const struct weir_findings *findings;
	struct weir_verdict verdict;
	uint64_t size, scrubbed;
	bool brought; /* a file that was written to: it may be part of a list in pieces */
	char quarantine_id[WEIR_QUARANTINE_ID_MAX];
	const struct weir_justification *justification; /* NULL: none */
	bool has_evidence;				/* under this hash */
	uint8_t evidence_sha256[WEIR_CAPTURE_HASH_LEN];
	bool told; /* it is in the report */
};

/* An event that waits for the scrubber, or for its evidence to be sealed. */
struct held {
	struct emission emission;
	struct weir_findings findings;
	struct weir_justification justification;
};

/* A closed file with the inspector, then perhaps with the scrubber, then perhaps with whoever seals. */
struct pending {
	int fd; /* -1: free */
	uint32_t generation;
	bool again; /* closed once more meanwhile */
	bool sink;
	bool opening;  /* it was looked at because somebody opens it, not because it was closed */
	bool awaited;  /* somebody has waited for it at the gate since it was taken */
	bool modified; /* what it holds was written now, not just opened for writing */
	struct weir_watch_file file; /* its fd is not used */
	struct weir_process process;
	uint64_t boot_ns;
	uint64_t after_ns; /* it was closed after this */
	bool refused;
	uint64_t passed;   /* as of the opening that was closed */
	struct held *held; /* owned; not NULL: with one of those two */
	struct weir_excerpts *
		excerpts; /* owned; what stands around its findings, until it is decided whether that is kept; NULL */
};

/* An opening that waits at the gate, or did until its time was over. */
struct ask {
	const struct pending *pending; /* NULL: free */
	uint32_t wait;
	struct weir_abi_inode inode; /* by which it is known to whoever remembers what was read */
	struct weir_process process;
};

/* A file on a volume that could not be taken away. */
struct leftover {
	struct held *held;	     /* owned; NULL: free */
	struct weir_watch_file file; /* its fd is not used */
	int fd;			     /* -1: not with the scrubber */
	uint32_t generation;
	uint64_t due_ns, wait_ns; /* monotonic; until the next try, and how long that was */
};

/* How often events alike went out, and the last one that did not. */
struct limit_slot {
	uint64_t hash;
	struct weir_ratelimit limit;
	struct weir_event event; /* this and below: when limit.suppressed is not 0 */
	struct weir_verdict verdict;
	char rule[RULE_TEXT], grant[RULE_TEXT];
	uint64_t size, scrubbed;
};

/* A file system whose files' labels are kept over a reboot. */
struct label_volume {
	uint32_t dev; /* 0: free */
	bool waiting; /* labels are still to be restored, from cursor on */
	bool known;   /* id is */
	struct weir_labels_volume id;
	size_t cursor;
};

struct weir_pipeline {
	struct weir_pipeline_options options;
	struct weir_loop *loop;	    /* borrowed */
	uint64_t started_boot_ns;   /* what the kernel tells of before then, nobody else has seen */
	uint64_t drained_ns;	    /* when nothing waited in the kernel's queue or at the gate */
	struct weir_policy *policy; /* owned */
	struct weir_mounts *mounts; /* owned */
	struct weir_nodes *nodes;   /* owned */
	bool disks_changed;	    /* one was mounted since the nodes were read */
	struct weir_watch *watch;   /* owned; of sinks; NULL: none */
	struct weir_watch *local;   /* owned; of what stays here; NULL: none */
	struct weir_lookback *lookback; /* owned; NULL: none */
	struct weir_proc_kept *kept;	/* owned; of who closed files lately */
	struct weir_gate *gate;		/* owned; NULL: none */
	bool gate_guards;		/* sinks and labelled files, since no kernel program does */
	bool first_open;		/* it has folders in which openings wait */
	uint32_t first_edition;
	size_t first_skipped; /* of these: in which none waits */
	struct ask asks[ASKS];
	struct weir_scrubber *scrubber; /* owned */
	struct weir_capture *capture;	/* owned; NULL: no evidence is kept */
	struct weir_refusals *refusals; /* owned */
	struct weir_brought *brought;	/* owned */
	struct weir_labels *labels;	/* owned; NULL: none are kept */
	struct label_volume label_volumes[LABEL_VOLUMES];
	int labels_timer;	       /* while some wait to be restored; -1 */
	int labels_error;	       /* why none are kept; 0 */
	struct weir_abi_config config; /* last applied */
	uint64_t next_change_ns;  /* realtime at which the policy's kernel form changes by itself */
	uint64_t kernel_retry_ns; /* monotonic; not 0: records wait because the report failed */
	int timers[2];
	int kernel_fd, inspector_fd;
	bool mounts_added;
	uint64_t
		mounts_known_ns; /* boottime: what was mounted until then is known; 0: the table was never read */
	uint64_t unseen_cookies;
	bool watch_held,
		local_held; /* closed files are left in the kernel's queue until there is room */
	int watch_error, gate_error;
	uint64_t gate_dropped;		 /* as last seen */
	int detector[_WEIR_ABI_DET_MAX]; /* catalogue index of a label's slot; negative: none */
	struct opening openings[OPENING_SETS][OPENING_WAYS];
	struct pending pending[PENDING_MAX];
	struct leftover leftovers[LEFTOVERS];
	struct limit_slot limits[LIMIT_SLOTS];
	uint8_t hash_key[WEIR_HASH_KEY_LEN];
	struct weir_abi_inode
		clean[CLEAN_RING]; /* clean labels in the kernel, oldest overwritten */
	size_t clean_next;
	struct weir_pipeline_volume volumes[WEIR_PIPELINE_VOLUMES];
	struct weir_hook_evidence own_evidence[2]; /* gate, watch */
	struct weir_abi_inode test_file;	   /* the watch's self-test file, ino 0: no test */
	bool test_seen;
	uint64_t counts[_WEIR_PIPELINE_COUNT_MAX];
};

/* tables.c */
struct opening *opening_find(struct weir_pipeline *p, struct weir_abi_inode inode);
/* The entry of inode, made when missing; never NULL. */
struct opening *opening_get(struct weir_pipeline *p, struct weir_abi_inode inode);
/* The pass that was used for it, which is for one opening: the next one's record may be missing. opening may be NULL. */
uint64_t opening_take_pass(struct opening *opening);
struct pending *pending_find(struct weir_pipeline *p, struct weir_abi_inode inode);
struct pending *pending_take(struct weir_pipeline *p); /* NULL: full */
size_t pending_free(const struct weir_pipeline *p);
bool pending_has_room(const struct weir_pipeline *p, size_t files);
uint64_t pending_cookie(const struct weir_pipeline *p, const struct pending *pending);
struct pending *pending_by_cookie(struct weir_pipeline *p, uint64_t cookie);
void pending_release(struct pending *pending);
void clean_remember(struct weir_pipeline *p, struct weir_abi_inode inode);
bool clean_oldest(struct weir_pipeline *p, struct weir_abi_inode *ret);

/* volumes.c */
void volume_mount_changed(void *context, const struct weir_mount *mount, bool added);
/* The sink of this number, also when it is gone; NULL: none. */
struct weir_pipeline_volume *volume_by_dev(struct weir_pipeline *p, uint32_t dev);
struct weir_pipeline_volume *volume_mounted(struct weir_pipeline *p, uint32_t dev);
/* A descriptor of its root by which nothing can be read; negative when the mount point leads elsewhere by now. */
int volume_open(const struct weir_pipeline_volume *volume) _must_use_;
/* Somebody else has the number now: what is gone is forgotten. */
void volume_is_another(struct weir_pipeline *p, uint32_t dev);
/* Puts every volume under the profile that the current policy gives it. */
void volumes_apply(struct weir_pipeline *p);
/* Marks what is not marked. */
void volumes_check(struct weir_pipeline *p);
/* Reads the mounts again if there are others than before; cheap if not. What is written to a volume that is not marked yet is seen by
 * nobody: comes before whatever takes time. */
void mounts_look(struct weir_pipeline *p);
/* The kernel has met a volume that this namespace's mounts do not have: those of the process tell. */
void volume_seen(struct weir_pipeline *p, uint32_t dev, uint32_t pid);
/* st_dev of an inode to the kernel's s_dev, by the mount or by the volumes. */
uint32_t volume_kernel_dev(struct weir_pipeline *p, uint32_t mount_id, uint32_t st_dev);

/* unseen.c */
int unseen_start(struct weir_pipeline *p);
/* What is not looked at yet is told of. */
void unseen_stop(struct weir_pipeline *p);
/* fd is of the volume, which was marked just now. */
void unseen_begin(struct weir_pipeline *p, struct weir_pipeline_volume *volume, int fd);
/* Negative: not all of it was looked at, which is reported. Nothing happens where nothing was begun. */
void unseen_end(struct weir_pipeline *p, struct weir_pipeline_volume *volume, int result);
/* A file on it, whose opening nobody has seen, was changed in that time or since this agent is there: by somebody who had it open
 * before. */
bool unseen_written(const struct weir_pipeline *p, const struct weir_pipeline_volume *volume,
		    uint64_t ctime_ns);
/* What could not be reported. */
void unseen_report(struct weir_pipeline *p);
/* Boottime: what was written from then on may still be to be looked at; UINT64_MAX: nothing is. */
uint64_t unseen_since(const struct weir_pipeline *p);

/* devices.c */
int devices_start(struct weir_pipeline *p);
void devices_refresh(struct weir_pipeline *p);
/* Puts every node under the profile that the current policy gives it. */
void devices_apply(struct weir_pipeline *p);
/* What held for a device before a volume on it was a sink. */
void device_restore(struct weir_pipeline *p, uint32_t dev);
bool device_is_node(const struct weir_event *event);
/* Finds the volume and device of the event; one about a node gets the node's path. */
void device_locate(struct weir_pipeline *p, struct emission *emission);

/* emit.c */
/* 0 when it is reported, suppressed or refused for good; negative when the report failed and a
 * retry makes sense. */
int emit(struct weir_pipeline *p, struct emission *emission);
/* Events for what repetition left out and no later event has counted; all: without regard to time.
 */
void emit_left_out(struct weir_pipeline *p, bool all);
struct weir_verdict decide(struct weir_pipeline *p, const struct emission *emission);
void count(struct weir_pipeline *p, enum weir_pipeline_count what, uint64_t n);
void count_drop(struct weir_pipeline *p, enum weir_pipeline_count what, const char *cause,
		uint64_t n);

/* labels.c */
/* The label holds in the kernel and at the gate from now on, one of a finding after a reboot too. */
void label_set(struct weir_pipeline *p, const struct pending *pending,
	       const struct weir_abi_label *label);
void label_forget(struct weir_pipeline *p, const struct pending *pending);
void labels_open(struct weir_pipeline *p);
/* Of this mount; of all. Takes its time. */
void labels_mounted(struct weir_pipeline *p, const struct weir_mount *mount);
void labels_restore(struct weir_pipeline *p);
/* What waits is restored now, bounded by half a second. */
void labels_started(struct weir_pipeline *p);
void labels_sync(struct weir_pipeline *p);

/* first.c */
bool first_wanted(const struct weir_pipeline *p);
/* What the policy says now. */
void first_apply(struct weir_pipeline *p);
void first_mark(struct weir_pipeline *p);
void first_asked(struct weir_pipeline *p, const struct weir_gate_record *record);
void first_unjudged_record(struct weir_pipeline *p, const struct weir_gate_record *record);
/* The file was looked at; label NULL: it gets none. */
void first_judged(struct weir_pipeline *p, const struct pending *pending,
		  const struct weir_abi_label *label);
/* Nothing is known of it and nothing will be. Nothing happens when nobody waits. */
void first_unjudged(struct weir_pipeline *p, const struct pending *pending);

/* closes.c: the groups that listen; 0 where the kernel gives none, which status says. */
int closes_start(struct weir_pipeline *p) _must_use_;
void closes_free(struct weir_pipeline *p);
/* Leaves what is closed in the kernel's queues while there is no room, and takes it again when there is. */
int closes_hold(struct weir_pipeline *p) _must_use_;
/* There may be room again. */
int closes_release(struct weir_pipeline *p) _must_use_;
bool closes_ready(struct weir_pipeline *p, const struct weir_watch *watch);
/* Nothing is left in the kernel's queues. */
bool closes_drained(const struct weir_pipeline *p);
bool is_drained(int fd);

/* files.c */
/* Size and change time as they are now; the identity stays as it was joined. False: not known. */
bool files_refresh(int fd, struct weir_watch_file *file);
/* A file on local disk that was looked at before and is another now. May take its fd. */
void files_look_again(struct weir_pipeline *p, struct weir_watch_file *file);
/* A file on local disk that this process waits for. May take its fd. NULL: it is not looked at. */
struct pending *files_look_first(struct weir_pipeline *p, struct weir_watch_file *file,
				 const struct weir_process *process);
/* Reports what became of a file, and labels it when it is still there. True: evidence is sealed first, and evidence_sealed() reports. */
bool files_report(struct weir_pipeline *p, struct pending *pending, struct emission *emission);
void files_emit(struct weir_pipeline *p, struct emission *emission);
/* Asks the inspector again about a file that was closed once more, else lets it go. */
void files_next(struct weir_pipeline *p, struct pending *pending);

/* Everything that still waits for the inspector is reported as not looked at. */
void files_end(struct weir_pipeline *p);

/* undo.c */
/* Overwrites what an opening wrote before the verdict. */
void undo_opening(struct weir_pipeline *p, struct opening *opening, int fd, uint64_t *ret_bytes);
/* Takes away what lies where it may not. True: the scrubber has it, and reports. */
bool undo_file(struct weir_pipeline *p, struct pending *pending, struct emission *emission);
void undo_done(void *context, const struct weir_scrubber_done *done);
/* What became of the file goes into its event, and its label and counts with it. */
void undone(struct weir_pipeline *p, const struct pending *pending, struct emission *emission,
	    int result, uint64_t bytes);

/* evidence.c */
/* True: what stands around its findings is being sealed, and the event waits for that. Takes the excerpts in any case. */
bool evidence_hold(struct weir_pipeline *p, struct pending *pending,
		   const struct emission *emission);
void evidence_sealed(void *context, const struct weir_capture_done *done);

/* leftovers.c */
void leftovers_init(struct weir_pipeline *p);
void leftovers_free(struct weir_pipeline *p);
/* The file could not be taken away (result), which its event is about to tell. */
void leftover_keep(struct weir_pipeline *p, const struct pending *pending,
		   const struct emission *emission, int result);
void leftovers_retry(struct weir_pipeline *p);
void leftover_done(struct weir_pipeline *p, const struct weir_scrubber_done *done);

/* within.c */
/* What the policy counts over several files from now on. `before` is the one until now; NULL: there was none. */
void within_apply(struct weir_pipeline *p, const struct weir_policy *before);
/* What came before this file by the same person to the same volume; NULL: nothing that counts. Borrowed until the next call. */
const struct weir_within *within_before(struct weir_pipeline *p, const struct emission *emission);
/* What became of the file is told: if it stays there, it counts. */
void within_keep(struct weir_pipeline *p, const struct emission *emission);

/* passes.c */
/* The kernel or the gate used a pass for the event: uses it up here. The number of its refusal, PASS_FORGOTTEN. */
uint64_t pass_noted(struct weir_pipeline *p, struct emission *emission);
/* The file was opened with a pass, or this close uses one up: the rules of warn let it be. */
void pass_for_file(struct weir_pipeline *p, struct pending *pending, struct emission *emission);
/* All that are not used. */
void passes_forget(struct weir_pipeline *p);

/* selftest.c */
void selftest_own(struct weir_pipeline *p);
bool selftest_saw(struct weir_pipeline *p, struct weir_abi_inode inode);
int gate_ensure(struct weir_pipeline *p);
/* Takes what the gate has told so far. 0 also without a gate. */
int gate_take(struct weir_pipeline *p);

#endif
