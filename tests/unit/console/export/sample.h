/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_TEST_CONSOLE_EXPORT_SAMPLE_H
#define WEIR_TEST_CONSOLE_EXPORT_SAMPLE_H

/* A record to export, and what hostile endpoints put into one. */

#include "weir/console_export/record.h"

#define SAMPLE_TIME UINT64_C(1795000000123456789) /* 2026-11-18T11:06:40.123Z */

/* A line feed, the marks of each format, an escape sequence, a C1 control, marks that turn the
 * direction, and honest Chinese. */
#define HOSTILE "a|b=c\\d\"e]f\n<165>1 g\r\t\x1b[31m\xc2\x9b\xe2\x80\xae\xe2\x81\xa6客户"

struct sample {
	Weir__V1__Event event;
	Weir__V1__Process process;
	Weir__V1__File file;
	Weir__V1__Device device;
	Weir__V1__Endpoint destination;
	Weir__V1__Justification justification;
	Weir__V1__DetectorCount counts[2], *count_slots[2];
	Weir__V1__Finding finding, *finding_slot;
	struct weir_alert alert;
	struct weir_export_record record;
};

/* A finding that was made by a blocked copy to a removable volume. The record points into sample. */
void sample_init(struct sample *sample);
/* The same as a send to 192.0.2.7:443 that was only audited. */
void sample_network(struct sample *sample);
/* HOSTILE in every text that an endpoint or a person chooses. */
void sample_hostile(struct sample *sample);

#endif
