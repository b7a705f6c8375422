/* SPDX-License-Identifier: Apache-2.0 */
/* The sealed form: a header, then chunks of ciphertext and tag. The nonce of a chunk is the header's random prefix, the chunk's
 * number and whether it is the last, so that no chunk can stand for another and a file cut at a chunk's end does not open. */

#include <endian.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/evp.h>

#include "seal.h"
#include "weir/base/fd.h"

#define CHUNK	   (64 * 1024)
#define TAG	   16
#define NONCE	   12
#define PREFIX	   7
#define CHUNKS_MAX UINT32_MAX

DEFINE_CLEANUP(EVP_CIPHER_CTX_free, EVP_CIPHER_CTX *);

struct header {
	char magic[8];
	uint8_t version;
	uint8_t prefix[PREFIX];
};

_Static_assert(sizeof(struct header) == 16, "as it stands in files");

static const char magic[8] = {'W', 'E', 'I', 'R', 'S', 'E', 'A', 'L'};

/* One direction of a stream. */
struct stream {
	EVP_CIPHER_CTX *cipher;
	const uint8_t *key;
	struct header header;
	uint32_t number;
	uint8_t in[CHUNK + TAG], out[CHUNK + TAG];
};

static void stream_free(struct stream *stream)
{
	EVP_CIPHER_CTX_free(stream->cipher);
	free(stream);
}
DEFINE_CLEANUP(stream_free, struct stream *);

static struct stream *stream_new(const uint8_t *key)
{
	struct stream *stream _cleanup_(stream_freep) = calloc(1, sizeof(*stream));

	if (!stream)
		return NULL;
	stream->key = key;
	stream->cipher = EVP_CIPHER_CTX_new();
	return stream->cipher ? TAKE_PTR(stream) : NULL;
}

static bool begin(struct stream *stream, bool seal, bool last)
{
	uint32_t number = htobe32(stream->number);
	uint8_t nonce[NONCE];
	int n;

	memcpy(nonce, stream->header.prefix, PREFIX);
	memcpy(nonce + PREFIX, &number, sizeof(number));
	nonce[NONCE - 1] = last;
	return EVP_CipherInit_ex(stream->cipher, EVP_aes_256_gcm(), NULL, stream->key, nonce,
				 seal) == 1 &&
	       EVP_CipherUpdate(stream->cipher, NULL, &n, (const uint8_t *)&stream->header,
				sizeof(stream->header)) == 1;
}

/* in[0, len) to out with its tag behind. */
static int seal_chunk(struct stream *stream, size_t len, bool last)
{
	int n, end;

	if (!begin(stream, true, last) ||
	    EVP_CipherUpdate(stream->cipher, stream->out, &n, stream->in, (int)len) != 1 ||
	    EVP_CipherFinal_ex(stream->cipher, stream->out + n, &end) != 1 ||
	    EVP_CIPHER_CTX_ctrl(stream->cipher, EVP_CTRL_AEAD_GET_TAG, TAG, stream->out + len) != 1)
		return -EIO;
	stream->number++;
	return 0;
}

/* in[0, len) with its tag behind to out. */
static int open_chunk(struct stream *stream, size_t len, bool last)
{
	int n, end;

	if (!begin(stream, false, last) ||
	    EVP_CipherUpdate(stream->cipher, stream->out, &n, stream->in, (int)len) != 1 ||
	    EVP_CIPHER_CTX_ctrl(stream->cipher, EVP_CTRL_AEAD_SET_TAG, TAG, stream->in + len) !=
		    1 ||
	    EVP_CipherFinal_ex(stream->cipher, stream->out + n, &end) != 1)
		return -EBADMSG;
	stream->number++;
	return 0;
}

int weir_seal(const uint8_t key[static WEIR_SEAL_KEY_LEN], int in, int out, uint64_t *ret_bytes)
{
	struct stream *stream _cleanup_(stream_freep) = stream_new(key);
	uint64_t done = 0;
	ssize_t n;
	int r;

	if (!stream)
		return -ENOMEM;
	memcpy(stream->header.magic, magic, sizeof(magic));
	stream->header.version = 1;
	if (getrandom(stream->header.prefix, PREFIX, 0) != PREFIX)
		return -EIO;
	r = weir_write_full(out, &stream->header, sizeof(stream->header));
	/* A short chunk is the last; a file that ends with a whole one is followed by an empty one. */
	do {
		if (r < 0)
			return r;
		n = weir_pread_full(in, stream->in, CHUNK, (off_t)done);
		if (n < 0)
			return (int)n;
		if (stream->number == CHUNKS_MAX)
			return -EFBIG;
		r = seal_chunk(stream, (size_t)n, n < CHUNK);
		if (r == 0)
			r = weir_write_full(out, stream->out, (size_t)n + TAG);
		done += (uint64_t)n;
	} while (n == CHUNK);
	if (ret_bytes)
		*ret_bytes = done;
	return r;
}

static int read_header(struct stream *stream, int in)
{
	ssize_t n = weir_pread_full(in, &stream->header, sizeof(stream->header), 0);

	if (n < 0)
		return (int)n;
	return n == sizeof(stream->header) &&
			       memcmp(stream->header.magic, magic, sizeof(magic)) == 0 &&
			       stream->header.version == 1
		       ? 0
		       : -EBADMSG;
}

int weir_unseal(const uint8_t key[static WEIR_SEAL_KEY_LEN], int in, int out, uint64_t *ret_bytes)
{
	struct stream *stream _cleanup_(stream_freep) = stream_new(key);
	uint64_t at = sizeof(struct header), done = 0;
	ssize_t n;
	int r;

	if (!stream)
		return -ENOMEM;
	r = read_header(stream, in);
	do {
		if (r < 0)
			return r;
		n = weir_pread_full(in, stream->in, CHUNK + TAG, (off_t)at);
		if (n < TAG)
			return n < 0 ? (int)n : -EBADMSG;
		at += (uint64_t)n;
		n -= TAG;
		r = open_chunk(stream, (size_t)n, n < CHUNK);
		if (r == 0)
			r = weir_write_full(out, stream->out, (size_t)n);
		done += (uint64_t)n;
	} while (n == CHUNK);
	if (r == 0 && ret_bytes)
		*ret_bytes = done;
	return r;
}
