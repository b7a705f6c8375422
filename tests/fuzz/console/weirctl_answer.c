/* SPDX-License-Identifier: Apache-2.0 */
/* What a console that is not to be trusted may answer weirctl: nothing of it acts on a terminal, in any form of output, and what is no
 * audit log does not pass for one. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "event.h"
#include "output.h"
#include "weir/base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t raw[WEIR_DSSE_KEY_LEN] = {0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7,
					       0xd5, 0x4b, 0xfe, 0xd3, 0xc9, 0x64, 0x07, 0x3a,
					       0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6, 0x23, 0x25,
					       0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a};

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* No control character but line feed and tab, and nothing that turns the direction of writing. */
static void check_clean(const char *text, size_t len)
{
	while (len) {
		uint32_t c;
		size_t n = weir_utf8_decode(text, len, &c);

		require((c >= 0x20 || c == '\n' || c == '\t' || c == '\r') &&
			(c < 0x7f || c >= 0xa0));
		require((c < 0x202a || c > 0x202e) && (c < 0x2066 || c > 0x2069) && c != 0x061c);
		text += n;
		len -= n;
	}
}

static void print_row(const json_t *row, enum weirctl_format format, FILE *out)
{
	static const char *const headings[] = {"RULE", "ACTOR", "TARGET", "COUNTS"};
	struct weirctl_table *table _cleanup_(weirctl_table_freep) = NULL;
	struct weir_buf cells[] = {WEIR_BUF_INIT(WEIRCTL_TEXT_MAX), WEIR_BUF_INIT(WEIRCTL_TEXT_MAX),
				   WEIR_BUF_INIT(WEIRCTL_TEXT_MAX)};
	const char *texts[4] = {weirctl_text(row, "rule")};

	(void)!weirctl_event_actor(row, &cells[0]);
	(void)!weirctl_event_target(row, &cells[1]);
	(void)!weirctl_event_counts(row, &cells[2]);
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
		texts[i + 1] = cells[i].len ? cells[i].data : "";
	require(weirctl_table_new(headings, ARRAY_SIZE(headings), true, &table) == 0);
	require(weirctl_table_add(table, texts) == 0);
	weirctl_table_print(table, format, out);
	for (size_t i = 0; i < ARRAY_SIZE(cells); i++)
		weir_buf_done(&cells[i]);
}

static void print(const json_t *answer)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	require(out != NULL);
	require(weirctl_print_json(out, answer) == 0);
	require(weirctl_print_json_line(out, answer) == 0);
	weirctl_print_clean(out, weirctl_text(answer, "rule"));
	for (int format = WEIRCTL_TABLE; format <= WEIRCTL_CSV; format++)
		print_row(answer, (enum weirctl_format)format, out);
	require(fclose(out) == 0);
	check_clean(text, len);
	free(text);
}

/* Only the seed's head is signed, and it covers other entries than can be made up. */
static void check_audit(const json_t *answer)
{
	struct weir_dsse_keys *keys _cleanup_(weir_dsse_keys_freep) = NULL;
	const json_t *entries = json_object_get(answer, "entries");
	uint64_t count = 0, uncovered = 0;
	struct weir_error err = {};

	require(weir_dsse_keys_new(&keys) == 0 && weir_dsse_keys_add(keys, raw) == 0);
	if (weirctl_audit_check(entries, json_object_get(answer, "heads"), keys, &count, &uncovered,
				&err) == 0)
		require(count == json_array_size(entries) && uncovered <= count);
	else
		require(err.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *answer = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);

	if (answer) {
		print(answer);
		check_audit(answer);
		json_decref(answer);
	}
	return 0;
}
