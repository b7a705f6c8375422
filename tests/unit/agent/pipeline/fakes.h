/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TEST_PIPELINE_FAKES_H
#define TEST_PIPELINE_FAKES_H

/* A pipeline between a kernel, an inspector and a report that only remember, over a table of mounts
 * in a file. The sink is the folder <dir>/sink as mount 40, local disk is mount 41. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "weir/pipeline/pipeline.h"

#define SINK_MOUNT  40
#define LOCAL_MOUNT 41
#define LOCAL_DEV   WEIR_ABI_DEV(9, 9)

struct fake_event {
	struct weir_event event;
	char rule[64];
	char mount_point[128];
	char serial[32];
	bool alert;
	uint64_t size, scrubbed;
	char quarantine_id[WEIR_QUARANTINE_ID_MAX];
	char reason[64]; /* "": none */
	uint32_t reason_uid;
	uint64_t reason_refusal;
	bool has_evidence;
	uint8_t evidence_sha256[WEIR_CAPTURE_HASH_LEN];
	bool has_findings;
	enum weir_scan_status status;
};

struct fake {
	char dir[64], sink[128], mountinfo[128];
	uint32_t sink_dev; /* of the files below dir */
	struct weir_loop *loop;
	struct weir_pipeline *pipeline;
	struct weir_pipeline_options options;
	const char *sinks[1], *watch[1], *exclude[1];

	/* kernel */
	enum weir_abi_tier tier;
	int apply_result, set_label_result;
	unsigned applied, volumes_set, volumes_forgotten, labels_forgotten, flows_forgotten;
	struct weir_abi_volume volume;
	uint32_t volume_dev;
	unsigned nodes_set, nodes_forgotten;
	struct weir_abi_volume node;
	uint32_t node_dev;
	unsigned labels;
	struct weir_abi_inode label_inode;
	struct weir_abi_label label;
	bool labelled; /* get_label() gives label */
	unsigned taints;
	uint32_t taint_pid;
	struct weir_abi_inode taint_inode;
	struct weir_abi_label taint_label;
	bool carried; /* whoever wrote the file had opened carrier.label */
	struct weir_abi_carrier carrier;
	unsigned carriers_forgotten;
	int set_pass_result;
	unsigned passes_set, passes_forgotten;
	uint32_t pass_uid;
	uint8_t pass_profile;
	uint64_t pass_until_ns;

	/* inspector */
	int submit_result;
	unsigned submitted, urgent, leisurely, hurried;
	uint64_t cookie;
	int inspected_fd;    /* the last submitted */
	bool encrypted;	     /* what is answered says so */
	const char *excerpt; /* that comes with the next answer; NULL: none */
	unsigned excerpts_taken;

	/* report */
	int append_result;
	unsigned events;
	uint64_t suppressed; /* as told by all of them */
	struct fake_event last;
	uint64_t drops;
	char drop_cause[32];
};

/* A policy that blocks five resident ids on a stick and audits two on local disk. */
void fake_new(struct fake *fake);
void fake_done(struct fake *fake);

/* For the next pipeline the sink is a volume 9:8 with this mount point (borrowed), which leads elsewhere or nowhere. */
void fake_sink_at(struct fake *fake, const char *point);

/* The same with these options and another policy; NULL: the one of fake_new(). */
void fake_restart(struct fake *fake, const char *yaml);

struct weir_policy *fake_policy(const char *yaml);

/* Writes a file below dir; describes it as the listening group would. */
struct weir_watch_file fake_file(struct fake *fake, const char *name, const char *text,
				 uint32_t mount_id);

/* A process that holds a read lease on the file and gives it up when somebody wants to write. */
pid_t fake_lease(const char *path);

/* Answers the last request: so many distinct resident ids. */
void fake_answer(struct fake *fake, unsigned resident_ids, enum weir_scan_status status);

#endif
