/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, on the reviewer's machine. */

#include <errno.h>

#include <openssl/err.h>

#include "internal.h"

/* By the cipher's own output, so that no copy of the content is left in a buffer that nobody overwrites. Read to the end: what was read
 * counts only when the tag holds. */
static int decrypt(CMS_ContentInfo *cms, size_t max, struct weir_buf *plain)
{
	BIO *cipher _cleanup_(BIO_free_allp) = CMS_dataInit(cms, NULL);
	int n = 0, r = cipher ? weir_buf_reserve(plain, max) : -EBADMSG;

	while (r == 0 && plain->len < max &&
	       (n = BIO_read(cipher, plain->data + plain->len, (int)(max - plain->len))) > 0)
		plain->len += (size_t)n;
	if (r == 0 && (n > 0 || plain->len == 0 || BIO_method_type(cipher) != BIO_TYPE_CIPHER ||
		       BIO_get_cipher_status(cipher) != 1))
		r = -EBADMSG;
	if (r == 0)
		plain->data[plain->len] = '\0';
	return r;
}

int weir_evidence_open(const void *sealed, size_t len, const struct weir_reviewer *reviewer,
		       struct weir_buf *plain)
{
	CMS_ContentInfo *cms _cleanup_(CMS_ContentInfo_freep) = NULL;
	const unsigned char *at = sealed;
	int r = weir_evidence_check(sealed, len);

	if (r < 0)
		return r;
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)len);
	if (!cms)
		r = -EBADMSG;
	else if (CMS_decrypt_set1_pkey(cms, reviewer->key, reviewer->cert) != 1)
		r = -ENOKEY;
	if (r == 0)
		r = decrypt(cms, len, plain);
	if (r < 0)
		weir_buf_wipe(plain);
	ERR_clear_error();
	return r;
}
