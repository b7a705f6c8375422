/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_EXPORT_OTLP_READER_H
#define WEIR_TEST_CONSOLE_EXPORT_OTLP_READER_H

/* Reads an ExportLogsServiceRequest by the field numbers of opentelemetry-proto, strictly: an
 * unknown field, a wrong wire type or a cut one is a failure. */

#include <stddef.h>
#include <stdint.h>

#define OTLP_TEXT_MAX 65536

struct otlp_record {
	char service_name[64], service_version[64], host_name[256], host_id[64];
	uint64_t time_ns, observed_ns;
	uint64_t severity;
	char severity_text[32], event_name[64];
	char alert_id[64], rule[1024], user_name[1024];
	char body[OTLP_TEXT_MAX];
};

/* The number of records, or -1. Those behind max are counted and not kept. */
int otlp_read(const void *data, size_t len, struct otlp_record *records, size_t max);

#endif
