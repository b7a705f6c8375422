/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what a worker is given, taken as hostile: it may come from an agent that was lied to. */
#include "weir/ipc/detectors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "weir/base/fd.h"
#include "weir/base/utf8.h"

static const char magic[8] = "weirdet1";

struct weir_detectors {
	char *data; /* owns every text */
	size_t n;
	struct weir_custom list[WEIR_CUSTOM_MAX];
	const char *words[WEIR_CUSTOM_MAX][2][WEIR_CUSTOM_WORDS_MAX + 1];
};

/* The texts of a detector, in the order in which they are sent. */
static const struct field {
	size_t offset;
	size_t min, max;
} fields[] = {
	{offsetof(struct weir_custom, id), 1, WEIR_CUSTOM_ID_MAX},
	{offsetof(struct weir_custom, name_zh), 1, WEIR_CUSTOM_NAME_MAX},
	{offsetof(struct weir_custom, name_en), 1, WEIR_CUSTOM_NAME_MAX},
	{offsetof(struct weir_custom, pattern), 1, WEIR_CUSTOM_PATTERN_MAX},
	{offsetof(struct weir_custom, check), 0, WEIR_CUSTOM_ID_MAX},
	{offsetof(struct weir_custom, level), 1, 2},
};

static const char *field_get(const struct weir_custom *custom, const struct field *field)
{
	const char *ret;

	memcpy(&ret, (const char *)custom + field->offset, sizeof(ret));
	return ret;
}

static void field_set(struct weir_custom *custom, const struct field *field, const char *text)
{
	memcpy((char *)custom + field->offset, &text, sizeof(text));
}

static int put_text(struct weir_buf *buf, const char *text, size_t min, size_t max)
{
	size_t len = text ? strlen(text) : 0;
	uint16_t wire = (uint16_t)len;
	int r;

	if (len < min || len > max || (text && weir_utf8_valid(text, len) != len))
		return -EINVAL;
	r = weir_buf_append(buf, &wire, sizeof(wire));
	return r < 0 ? r : weir_buf_append(buf, text ? text : "", len + 1);
}

static int put_words(struct weir_buf *buf, const char *const *words)
{
	uint16_t n = 0;
	int r;

	while (words && words[n])
		if (++n > WEIR_CUSTOM_WORDS_MAX)
			return -EINVAL;
	r = weir_buf_append(buf, &n, sizeof(n));
	for (uint16_t i = 0; r >= 0 && i < n; i++)
		r = put_text(buf, words[i], 2, WEIR_CUSTOM_WORD_MAX);
	return r;
}

static int put_detector(struct weir_buf *buf, const struct weir_custom *custom)
{
	int r = custom->base < 1 || custom->base > 100 ? -EINVAL
						       : weir_buf_append(buf, &custom->base, 1);

	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(fields); i++)
		r = put_text(buf, field_get(custom, &fields[i]), fields[i].min, fields[i].max);
	if (r >= 0)
		r = put_words(buf, custom->words);
	return r < 0 ? r : put_words(buf, custom->negatives);
}

int weir_detectors_pack(const struct weir_custom *list, size_t n, struct weir_buf *ret)
{
	size_t before = ret->len;
	uint32_t count = (uint32_t)n;
	int r = n > WEIR_CUSTOM_MAX ? -EINVAL : weir_buf_append(ret, magic, sizeof(magic));

	if (r >= 0)
		r = weir_buf_append(ret, &count, sizeof(count));
	for (size_t i = 0; r >= 0 && i < n; i++)
		r = put_detector(ret, &list[i]);
	if (r < 0 && ret->data) {
		ret->len = before;
		ret->data[before] = '\0';
	}
	return r;
}

struct cursor {
	const char *at, *end;
};

static bool take(struct cursor *c, void *ret, size_t len)
{
	if ((size_t)(c->end - c->at) < len)
		return false;
	memcpy(ret, c->at, len);
	c->at += len;
	return true;
}

static bool take_text(struct cursor *c, size_t min, size_t max, const char **ret)
{
	uint16_t len;

	if (!take(c, &len, sizeof(len)) || len < min || len > max)
		return false;
	if ((size_t)(c->end - c->at) <= len || c->at[len] != '\0' || memchr(c->at, '\0', len) ||
	    weir_utf8_valid(c->at, len) != len)
		return false;
	*ret = c->at;
	c->at += len + 1;
	return true;
}

static bool take_words(struct cursor *c, const char *words[static WEIR_CUSTOM_WORDS_MAX + 1])
{
	uint16_t n;

	if (!take(c, &n, sizeof(n)) || n > WEIR_CUSTOM_WORDS_MAX)
		return false;
	for (uint16_t i = 0; i < n; i++)
		if (!take_text(c, 2, WEIR_CUSTOM_WORD_MAX, &words[i]))
			return false;
	return true;
}

static bool take_detector(struct weir_detectors *d, struct cursor *c)
{
	struct weir_custom *custom = &d->list[d->n];

	if (!take(c, &custom->base, 1) || custom->base < 1 || custom->base > 100)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		const char *text;

		if (!take_text(c, fields[i].min, fields[i].max, &text))
			return false;
		field_set(custom, &fields[i], *text || fields[i].min ? text : NULL);
	}
	if (!take_words(c, d->words[d->n][0]) || !take_words(c, d->words[d->n][1]))
		return false;
	custom->words = d->words[d->n][0];
	custom->negatives = d->words[d->n][1];
	d->n++;
	return true;
}

int weir_detectors_parse(const void *data, size_t len, struct weir_detectors **ret)
{
	struct weir_detectors *d _cleanup_(weir_detectors_freep) = calloc(1, sizeof(*d));
	struct cursor c;
	char head[sizeof(magic)];
	uint32_t count;

	if (!d)
		return -ENOMEM;
	if (len < sizeof(magic) + sizeof(count) || len > WEIR_DETECTORS_BYTES_MAX)
		return -EPROTO;
	d->data = malloc(len);
	if (!d->data)
		return -ENOMEM;
	memcpy(d->data, data, len);
	c = (struct cursor){d->data, d->data + len};
	if (!take(&c, head, sizeof(head)) || memcmp(head, magic, sizeof(magic)) != 0 ||
	    !take(&c, &count, sizeof(count)) || count > WEIR_CUSTOM_MAX)
		return -EPROTO;
	while (d->n < count)
		if (!take_detector(d, &c))
			return -EPROTO;
	if (c.at != c.end)
		return -EPROTO;
	*ret = TAKE_PTR(d);
	return 0;
}

int weir_detectors_read(int fd, struct weir_detectors **ret)
{
	char *data _cleanup_(freep) = malloc(WEIR_DETECTORS_BYTES_MAX + 1);
	ssize_t n;

	if (!data)
		return -ENOMEM;
	n = weir_pread_full(fd, data, WEIR_DETECTORS_BYTES_MAX + 1, 0);
	return n < 0 ? (int)n : weir_detectors_parse(data, (size_t)n, ret);
}

void weir_detectors_free(struct weir_detectors *d)
{
	if (!d)
		return;
	free(d->data);
	free(d);
}

const struct weir_custom *weir_detectors_list(const struct weir_detectors *d, size_t *ret_count)
{
	*ret_count = d->n;
	return d->list;
}

/* The number is above those that a worker is given, so that none overwrites it on the way. */
int weir_detectors_memfd(const void *data, size_t len)
{
	int fd _cleanup_(weir_closep) =
		memfd_create("weir-detectors", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	int r, ret;

	if (fd < 0)
		return -errno;
	r = weir_write_full(fd, data, len);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		return -errno;
	ret = fcntl(fd, F_DUPFD_CLOEXEC, WEIR_WORKER_DETECTORS_FD + 1);
	return ret < 0 ? -errno : ret;
}
