/* SPDX-License-Identifier: Apache-2.0 */
/* Clause by clause, what there is to show. The requirement is said in this project's own words, never
 * in the regulation's: `certainty` tells whether the text was read in a full copy ("read"), or its
 * number is to be compared with the official publication first ("confirm"). */

#include "internal.h"

struct clause {
	const char *instrument, *article, *requirement, *certainty;
	const char *figure; /* what the number counts */
	const char *sql;    /* one number, over all that is kept; without parameters */
	bool time;	    /* it is a time */
};

/* clang-format off */
static const struct clause clauses[] = {
	{"nfra_2024", "15", "training", "confirm", "acknowledgements",
	 "SELECT count(*) FROM report_training", false},
	{"nfra_2024", "43", "operation_logs", "confirm", "events_kept",
	 "SELECT count(*) FROM event", false},
	{"nfra_2024", "43", "operation_logs", "confirm", "oldest_event",
	 "SELECT coalesce(min(time_ns), 0) FROM event", true},
	{"nfra_2024", "46", "removable_media", "confirm", "removable_refused",
	 "SELECT count(*) FROM event WHERE channel = 2 AND action >= 3", false},
	{"nfra_2024", "46", "removable_media", "confirm", "endpoints",
	 "SELECT count(*) FROM agent", false},
	{"nfra_2024", "65", "abnormal_use", "confirm", "alerts",
	 "SELECT count(*) FROM event WHERE alert = 1", false},
	{"nfra_2024", "69", "incident_reports", "confirm", "incidents_recorded",
	 "SELECT count(*) FROM report_incident", false},
	{"nfra_2024", "69", "incident_reports", "confirm", "notices_sent",
	 "SELECT count(*) FROM report_notice", false},
	{"cac_incidents_2025", "4", "incident_reports", "confirm", "larger_incidents",
	 "SELECT count(*) FROM report_incident WHERE level >= 2", false},
	{"nfra_2024", "34", "sharing_register", "confirm", "register_entries",
	 "SELECT count(*) FROM register_entry", false},
	{"nfra_2024", "34", "sharing_register", "confirm", "register_transfers",
	 "SELECT count(*) FROM register_transfer", false},
	{"nfra_2024", "43", "least_privilege", "confirm", "policies_by_two",
	 "SELECT count(*) FROM policy_version WHERE publisher > 0 AND publisher <> author", false},
	{"pipl", "23", "sharing_register", "read", "register_entries",
	 "SELECT count(*) FROM register_entry", false},
	{"pipl", "54", "audit", "read", "audit_entries",
	 "SELECT count(*) FROM audit_entry", false},
	{"pipl", "51", "training", "read", "acknowledgements",
	 "SELECT count(*) FROM report_training", false},
	{"pipl", "57", "incident_notice", "read", "incidents_recorded",
	 "SELECT count(*) FROM report_incident", false},
	{"dsl", "27", "training", "read", "acknowledgements",
	 "SELECT count(*) FROM report_training", false},
	{"csl", "21", "network_logs", "confirm", "oldest_event",
	 "SELECT coalesce(min(time_ns), 0) FROM event", true},
};
/* clang-format on */

int run_compliance(struct run *run)
{
	json_t *rows = run_section(run, "clauses");

	for (size_t i = 0; i < ARRAY_SIZE(clauses); i++) {
		const struct clause *clause = &clauses[i];
		int64_t n = 0;
		int r = weir_db_number(run->tx, clause->sql, NULL, 0, &n);

		if (r < 0)
			return r;
		run_row(run, rows,
			json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}", "instrument",
				  clause->instrument, "article", clause->article, "requirement",
				  clause->requirement, "certainty", clause->certainty, "figure",
				  clause->figure, "value",
				  clause->time ? run_time((uint64_t)n) : json_integer(n)));
	}
	return 0;
}
