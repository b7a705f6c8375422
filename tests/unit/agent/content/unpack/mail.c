/* SPDX-License-Identifier: Apache-2.0 */
#include "make.h"

#define HEAD                                                                                    \
	"From: a@example.com\r\nTo: b@example.com\r\nMessage-ID: <1@example>\r\nMIME-Version: " \
	"1.0\r\n"

static void expect(const char *mail, const char *path, const char *want)
{
	struct got *g _cleanup_(got_freep) = got_new();

	assert_int_equal(unpack_memory(g, mail, strlen(mail)), 0);
	assert_string_equal(g->type, "message/rfc822");
	assert_null(got_gapped(g, NULL));
	assert_non_null(got_find(g, path, 0));
	if (got_find(g, path, 0)->text.len == 0)
		assert_string_equal("", want);
	else
		assert_string_equal(got_find(g, path, 0)->text.data, want);
}

static void subject(const char *coded, const char *want)
{
	struct weir_buf mail = BUF, text = BUF;
	struct got *g _cleanup_(got_freep) = got_new();

	put_text(&mail, HEAD "Subject: ");
	put_text(&mail, coded);
	put_text(&mail, "\r\n\r\nbody\r\n");
	put_text(&text, "\nSubject: ");
	put_text(&text, want);
	put_text(&text, "\n");
	assert_int_equal(unpack_memory(g, mail.data, mail.len), 0);
	if (!got_has(g, text.data))
		fail_msg("not found: %s", want);
	weir_buf_done(&mail);
	weir_buf_done(&text);
}

static void mail__encoded_words(void **state)
{
	subject("plain", "plain");
	subject("=?utf-8?B?5a6i5oi3?=", "客户");
	subject("=?GB2312?B?v827pw==?= x =?big5?Q?=AB=C8=A4=E1?=", "客户 x 客戶");
	subject("=?utf-8?Q?a_b=3Dc?=", "a b=c");
	/* a character cut in two, by a folded line */
	subject("=?utf-8?B?5a4=?=\r\n =?UTF-8?B?ouaItw==?=", "客户");
	subject("a =?utf-8?Q?b?= =?utf-8*zh?Q?c?= d", "a bc d");
	subject("folded\r\n\tline", "folded\tline");
	subject("=?utf-8?X?none?= =?utf-8?Q?open", "=?utf-8?X?none?= =?utf-8?Q?open");
	subject("raw \xbf\xcd\xbb\xa7\xd0\xd5\xc3\xfb\xb5\xe7\xbb\xb0", "raw 客户姓名电话");
}

static void mail__encodings(void **state)
{
	expect(HEAD "\r\nplain\r\nbody\r\n", "body", "plain\r\nbody\r\n");
	expect(HEAD "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
		    "=E5=AE=A2 12=\r\n34=  \r\n56=3d=zz=4\r\n==41\r\n",
	       "body", "客 123456==zz=4\r\n=A\r\n");
	expect(HEAD "Content-Transfer-Encoding: BASE64\r\n\r\naGVsbG8g\r\nd29ybGQ=\r\nIQ==\r\n",
	       "body", "hello world!");
	expect(HEAD "Content-Type: text/plain; format=flowed\r\n\r\nab \r\ncd\r\n ef \r\ngh\r\n"
		    "-- \r\nx",
	       "body", "ab cd\r\nef gh\r\n-- x");
	expect(HEAD "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n12 \r\n34\r\n",
	       "body", "1234\r\n");
	expect(HEAD "\r\nsee:\r\nbegin 644 list.txt\r\n&;F5E9&QE\r\n`\r\nend\r\nafter\r\n",
	       "list.txt", "needle");
	expect(HEAD "Content-Transfer-Encoding: x-uuencode\r\nContent-Type: text/plain; name=q\r\n"
		    "\r\nbegin 644 list.txt\r\n&;F5E9&QE\r\n`\r\nend\r\n",
	       "q", "needle");
}

static void mail__charset_is_passed_on(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	static const char mail[] =
		HEAD "Content-Type: text/plain; charset=\"gb2312\"\r\n\r\n\xbf\xcd\xbb\xa7\r\n";

	assert_int_equal(unpack_memory(g, mail, sizeof(mail) - 1), 0);
	assert_string_equal(got_find(g, "body", WEIR_PART_BYTES)->charset, "gb2312");
}

#define MIXED                                                                                \
	HEAD "Content-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\nbefore it\r\n"          \
	     "--b 1\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n"             \
	     "--b2\r\n\r\nfirst\r\n--b2\r\nContent-Type: text/html\r\n\r\n<p>second</p>\r\n" \
	     "--b2--\r\n"                                                                    \
	     "--b 1\r\nContent-Type: application/octet-stream\r\n"                           \
	     "Content-Transfer-Encoding: base64\r\n"                                         \
	     "Content-Disposition: attachment;\r\n"                                          \
	     " filename*0*=gb2312''%C3%FB;\r\n filename*1=\".txt\"\r\n\r\n"                  \
	     "YXR0YWNoZWQ=\r\n"                                                              \
	     "--b 1\r\nContent-Type: message/rfc822\r\n\r\n" HEAD "Subject: inner\r\n\r\n"   \
	     "inner body\r\n--b 1\r\n\r\nlast\r\n--b 1--\r\nbehind it\r\n"

static void mail__parts_in_parts(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf mail = BUF;

	put_text(&mail, MIXED);
	assert_int_equal(unpack_memory(g, mail.data, mail.len), 0);
	assert_null(got_gapped(g, "breaks off"));
	assert_string_equal(got_find(g, "preamble", 0)->text.data, "before it\n");
	assert_string_equal(got_find(g, "1.1/text", 0)->text.data, "first");
	assert_non_null(got_find(g, "1.2/body.html", 0));
	assert_string_equal(got_find(g, "2/名.txt", 0)->text.data, "attached");
	assert_true(got_has(g, "Subject: inner\n"));
	assert_string_equal(got_find(g, "3/message/text", 0)->text.data, "inner body");
	assert_string_equal(got_find(g, "4/text", 0)->text.data, "last");
	assert_string_equal(got_find(g, "epilogue", 0)->text.data, "behind it\n");
	same_in_pieces(&mail, "behind it");
	cut_everywhere(&mail, "\nbehind it", 1u << 30);
	flip_everywhere(&mail);
	/* without its last delimiter, parts may be missing */
	mail.len -= strlen("--b 1--\r\nbehind it\r\n");
	assert_int_equal(unpack_memory(g, mail.data, mail.len), 0);
	assert_int_equal(got_gapped(g, "breaks off")->status, WEIR_SCAN_PARTIAL);
	weir_buf_done(&mail);
}

/* What separates the parts is no text; the same characters anywhere else are. */
static void mail__delimiters_are_no_text(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	static const char mail[] =
		HEAD "Subject: 0123456789\r\n"
		     "Content-Type: multipart/mixed;\r\n boundary=\"==0123456789==\"; x=1\r\n"
		     "X-After: ==0123456789==\r\n\r\n"
		     "--==0123456789==\r\n"
		     "Content-Type: text/plain; boundary=0123456789\r\n\r\n"
		     "see ==0123456789==\r\n--==0123456789==--\r\n";

	assert_int_equal(unpack_memory(g, mail, sizeof(mail) - 1), 0);
	assert_null(got_gapped(g, NULL));
	assert_true(got_has(g, "\nSubject: 0123456789\n"));
	assert_true(got_has(g, "\nContent-Type: multipart/mixed; boundary=\"\"; x=1\n"));
	assert_true(got_has(g, "\nX-After: ==0123456789==\n"));
	assert_true(got_has(g, "Content-Type: text/plain; boundary=0123456789\n"));
	assert_string_equal(got_find(g, "1/text", 0)->text.data, "see ==0123456789==");
}

/* What says it is text and is not. */
static void mail__content_decides(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	static const char mail[] =
		HEAD "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
		     "e1xydGYxIFx1MjM0NTg/XHUyNTE0Mz99\r\n";

	assert_int_equal(unpack_memory(g, mail, sizeof(mail) - 1), 0);
	assert_true(got_has(g, "客户"));
}

static void mail__encrypted_is_unscannable(void **state)
{
	static const char *const mails[] = {
		HEAD
		"Content-Type: multipart/encrypted; boundary=x\r\n\r\n--x\r\n\r\nv\r\n--x--\r\n",
		HEAD "\r\nsee below\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nAAAA\r\n",
		HEAD "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n"
		     "Content-Transfer-Encoding: base64\r\n\r\nMIAGCSqGSIb3DQEHA6CAMIACAQAx\r\n",
	};
	struct got *g _cleanup_(got_freep) = got_new();

	for (size_t i = 0; i < ARRAY_SIZE(mails); i++) {
		assert_int_equal(unpack_memory(g, mails[i], strlen(mails[i])), 0);
		assert_non_null(got_gapped(g, "encrypted"));
		assert_int_equal(got_gapped(g, "encrypted")->status, WEIR_SCAN_UNSCANNABLE);
	}
}

static void put_element(struct weir_buf *b, unsigned tag, const struct weir_buf *content)
{
	put8(b, tag);
	put8(b, 0x82);
	put8(b, (unsigned)(content->len >> 8));
	put8(b, content->len & 0xff);
	put(b, content->data, content->len);
}

/* Signed, with the content inside: once in one piece, once in two of a string without a length. */
static void mail__signed_content_is_read(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();

	for (unsigned pieces = 0; pieces < 2; pieces++) {
		struct weir_buf mail = BUF, a = BUF, b = BUF;

		if (pieces)
			put(&a, "\x24\x80\x04\x07signed \x04\x06needle\0\0", 21);
		else
			put(&a, "\x04\x0dsigned needle", 15);
		put_element(&b, 0xa0, &a);
		weir_buf_clear(&a);
		put(&a, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", 11);
		put(&a, b.data, b.len);
		weir_buf_clear(&b);
		put(&b, "\x02\x01\x01\x31\x00", 5);
		put_element(&b, 0x30, &a);
		weir_buf_clear(&a);
		put_element(&a, 0x30, &b);
		weir_buf_clear(&b);
		put(&b, "\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", 11);
		put_element(&b, 0xa0, &a);
		put_text(&mail, HEAD "Content-Type: application/pkcs7-mime\r\n"
				     "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
		weir_buf_clear(&a);
		put_element(&a, 0x30, &b);
		for (size_t i = 0; i < a.len; i++)
			assert_int_equal(weir_buf_printf(&mail, "=%02X", (uint8_t)a.data[i]), 0);
		put_text(&mail, "\r\n");
		assert_int_equal(unpack_memory(g, mail.data, mail.len), 0);
		assert_true(got_has(g, "signed needle"));
		assert_null(got_gapped(g, NULL));
		cut_everywhere(&mail, NULL, 0);
		flip_everywhere(&mail);
		weir_buf_done(&mail);
		weir_buf_done(&a);
		weir_buf_done(&b);
	}
}

static void mail__nested_without_end(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf mail = BUF;

	put_text(&mail, HEAD);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(
			weir_buf_printf(
				&mail,
				"Content-Type: multipart/mixed; boundary=b%u\r\n\r\n--b%u\r\n", i,
				i),
			0);
	}
	put_text(&mail, "\r\nneedle\r\n");
	assert_int_equal(unpack_memory(g, mail.data, mail.len), 0);
	assert_non_null(got_gapped(g, "too deep"));
	assert_true(got_has(g, "needle"));
	weir_buf_done(&mail);
}

static void mail__folders(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct weir_buf mbox = BUF;

	for (unsigned i = 0; i < 3; i++)
		put_text(&mbox, "From a@example.com Sat Nov 21 10:02:11 2026\r\n" MIXED
				"\r\nFrom here on it is text\r\n\r\n");
	/* one whose last part is not closed does not take the next with it */
	put_text(&mbox, "From x Sat Nov 21 10:02:11 2026\n" HEAD
			"Content-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nopen\r\n\r\n"
			"From x Sat Nov 21 10:02:11 2026\n" HEAD "\r\nfinal body\r\n");
	assert_int_equal(unpack_memory(g, mbox.data, mbox.len), 0);
	assert_string_equal(g->type, "application/mbox");
	assert_string_equal(got_find(g, "message 3/2/名.txt", 0)->text.data, "attached");
	assert_string_equal(got_find(g, "message 5/text", 0)->text.data, "final body\r\n");
	assert_non_null(got_find(g, "message 4/1/text", 0));
	assert_true(got_has(g, "From here on"));
	same_in_pieces(&mbox, "final body");
	weir_buf_done(&mbox);
}

struct endless { /* a folder that is made as it is read */
	char message[2048];
	size_t len;
	uint64_t messages, next;
};

static ssize_t endless_read(void *context, void *data, size_t len, uint64_t offset)
{
	struct endless *e = context;
	size_t at = (size_t)(offset % e->len);

	assert_true(offset >= e->next);
	if (offset / e->len >= e->messages)
		return 0;
	len = WEIR_MIN(len, e->len - at);
	memcpy(data, e->message + at, len);
	e->next = offset;
	return (ssize_t)len;
}

/* Reads what never lies in memory as a whole, and only forward. */
static void mail__a_large_folder_is_a_stream(void **state)
{
	struct got *g _cleanup_(got_freep) = got_new();
	struct endless e = {.messages = 50000};
	struct weir_bytes bytes = {endless_read, &e, UINT64_MAX};

	e.len = (size_t)snprintf(e.message, sizeof(e.message), "%s",
				 "From a Sat Nov 21 10:02:11 2026\n" HEAD
				 "Content-Type: multipart/mixed; boundary=x\n\n--x\n\n"
				 "some text of the message\n--x\n"
				 "Content-Type: text/csv; name=l.csv\n\na,b\n--x--\n\n");
	g->forget = true;
	assert_int_equal(unpack_plain(g, &bytes), 0);
	assert_int_equal(g->parts_count, 50000 * 4);
	assert_null(got_gapped(g, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail__encoded_words),
		cmocka_unit_test(mail__encodings),
		cmocka_unit_test(mail__charset_is_passed_on),
		cmocka_unit_test(mail__parts_in_parts),
		cmocka_unit_test(mail__delimiters_are_no_text),
		cmocka_unit_test(mail__content_decides),
		cmocka_unit_test(mail__encrypted_is_unscannable),
		cmocka_unit_test(mail__signed_content_is_read),
		cmocka_unit_test(mail__nested_without_end),
		cmocka_unit_test(mail__folders),
		cmocka_unit_test(mail__a_large_folder_is_a_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
