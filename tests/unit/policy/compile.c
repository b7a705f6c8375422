/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "weir/proto/wire.h"
#include "weir/v1/policy.pb-c.h"

static int compile_text(const char *text, struct weir_buf *wire, struct weir_error *err)
{
	return weir_policy_compile(text, strlen(text), wire, err);
}

static void compile__every_field(void **state)
{
	static const char text[] =
		"apiVersion: weir/v1\n"
		"kind: Policy\n"
		"metadata: {name: n-1, owner: o, reviewed: 2026-11-20}\n"
		"revision: 18446744073709551615\n"
		"network: {loopback: outside, exempt: ['10.0.0.0/8']}\n"
		"classes:\n"
		"  c1: {level: C1, detectors: [email, secret], min_confidence: 0}\n"
		"  c2: {level: C3, detectors: vin}\n"
		"groups:\n"
		"  g1: {usb: [{vendor: '0951', product: '16AF', serial: 'A*'}, {vendor: 'ffff'}]}\n"
		"  g2: {hosts: ['192.0.2.7:22', '2001:db8::/32', '[2001:db8::7]:443', "
		"'a.example:25', "
		"'192.0.2.0/24:80']}\n"
		"rules:\n"
		"  - {id: r1, channel: [file, removable, share, network, at_rest], to: [g1, g2],\n"
		"     content: {class: c1, distinct: '>=5'}, action: quarantine, on_unscannable: "
		"warn,\n"
		"     on_failure: closed, message: {zh: \"\xe7\xa6\x81\", en: stop}}\n"
		"  - {id: r2, not_to: g2, content: {class: c2, distinct: '> 4'}, action: allow,\n"
		"     on_failure: open, first_open: {folders: [/srv/a, /], budget_ms: 10}}\n"
		"  - {id: r3, channel: file, first_open: {folders: /home}, action: audit}\n"
		"grants:\n"
		"  - {id: G-1, recipient: g2, classes: [c1, c2], purpose: pp,\n"
		"     method: {channel: network, to: g2}, agreement: aa, approver: bb,\n"
		"     valid: {from: '2026-11-01T12:00:00Z', until: 2026-12-31}}\n";
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);
	struct weir_wire *unpacked _cleanup_(weir_wire_freep) = NULL;
	struct weir_error err = {0};
	const Weir__V1__Policy *p;
	const Weir__V1__PolicyRule *r;
	const Weir__V1__Grant *g;
	const Weir__V1__HostMatch *h;

	(void)state;
	if (compile_text(text, &wire, &err) < 0)
		fail_msg("%u:%u: %s", err.line, err.column, err.text);
	assert_int_equal(
		weir_wire_unpack(&weir__v1__policy__descriptor, wire.data, wire.len, &unpacked), 0);
	p = weir_wire_message(unpacked);
	assert_int_equal(p->schema, 1);
	assert_string_equal(p->name, "n-1");
	assert_string_equal(p->owner, "o");
	assert_string_equal(p->reviewed, "2026-11-20");
	assert_true(p->revision == UINT64_MAX);
	assert_true(p->loopback_outside);
	assert_int_equal(p->n_exempt, 1);
	assert_int_equal(p->exempt[0]->prefix_length, 104);

	assert_int_equal(p->n_classes, 2);
	assert_string_equal(p->classes[0]->name, "c1");
	assert_string_equal(p->classes[0]->level, "C1");
	assert_int_equal(p->classes[0]->n_detectors, 2);
	assert_string_equal(p->classes[0]->detectors[1], "secret");
	assert_int_equal(p->classes[0]->min_confidence, 0);
	assert_int_equal(p->classes[1]->min_confidence, 50);
	assert_string_equal(p->classes[1]->detectors[0], "vin");

	assert_int_equal(p->n_groups, 2);
	assert_int_equal(p->groups[0]->n_usb, 2);
	assert_string_equal(p->groups[0]->usb[0]->vendor_id, "0951");
	assert_string_equal(p->groups[0]->usb[0]->product_id, "16AF");
	assert_string_equal(p->groups[0]->usb[0]->serial_number, "A*");
	assert_string_equal(p->groups[0]->usb[1]->product_id, "");
	assert_int_equal(p->groups[1]->n_hosts, 5);
	h = p->groups[1]->hosts[0];
	assert_int_equal(h->address.len, 16);
	assert_memory_equal(h->address.data, "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\7", 16);
	assert_int_equal(h->prefix_length, 128);
	assert_int_equal(h->port, 22);
	h = p->groups[1]->hosts[1];
	assert_int_equal(h->prefix_length, 32);
	assert_memory_equal(h->address.data, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	h = p->groups[1]->hosts[2];
	assert_int_equal(h->port, 443);
	assert_int_equal(h->address.data[15], 7);
	h = p->groups[1]->hosts[3];
	assert_int_equal(h->address.len, 0);
	assert_string_equal(h->name, "a.example");
	assert_int_equal(h->port, 25);
	h = p->groups[1]->hosts[4];
	assert_int_equal(h->prefix_length, 120);
	assert_int_equal(h->port, 80);

	assert_int_equal(p->n_rules, 3);
	assert_null(p->rules[0]->first_open);
	r = p->rules[0];
	assert_string_equal(r->id, "r1");
	assert_int_equal(r->n_channels, 5);
	for (int i = 0; i < 5; i++)
		assert_int_equal(r->channels[i], i + 1);
	assert_string_equal(r->content->class_name, "c1");
	assert_int_equal(r->content->comparison, WEIR__V1__COMPARISON__COMPARISON_AT_LEAST);
	assert_int_equal(r->content->distinct, 5);
	assert_int_equal(r->n_to_groups, 2);
	assert_string_equal(r->to_groups[1], "g2");
	assert_int_equal(r->n_not_to_groups, 0);
	assert_int_equal(r->action, WEIR__V1__ACTION__ACTION_QUARANTINE);
	assert_int_equal(r->on_unscannable, WEIR__V1__ACTION__ACTION_WARN);
	assert_true(r->fail_closed);
	assert_string_equal(r->message_zh, "\xe7\xa6\x81");
	assert_string_equal(r->message_en, "stop");
	r = p->rules[1];
	assert_int_equal(r->n_channels, 0);
	assert_int_equal(r->content->comparison, WEIR__V1__COMPARISON__COMPARISON_MORE_THAN);
	assert_int_equal(r->content->distinct, 4);
	assert_string_equal(r->not_to_groups[0], "g2");
	assert_int_equal(r->action, WEIR__V1__ACTION__ACTION_ALLOW);
	assert_int_equal(r->on_unscannable, 0);
	assert_false(r->fail_closed);
	assert_int_equal(r->first_open->n_folders, 2);
	assert_string_equal(r->first_open->folders[0], "/srv/a");
	assert_string_equal(r->first_open->folders[1], "/");
	assert_int_equal(r->first_open->budget_ms, 10);
	assert_int_equal(p->rules[2]->first_open->n_folders, 1);
	assert_int_equal(p->rules[2]->first_open->budget_ms, WEIR_FIRST_OPEN_MS);

	assert_int_equal(p->n_grants, 1);
	g = p->grants[0];
	assert_string_equal(g->id, "G-1");
	assert_string_equal(g->recipient, "g2");
	assert_int_equal(g->n_classes, 2);
	assert_string_equal(g->classes[1], "c2");
	assert_string_equal(g->purpose, "pp");
	assert_int_equal(g->channel, WEIR__V1__CHANNEL__CHANNEL_NETWORK);
	assert_string_equal(g->to_group, "g2");
	assert_string_equal(g->agreement, "aa");
	assert_string_equal(g->approver, "bb");
	assert_true(g->valid_from_ns == UINT64_C(1793534400000000000));
	/* to the end of the day in China */
	assert_true(g->valid_until_ns == UINT64_C(1798732800000000000));
}

/* Appends behind what is there, and leaves it alone when the text is wrong. */
static void compile__keeps_the_buffer(void **state)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(100000);
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(weir_buf_puts(&wire, "before"), 0);
	assert_int_equal(compile_text("apiVersion: weir/v1\n", &wire, &err), -EINVAL);
	assert_string_equal(wire.data, "before");
	assert_int_equal(compile_text(HEAD, &wire, NULL), 0);
	assert_memory_equal(wire.data, "before", 6);
	assert_true(wire.len > 6);
}

static void compile__small_buffer(void **state)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(4);
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(compile_text(HEAD, &wire, &err), -ENOBUFS);
	assert_int_equal(wire.len, 0);
}

static void compile__caps(void **state)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
	struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)4 << 20);
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(weir_buf_puts(&text, HEAD "rules:\n"), 0);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(weir_buf_printf(&text, "  - {id: r%u, action: audit}\n", i), 0);
	assert_int_equal(compile_text(text.data, &wire, &err), 0);
	assert_int_equal(weir_buf_puts(&text, "  - {id: more, action: audit}\n"), 0);
	assert_int_equal(compile_text(text.data, &wire, &err), -EINVAL);
	assert_string_equal(err.text, "more than 1000 rules");
	assert_int_equal(err.line, 5);

	weir_buf_clear(&text);
	assert_int_equal(weir_buf_puts(&text, HEAD "rules: "), 0);
	for (unsigned i = 0; i < 100000; i++)
		assert_int_equal(weir_buf_puts(&text, "["), 0);
	assert_int_equal(compile_text(text.data, &wire, &err), -EINVAL);
	assert_string_equal(err.text, "nested too deeply");
	assert_int_equal(err.line, 4);

	weir_buf_clear(&text);
	while (text.len <= (size_t)1 << 20)
		assert_int_equal(weir_buf_puts(&text, "# comment comment comment comment\n"), 0);
	assert_int_equal(compile_text(text.data, &wire, &err), -EINVAL);
	assert_string_equal(err.text, "the file is larger than 1048576 bytes");
}

static int read_data(const char *folder, const char *name, struct weir_buf *text)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/policy/%s/%s", WEIR_TEST_DATA, folder, name);
	return weir_read_file(AT_FDCWD, path, text);
}

/* Calls fn for every *.yaml in the folder; at least least of them. */
static void for_each_file(const char *folder, unsigned least,
			  void (*fn)(const char *, const char *))
{
	char path[512];
	struct dirent *entry;
	unsigned n = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/policy/%s", WEIR_TEST_DATA, folder);
	dir = opendir(path);
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		struct weir_buf text _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)2 << 20);

		if (!strstr(entry->d_name, ".yaml"))
			continue;
		assert_int_equal(read_data(folder, entry->d_name, &text), 0);
		fn(entry->d_name, text.data);
		n++;
	}
	closedir(dir);
	assert_true(n >= least);
}

static void good_file(const char *name, const char *text)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
	struct weir_error err = {0};

	if (compile_text(text, &wire, &err) < 0)
		fail_msg("%s:%u:%u: %s", name, err.line, err.column, err.text);
}

static void compile__good_files(void **state)
{
	(void)state;
	for_each_file("good", 5, good_file);
}

/* The first line of a bad file says what is expected: "# LINE:COLUMN: TEXT | HINT", the hint and
 * its bar optional. */
static void bad_file(const char *name, const char *text)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT((size_t)1 << 20);
	struct weir_error err = {0};
	char first[512], got[600];

	(void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(text, "\n"), text);
	assert_int_equal(compile_text(text, &wire, &err), -EINVAL);
	assert_int_equal(wire.len, 0);
	(void)snprintf(got, sizeof(got), "# %u:%u: %s%s%s", err.line, err.column, err.text,
		       err.hint[0] ? " | " : "", err.hint);
	if (strcmp(first, got) != 0)
		fail_msg("%s:\n  expected %s\n  got      %s", name, first, got);
}

static void compile__bad_files(void **state)
{
	(void)state;
	for_each_file("bad", 40, bad_file);
}

static void compile__not_text(void **state)
{
	struct weir_buf wire _cleanup_(weir_buf_done) = WEIR_BUF_INIT(1000);
	static const char utf16[] = "\xff\xfe"
				    "a\0:\0 \0b\0";
	static const char nul[] = "a: \"x\\0y\"\n";
	static const char latin[] = "a: b\nname: \xe9t\xe9\n";
	struct weir_error err = {0};

	(void)state;
	assert_int_equal(weir_policy_compile(utf16, sizeof(utf16) - 1, &wire, &err), -EINVAL);
	assert_int_equal(weir_policy_compile(nul, sizeof(nul) - 1, &wire, &err), -EINVAL);
	assert_string_equal(err.text, "the text has a NUL inside");
	assert_int_equal(weir_policy_compile(latin, sizeof(latin) - 1, &wire, &err), -EINVAL);
	assert_int_equal(err.line, 2);
	assert_string_equal(err.hint, "the file must be UTF-8 text");
	assert_int_equal(weir_policy_compile("", 0, &wire, &err), -EINVAL);
	assert_string_equal(err.text, "the file is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compile__every_field),
		cmocka_unit_test(compile__keeps_the_buffer),
		cmocka_unit_test(compile__small_buffer),
		cmocka_unit_test(compile__caps),
		cmocka_unit_test(compile__good_files),
		cmocka_unit_test(compile__bad_files),
		cmocka_unit_test(compile__not_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
