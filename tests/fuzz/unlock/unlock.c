/* SPDX-License-Identifier: Apache-2.0 */
/* A signed unlock before anybody vouched for it: what is taken from it lies within its bounds. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/unlock/unlock.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct weir_unlock unlock;

	if (weir_unlock_decode(data, size, &unlock) < 0)
		return 0;
	require(size <= WEIR_UNLOCK_BYTES_MAX);
	require(unlock.minutes >= 1 && unlock.minutes <= WEIR_UNLOCK_MINUTES_MAX);
	require(unlock.expires_s > unlock.not_before_s &&
		unlock.expires_s - unlock.not_before_s <= WEIR_UNLOCK_VALID_MAX_S);
	require(strcmp(unlock.agent, "*") == 0 || strlen(unlock.agent) == 32);
	require(memchr(unlock.purpose, 0, sizeof(unlock.purpose)) && unlock.purpose[0]);
	for (const char *p = unlock.purpose; *p; p++)
		require((unsigned char)*p >= 0x20 && *p != 0x7f);
	return 0;
}
