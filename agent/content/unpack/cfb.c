/* SPDX-License-Identifier: Apache-2.0 */
/* The container alone; ole.c knows what the streams hold. */
#include "cfb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "little.h"

#define HEADER	    512
#define SECTORS_MAX (UINT32_C(1) << 23) /* 4 GiB in the common sectors of 512 bytes */
#define ENTRIES_MAX 131072U
#define ENTRY	    128
#define FREE_FROM   0xfffffffaU /* numbers from here on are marks, not sectors */
#define END_CHAIN   0xfffffffeU
#define MINI_SHIFT  6
#define MINI_LIMIT  4096

struct chain {
	uint32_t *sectors;
	size_t count;
	bool known;
};

struct weir_cfb {
	struct weir_bytes bytes;
	unsigned shift;
	uint32_t sectors;     /* that the file has room for */
	uint32_t *fat, *mini; /* next sector of each */
	uint32_t fat_count, mini_count;
	uint8_t *used, *mini_used; /* a bit for each sector that some chain holds */
	struct weir_cfb_entry *entries;
	struct chain *chains; /* one for each entry */
	uint32_t count;
	bool damaged;
};

void weir_cfb_free(struct weir_cfb *cfb)
{
	if (!cfb)
		return;
	for (uint32_t i = 0; cfb->chains && i < cfb->count; i++)
		free(cfb->chains[i].sectors);
	free(cfb->chains);
	free(cfb->entries);
	free(cfb->fat);
	free(cfb->mini);
	free(cfb->used);
	free(cfb->mini_used);
	free(cfb);
}

/* Reads up to len bytes; what is missing is zero. */
static size_t read_some(struct weir_cfb *cfb, uint64_t offset, void *data, size_t len)
{
	uint8_t *p = data;
	size_t done = 0;

	while (done < len) {
		ssize_t n =
			cfb->bytes.read_at(cfb->bytes.context, p + done, len - done, offset + done);

		if (n <= 0)
			break;
		done += (size_t)n;
	}
	memset(p + done, 0, len - done);
	return done;
}

static uint64_t place(const struct weir_cfb *cfb, uint32_t sector)
{
	return ((uint64_t)sector + 1) << cfb->shift;
}

/* Marks a sector as taken; false when it is already, or is none. */
static bool take(uint8_t *used, uint32_t count, uint32_t sector)
{
	if (sector >= count || used[sector / 8] & 1 << sector % 8)
		return false;
	used[sector / 8] |= (uint8_t)(1 << sector % 8);
	return true;
}

/* Follows a chain for at most most sectors. */
static int follow(struct weir_cfb *cfb, bool mini, uint32_t start, uint64_t most, struct chain *ret)
{
	const uint32_t *next = mini ? cfb->mini : cfb->fat;
	uint32_t count = mini ? cfb->mini_count : cfb->fat_count;
	uint32_t limit = mini ? cfb->mini_count : cfb->sectors;
	uint8_t *used = mini ? cfb->mini_used : cfb->used;
	size_t size = 0;

	ret->known = true;
	for (uint32_t at = start; ret->count < most && at < FREE_FROM;) {
		if (!take(used, limit, at)) {
			cfb->damaged = true;
			break;
		}
		if (ret->count == size) {
			size_t more = size ? size * 2 : 8;
			uint32_t *p = realloc(ret->sectors, more * sizeof(*p));

			if (!p)
				return -ENOMEM;
			ret->sectors = p;
			size = more;
		}
		ret->sectors[ret->count++] = at;
		at = at < count ? next[at] : END_CHAIN;
	}
	return 0;
}

/* A chain of whole sectors as numbers: what the FAT of the small sectors is made of. */
static int load_numbers(struct weir_cfb *cfb, uint32_t start, uint32_t **ret, uint32_t *ret_count)
{
	struct chain chain = {0};
	size_t per = (size_t)1 << (cfb->shift - 2);
	uint32_t *numbers = NULL;
	int r = follow(cfb, false, start, cfb->sectors, &chain);

	if (r == 0 && chain.count > 0)
		numbers = calloc(chain.count * per, sizeof(*numbers));
	if (r == 0 && chain.count > 0 && !numbers)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < chain.count; i++) {
		uint8_t *raw = (uint8_t *)(numbers + i * per);

		read_some(cfb, place(cfb, chain.sectors[i]), raw, per * 4);
		for (size_t j = 0; j < per; j++)
			numbers[i * per + j] = weir_le32(raw + j * 4);
	}
	if (r == 0) {
		*ret = TAKE_PTR(numbers);
		*ret_count = (uint32_t)(chain.count * per);
	}
	free(numbers);
	free(chain.sectors);
	return r;
}

static void load_fat_sector(struct weir_cfb *cfb, uint32_t sector)
{
	uint8_t raw[4096] = {0};
	uint32_t per = UINT32_C(1) << (cfb->shift - 2);

	if (!take(cfb->used, cfb->sectors, sector)) {
		cfb->damaged = true;
		memset(raw, 0xff, sizeof(raw));
	} else if (read_some(cfb, place(cfb, sector), raw, (size_t)per * 4) == 0) {
		memset(raw, 0xff, sizeof(raw));
	}
	for (uint32_t i = 0; i < per && cfb->fat_count < cfb->sectors; i++)
		cfb->fat[cfb->fat_count++] = weir_le32(raw + (size_t)i * 4);
}

static void load_fat(struct weir_cfb *cfb, const uint8_t *header)
{
	uint8_t raw[4096] = {0};
	uint32_t per = UINT32_C(1) << (cfb->shift - 2);
	uint32_t left = weir_le32(header + 44);
	uint32_t at = weir_le32(header + 68);

	for (uint32_t i = 0; i < 109 && left > 0 && cfb->fat_count < cfb->sectors; i++, left--)
		load_fat_sector(cfb, weir_le32(header + 76 + (size_t)i * 4));
	while (left > 0 && cfb->fat_count < cfb->sectors && at < FREE_FROM) {
		if (!take(cfb->used, cfb->sectors, at) ||
		    read_some(cfb, place(cfb, at), raw, (size_t)per * 4) == 0)
			break;
		for (uint32_t i = 0; i < per - 1 && left > 0 && cfb->fat_count < cfb->sectors;
		     i++, left--)
			load_fat_sector(cfb, weir_le32(raw + (size_t)i * 4));
		at = weir_le32(raw + (size_t)(per - 1) * 4);
	}
	if (cfb->fat_count < cfb->sectors && left > 0)
		cfb->damaged = true;
}

static void name_of(const uint8_t *raw, char *ret, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < 31; i++) {
		uint16_t c = weir_le16(raw + i * 2);

		if (c == 0 || n + 4 > size)
			break;
		if (c < 0x80) {
			ret[n++] = (char)c;
		} else if (c < 0x800) {
			ret[n++] = (char)(0xc0 | c >> 6);
			ret[n++] = (char)(0x80 | (c & 0x3f));
		} else {
			ret[n++] = (char)(0xe0 | c >> 12);
			ret[n++] = (char)(0x80 | (c >> 6 & 0x3f));
			ret[n++] = (char)(0x80 | (c & 0x3f));
		}
	}
	ret[n] = '\0';
}

struct tree { /* as the file links it, before it is believed */
	uint32_t left, right, child;
};

static void load_entry(struct weir_cfb *cfb, uint32_t id, const uint8_t *raw, struct tree *tree)
{
	struct weir_cfb_entry *e = &cfb->entries[id];

	name_of(raw, e->name, sizeof(e->name));
	e->kind = (enum weir_cfb_kind)raw[66];
	e->parent = e->child = e->next = WEIR_CFB_NONE;
	e->start = weir_le32(raw + 116);
	e->size = cfb->shift > 9 ? weir_le64(raw + 120) : weir_le32(raw + 120);
	tree->left = weir_le32(raw + 68);
	tree->right = weir_le32(raw + 72);
	tree->child = weir_le32(raw + 76);
	if (id == 0 ? e->kind != WEIR_CFB_ROOT
		    : e->kind != WEIR_CFB_STORAGE && e->kind != WEIR_CFB_STREAM) {
		e->kind = id == 0 ? WEIR_CFB_ROOT : (enum weir_cfb_kind)0;
		cfb->damaged |= id == 0;
	}
}

/* Gives every entry its parent, walking from the root; what cannot be reached goes to the root. */
static int plant(struct weir_cfb *cfb, const struct tree *tree)
{
	struct {
		uint32_t id, parent;
	} *stack = malloc(((size_t)cfb->count * 3 + 1) * sizeof(*stack));
	size_t n = 0;

	if (!stack)
		return -ENOMEM;
	stack[n].id = tree[0].child;
	stack[n++].parent = 0;
	while (n > 0) {
		uint32_t id = stack[--n].id, parent = stack[n].parent;

		if (id == 0 || id >= cfb->count || cfb->entries[id].kind == 0 ||
		    cfb->entries[id].parent != WEIR_CFB_NONE) {
			cfb->damaged |= id != WEIR_CFB_NONE;
			continue;
		}
		cfb->entries[id].parent = parent;
		stack[n].id = tree[id].left;
		stack[n++].parent = parent;
		stack[n].id = tree[id].right;
		stack[n++].parent = parent;
		if (cfb->entries[id].kind == WEIR_CFB_STORAGE) {
			stack[n].id = tree[id].child;
			stack[n++].parent = id;
		}
	}
	free(stack);
	for (uint32_t id = cfb->count - 1; id > 0; id--) {
		struct weir_cfb_entry *e = &cfb->entries[id];

		if (e->kind == 0)
			continue;
		if (e->parent == WEIR_CFB_NONE) {
			e->parent = 0;
			cfb->damaged = true;
		}
		e->next = cfb->entries[e->parent].child;
		cfb->entries[e->parent].child = id;
	}
	return 0;
}

static int load_entries(struct weir_cfb *cfb, const struct chain *chain)
{
	uint32_t per = (UINT32_C(1) << cfb->shift) / ENTRY;
	uint8_t raw[4096] = {0};
	struct tree *tree = NULL;
	int r;

	cfb->count = (uint32_t)WEIR_MIN(chain->count * per, (size_t)ENTRIES_MAX);
	if (cfb->count < chain->count * per)
		cfb->damaged = true;
	if (cfb->count == 0)
		return -EBADMSG;
	cfb->entries = calloc(cfb->count, sizeof(*cfb->entries));
	cfb->chains = calloc(cfb->count, sizeof(*cfb->chains));
	tree = calloc(cfb->count, sizeof(*tree));
	if (!cfb->entries || !cfb->chains || !tree) {
		free(tree);
		return -ENOMEM;
	}
	for (uint32_t id = 0; id < cfb->count; id++) {
		if (id % per == 0)
			read_some(cfb, place(cfb, chain->sectors[id / per]), raw,
				  (size_t)1 << cfb->shift);
		load_entry(cfb, id, raw + (size_t)(id % per) * ENTRY, &tree[id]);
	}
	r = plant(cfb, tree);
	free(tree);
	return r;
}

static int load(struct weir_cfb *cfb, const uint8_t *header)
{
	struct chain directory = {0};
	int r;

	cfb->fat = malloc(((size_t)cfb->sectors + 1) * sizeof(*cfb->fat));
	cfb->used = calloc(cfb->sectors / 8 + 1, 1);
	if (!cfb->fat || !cfb->used)
		return -ENOMEM;
	load_fat(cfb, header);
	r = follow(cfb, false, weir_le32(header + 48), (uint64_t)ENTRIES_MAX * ENTRY >> cfb->shift,
		   &directory);
	if (r == 0)
		r = load_entries(cfb, &directory);
	free(directory.sectors);
	if (r < 0)
		return r;
	r = load_numbers(cfb, weir_le32(header + 60), &cfb->mini, &cfb->mini_count);
	if (r < 0)
		return r;
	cfb->mini_used = calloc(cfb->mini_count / 8 + 1, 1);
	if (!cfb->mini_used)
		return -ENOMEM;
	return follow(cfb, false, cfb->entries[0].start, (cfb->entries[0].size >> cfb->shift) + 1,
		      &cfb->chains[0]);
}

int weir_cfb_new(const struct weir_bytes *bytes, struct weir_cfb **ret)
{
	struct weir_cfb *cfb _cleanup_(weir_cfb_freep) = calloc(1, sizeof(*cfb));
	uint8_t header[HEADER];
	uint64_t sectors;
	int r;

	if (!cfb)
		return -ENOMEM;
	cfb->bytes = *bytes;
	if (read_some(cfb, 0, header, HEADER) < HEADER ||
	    memcmp(header, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) != 0)
		return -EBADMSG;
	cfb->shift = weir_le16(header + 30);
	if (cfb->shift != 9 && cfb->shift != 12) {
		cfb->damaged = true;
		cfb->shift = weir_le16(header + 26) == 4 ? 12 : 9;
	}
	sectors = (bytes->size + (UINT64_C(1) << cfb->shift) - 1) >> cfb->shift;
	if (sectors < 2)
		return -EBADMSG;
	if (sectors - 1 > SECTORS_MAX)
		return -EFBIG;
	cfb->sectors = (uint32_t)sectors - 1;
	r = load(cfb, header);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(cfb);
	return 0;
}

const struct weir_cfb_entry *weir_cfb_entry(const struct weir_cfb *cfb, uint32_t id)
{
	return &cfb->entries[id];
}

uint32_t weir_cfb_find(const struct weir_cfb *cfb, uint32_t storage, const char *name)
{
	uint32_t id = cfb->entries[storage].child;

	while (id != WEIR_CFB_NONE && strcasecmp(cfb->entries[id].name, name) != 0)
		id = cfb->entries[id].next;
	return id;
}

bool weir_cfb_damaged(const struct weir_cfb *cfb)
{
	return cfb->damaged;
}

/* Where byte offset of the stream lies, and how many bytes follow there without a break. */
static uint64_t locate(const struct weir_cfb_stream *s, unsigned shift, uint64_t offset,
		       uint64_t *ret_run)
{
	size_t i = (size_t)(offset >> shift);
	uint64_t inside = offset & ((UINT64_C(1) << shift) - 1);
	size_t n = 1;

	while (i + n < s->count && n < 256 && s->sectors[i + n] == s->sectors[i] + n)
		n++;
	*ret_run = ((uint64_t)n << shift) - inside;
	return ((uint64_t)s->sectors[i] << shift) + inside;
}

static ssize_t stream_read(void *context, void *data, size_t len, uint64_t offset)
{
	const struct weir_cfb_stream *s = context;
	struct weir_cfb *cfb = s->cfb;
	uint64_t run = 0, at;
	ssize_t n;

	if (offset >= s->size || len == 0)
		return 0;
	len = (size_t)WEIR_MIN((uint64_t)len, s->size - offset);
	at = locate(s, s->mini ? MINI_SHIFT : cfb->shift, offset, &run);
	len = (size_t)WEIR_MIN((uint64_t)len, run);
	if (s->mini) {
		struct weir_cfb_stream root = {cfb, cfb->chains[0].sectors, cfb->chains[0].count,
					       false, (uint64_t)cfb->chains[0].count << cfb->shift};

		if (at >= root.size) {
			cfb->damaged = true;
			return 0;
		}
		at = locate(&root, cfb->shift, at, &run);
		len = (size_t)WEIR_MIN((uint64_t)len, run);
	}
	n = cfb->bytes.read_at(cfb->bytes.context, data, len, at + (UINT64_C(1) << cfb->shift));
	if (n == 0) /* the file ends before its stream does */
		cfb->damaged = true;
	return n;
}

int weir_cfb_open(struct weir_cfb *cfb, uint32_t id, struct weir_cfb_stream *stream,
		  struct weir_bytes *ret_bytes)
{
	const struct weir_cfb_entry *e = &cfb->entries[id];
	bool mini = e->size < MINI_LIMIT;
	unsigned shift = mini ? MINI_SHIFT : cfb->shift;
	struct chain *chain = &cfb->chains[id];
	uint64_t need = (e->size >> shift) + ((e->size & ((UINT64_C(1) << shift) - 1)) != 0);
	uint64_t have;

	*stream = (struct weir_cfb_stream){.cfb = cfb, .mini = mini};
	if (e->kind == WEIR_CFB_STREAM && !chain->known) {
		int r = follow(cfb, mini, e->start, need, chain);

		if (r < 0)
			return r;
	}
	if (e->kind == WEIR_CFB_STREAM) {
		have = (uint64_t)chain->count << shift;
		stream->sectors = chain->sectors;
		stream->count = chain->count;
		stream->size = WEIR_MIN(e->size, have);
		if (have < e->size)
			cfb->damaged = true;
	}
	*ret_bytes = (struct weir_bytes){stream_read, stream, stream->size};
	return 0;
}
