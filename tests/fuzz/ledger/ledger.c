/* SPDX-License-Identifier: Apache-2.0 */
/* A signed head and the names of roles and permissions, from anybody: nothing that the key did not sign comes out, and names that are
 * taken are names that are given. The seed is signed by the key of RFC 8032, 7.1, test 1. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "weir/console_access/access.h"
#include "weir/ledger/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t raw[WEIR_DSSE_KEY_LEN] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7,
					       0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
					       0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25,
					       0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

static void require(int holds)
{
	if (!holds)
		abort();
}

static void open_head(const uint8_t *data, size_t size)
{
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	struct weir_ledger_head head = {};

	require(weir_dsse_keys_new(&keys) == 0 && weir_dsse_keys_add(keys, raw) == 0);
	if (weir_ledger_head_open(data, size, keys, &head) == 0)
		require(head.sequence == 7 && head.time_ns == 1000);
}

static void read_names(const uint8_t *data, size_t size)
{
	char text[256], again[WEIR_ROLES_TEXT];
	enum weir_permission permission;
	weir_roles roles, same;

	if (size >= sizeof(text))
		return;
	memcpy(text, data, size);
	text[size] = '\0';
	if (weir_roles_parse(text, &roles) == 0) {
		require(roles != 0 && (roles & ~WEIR_ROLES_ALL) == 0);
		weir_roles_format(roles, again);
		require(weir_roles_parse(again, &same) == 0 && same == roles);
		require(strlen(again) == strlen(text));
	}
	if (weir_permission_parse(text, &permission) == 0)
		require(strcmp(weir_permission_name(permission), text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	open_head(data, size);
	read_names(data, size);
	return 0;
}
