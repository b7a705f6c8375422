/* SPDX-License-Identifier: Apache-2.0 */
/* Content of customers is not kept for longer than it is of use. */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "internal.h"
#include "weir/base/time.h"
#include "weir/console_store/retention.h"

#define DAY_NS (UINT64_C(86400) * WEIR_NSEC_PER_SEC)

/* As for events: with a clock that is ahead all would be due. */
static int check_clock(struct weir_db_tx *tx, uint64_t now_ns)
{
	int64_t last;
	int r = WEIR_DB_NUMBER(tx, &last, "SELECT retained_ns FROM evidence_room WHERE number = $1",
			       weir_db_int(1));

	if (r < 0)
		return r;
	return last && now_ns >= (uint64_t)last + WEIR_RETENTION_PAUSE_MAX_DAYS * DAY_NS ? -ETIME
											 : 0;
}

/* The number of blobs. */
static int destroy(struct weir_db_tx *tx, uint64_t before_ns, uint64_t now_ns)
{
	const struct weir_db_value before = weir_db_int((int64_t)before_ns);
	int64_t bytes;
	int n, r = WEIR_DB_NUMBER(tx, &bytes,
				  "SELECT CAST(coalesce(sum(size), 0) AS bigint) FROM "
				  "evidence_blob WHERE received_ns < $1",
				  before);

	if (r < 0)
		return r;
	n = WEIR_DB_RUN(tx, "DELETE FROM evidence_blob WHERE received_ns < $1", before);
	if (n < 0)
		return n;
	r = WEIR_DB_RUN(tx,
			"UPDATE evidence_room SET bytes = bytes - $1, retained_ns = $2 "
			"WHERE number = 1",
			weir_db_int(bytes), weir_db_int((int64_t)now_ns));
	return r < 0 ? r : n;
}

int weir_evidence_retain(struct weir_store *store, uint32_t days, bool clock_is_right,
			 uint64_t now_ns, uint64_t *ret_destroyed)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	char object[48];
	int n, r;

	if (days < WEIR_EVIDENCE_DAYS_MIN || days > WEIR_EVIDENCE_DAYS_MAX ||
	    now_ns > WEIR_STORE_NUMBER_MAX || now_ns < days * DAY_NS)
		return -ERANGE;
	r = weir_db_write(store, &tx);
	if (r == 0 && !clock_is_right)
		r = check_clock(tx, now_ns);
	if (r < 0)
		return r;
	n = destroy(tx, now_ns - days * DAY_NS, now_ns);
	(void)snprintf(object, sizeof(object), "evidence of %d events", n);
	r = n > 0 ? weir_audit_write(tx, NULL, "evidence.destroy", object, "") : n;
	if (r >= 0)
		r = weir_db_commit(tx);
	if (r == 0)
		*ret_destroyed = (uint64_t)n;
	return r;
}
