/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as what the console answers to a heartbeat. */

#include <stdlib.h>

#include "weir/console_client/opamp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_opamp_heard heard = {};

	if (weir_opamp_read(data, size, &heard) == 0) {
		volatile uint8_t sum = 0;

		for (size_t i = 0; heard.offer && i < WEIR_OPAMP_HASH_LEN; i++)
			sum ^= heard.offer[i];
		for (size_t i = 0; heard.envelope && i < heard.envelope->len; i++)
			sum ^= heard.envelope->data[i];
		for (size_t i = 0; heard.certificate && i < heard.certificate->len; i++)
			sum ^= heard.certificate->data[i];
		(void)sum;
	}
	weir_opamp_heard_done(&heard);
	return 0;
}
