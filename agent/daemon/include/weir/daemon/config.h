/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_DAEMON_CONFIG_H
#define WEIR_DAEMON_CONFIG_H

/* /etc/weir/agent.yaml: where things are and how much they may cost. What is allowed is the
 * policy's business. Every key has a default, may be given in the file and be overridden
 * afterwards. Caps: 256 KiB of text, depth 4, 256 entries a list. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "weir/base/error.h"
#include "weir/base/macros.h"

#define WEIR_CONFIG_TEXT_MAX (256u << 10)
#define WEIR_CONFIG_LIST_MAX 256

/* How much a channel must at least be guarded for "weir doctor" to be content. */
enum weir_floor {
	WEIR_FLOOR_BLIND = 0, /* no demand */
	WEIR_FLOOR_OBSERVED,
	WEIR_FLOOR_ENFORCED,
};

/* Whether what is the agent's own is guarded against root. */
enum weir_protect_mode {
	WEIR_PROTECT_AUTO = 0, /* when there is a key to unlock it by */
	WEIR_PROTECT_OFF,
	WEIR_PROTECT_ON,
};

struct weir_config_list {
	char **item; /* owned strings */
	size_t count;
};

struct weir_config {
	char *state_dir, *runtime_dir, *spool_dir, *pin_dir, *cgroup, *inspect_program,
		*policy;		 /* spool_dir, cgroup: may be NULL */
	char *inspect_pdf, *inspect_ocr; /* NULL: not said; "": off */
	struct weir_config_list watch_paths, watch_exclude;
	struct weir_config_list removable_mounts, removable_filesystems, share_mounts,
		share_filesystems;
	uint64_t protect; /* enum weir_protect_mode */
	char *protect_keys;
	struct weir_config_list protect_files;
	char *signed_keys, *signed_tenant, *signed_group; /* signed_group "": any */
	uint64_t signed_threshold;			  /* 0: none is ever taken */
	uint64_t best_tier;				  /* 0: all; 4: no kernel programs at all */
	uint64_t inspect_workers, inspect_queue, inspect_timeout_ns, inspect_max_bytes,
		inspect_memory_bytes;
	bool gate_enabled, gate_exit_on_timeout;
	uint64_t gate_budget_ns, gate_taint_ns;
	uint64_t self_test_ns;
	uint64_t spool_max_bytes;
	uint64_t evidence_max_bytes; /* sealed evidence in the spool; 0: 64 MiB */
	uint64_t floor_file, floor_removable, floor_share, floor_network,
		floor_at_rest; /* enum weir_floor */
	bool debug;
};

/* The defaults. */
int weir_config_new(struct weir_config **ret) _must_use_;
void weir_config_free(struct weir_config *config);
DEFINE_CLEANUP(weir_config_free, struct weir_config *);

/* Takes in a YAML text. -EINVAL with *reterr (place, reason, hint): config may then have taken some
 * of it. */
int weir_config_load(struct weir_config *config, const char *yaml, size_t len,
		     struct weir_error *reterr) _must_use_;

/* One key, dotted ("watch.paths"), from the command line: a list's first setting by this call
 * replaces what the file had when replace is set, otherwise it is added to. */
int weir_config_set(struct weir_config *config, const char *key, const char *value, bool replace,
		    struct weir_error *reterr) _must_use_;

#endif
