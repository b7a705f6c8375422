/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_SOURCE_GATE_H
#define WEIR_SOURCE_GATE_H

/* Openings that are decided before they happen, by fanotify permission events on a thread of their
 * own: for hosts where no kernel program enforces on files. The thread decides from tables that the
 * owner fills, waits for nothing and logs nothing. What it saw comes back as records through a
 * pipe; a full pipe is counted. Openings of files that nothing is known of may be left waiting, below the folders that the owner
 * names: it is asked by a record, and its answer, or the end of the time, lets the opening go on. A second thread, the deadman, watches it: a decision that takes
 * longer than its budget opens the gate for good (everything pending is let through). A child
 * process, the waker, continues the whole process when somebody stops it.
 *
 * All functions are for one thread, the owner's. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/abi/map.h"
#include "weir/base/macros.h"
#include "weir/event/event.h"

#define WEIR_GATE_PATH_MAX    1024
#define WEIR_GATE_LABELS_MAX  8192 /* labelled files under guard at once */
#define WEIR_GATE_VOLUMES_MAX 128
#define WEIR_GATE_PASSES_MAX  256
#define WEIR_GATE_WAITS_MAX   256 /* openings that wait at once */
#define WEIR_GATE_FOLDERS_MAX 128
#define WEIR_GATE_FOLDER_MAX  256
#define WEIR_GATE_KNOWN_MAX   16384 /* files that were looked at */

struct weir_gate;

struct weir_gate_options {
	uint64_t budget_ns;   /* for one decision; 0: 2 s */
	uint64_t taint_ns;    /* how long opening labelled data is remembered; 0: 2 min */
	bool exit_on_deadman; /* true: the deadman ends the process (status 70) instead of opening
				 the gate */
};

enum weir_gate_kind {
	WEIR_GATE_SINK_OPEN = 1, /* a file on a sink was opened for writing */
	WEIR_GATE_REFUSED = 2,
	WEIR_GATE_PASSED = 3,	/* would have been refused with a warning, and a pass was used */
	WEIR_GATE_ASKED = 4,	/* an opening waits for weir_gate_answer() */
	WEIR_GATE_UNJUDGED = 5, /* one went on, or was refused, without an answer */
};

/* One opening. Fits a pipe's atomic write. */
struct weir_gate_record {
	enum weir_gate_kind kind;
	enum weir_abi_cause cause;
	uint64_t boot_ns;
	uint64_t ctime_ns;	      /* of the target, before the opening; 0 when at_source */
	struct weir_abi_inode target; /* what was opened; dev is st_dev */
	struct weir_abi_inode label;  /* the labelled file behind a refusal, zero when none */
	uint32_t labelled[_WEIR_ABI_DET_MAX];
	uint8_t channel; /* of the sink */
	uint8_t profile;
	bool at_source;	 /* refused at the labelled file; the sink is then the file in held */
	bool warned;	 /* refused until a reason is given */
	bool refused;	 /* of one that was not judged */
	uint16_t folder; /* ASKED, UNJUDGED: which of the folders, and in which edition of them */
	uint32_t edition;
	uint32_t wait; /* ASKED: for the answer */
	int fd;	       /* ASKED: of the file, for reading, the receiver's to close; else -1 */
	struct weir_abi_inode held;
	struct weir_process process;
	char path[WEIR_GATE_PATH_MAX];		  /* of the sink's file, "" when not known */
	char source_path[WEIR_GATE_PATH_MAX / 2]; /* of the labelled file when refused at it */
};

struct weir_gate_health {
	bool running; /* threads alive and the gate not opened by the deadman */
	bool opened;  /* by the deadman */
	uint64_t decided;
	uint64_t refused;
	uint64_t
		dropped; /* records that found no room; openings let through find it full sooner than refusals */
	uint64_t labels, volumes;
	uint64_t evicted;    /* labels that gave way to newer ones */
	uint64_t longest_ns; /* longest decision so far */
	uint64_t asked;	     /* openings that waited */
	uint64_t judged;     /* of these: with an answer */
	uint64_t late;	     /* of these: the time was over first */
	uint64_t full;	     /* openings that found no room to wait */
	uint64_t
		let_by; /* openings seen in the folders' file systems that had nothing to wait for */
	uint64_t known; /* files that were looked at and are not asked about */
	int unmarked;	/* folders whose file system is not watched over: not there, or refused */
};

/* -EPERM, -ENOSYS, -EINVAL where the kernel has no permission events. The calling thread has to live as long as the gate: the
 * waker ends with it. */
int weir_gate_new(const struct weir_gate_options *options, struct weir_gate **ret) _must_use_;
/* Stops the threads; whatever waits is let through. */
void weir_gate_free(struct weir_gate *gate);
DEFINE_CLEANUP(weir_gate_free, struct weir_gate *);

/* Profiles and the length of taints, effective at once. Without any folder or volume it sees no opening. */
void weir_gate_set_profiles(struct weir_gate *gate, const struct weir_abi_config *config);

/* Guards every opening on the file system that path lies on. ret_dev (may be NULL) is its st_dev.
 */
int weir_gate_add_volume(struct weir_gate *gate, const char *path,
			 const struct weir_abi_volume *volume, uint32_t *ret_dev) _must_use_;
void weir_gate_remove_volume(struct weir_gate *gate, const char *path, uint32_t st_dev);

/* Guards one labelled file; distinct replaces what was known of it. The oldest label gives way when
 * there are too many. fd any descriptor of the file; it stays the caller's. */
int weir_gate_set_label(struct weir_gate *gate, int fd,
			const uint32_t distinct[static _WEIR_ABI_DET_MAX]) _must_use_;
/* Nothing happens when the file has none. */
void weir_gate_forget_label(struct weir_gate *gate, int fd);

/* A folder below which openings for reading wait until the owner has an answer. */
struct weir_gate_folder {
	const char *path;   /* absolute; shorter than WEIR_GATE_FOLDER_MAX */
	uint32_t budget_ms; /* 0: none waits here, whatever folder comes after this */
	bool closed;	    /* what is not answered in time is refused */
};

/* In place of those before; the first that holds a file decides. Copied. What was let by is looked at anew. -E2BIG: too many, or a path too
 * long. edition comes back in records. Marks their file systems: see weir_gate_mark_folders(). */
int weir_gate_set_folders(struct weir_gate *gate, const struct weir_gate_folder *folders, size_t n,
			  uint32_t edition) _must_use_;
/* Marks the file systems of folders again, some of which may not have been there. How many are not marked. */
int weir_gate_mark_folders(struct weir_gate *gate);
/* Whether an opening of path would be looked at: worth weir_gate_set_known(). */
bool weir_gate_awaits(const struct weir_gate *gate, const char *path);

/* This file was looked at as it was then, and its label, if any, is set: no opening of it waits, nor is it seen, until it changes. */
void weir_gate_set_known(struct weir_gate *gate, int fd, uint64_t size, uint64_t ctime_ns);

struct weir_gate_answer_to {
	uint32_t wait;
	bool failed;		  /* nobody could look: as if the time were over */
	const uint32_t *distinct; /* what the process has read from now on; NULL: nothing */
	struct weir_abi_inode source;
	uint32_t pid;
	uint64_t start_boot_ns;
};

/* An answer that comes too late still says what the process has read. */
void weir_gate_answer(struct weir_gate *gate, const struct weir_gate_answer_to *answer);

/* One opening of this user that a profile warns of is let through until then (boottime). -ENOSPC: too many such. */
int weir_gate_set_pass(struct weir_gate *gate, uint32_t uid, uint8_t profile,
		       uint64_t until_ns) _must_use_;
void weir_gate_forget_pass(struct weir_gate *gate, uint32_t uid, uint8_t profile);

/* A pipe to be watched for reading. dispatch calls fn for the records that are there when it is called. */
typedef void (*weir_gate_record_fn)(void *context, const struct weir_gate_record *record);
int weir_gate_fd(const struct weir_gate *gate);
int weir_gate_dispatch(struct weir_gate *gate, weir_gate_record_fn fn, void *context) _must_use_;

void weir_gate_health(const struct weir_gate *gate, struct weir_gate_health *ret);

/* Has a child process open two scratch files in dir: one that the gate must refuse and one that it
 * must let through. 0 when both happened; -EREMOTEIO when the forbidden opening succeeded, -EACCES
 * when the harmless one failed, -ETIMEDOUT, or why the test could not be made. Starts the waker again when it has ended. */
int weir_gate_self_test(struct weir_gate *gate, const char *dir) _must_use_;

#endif
