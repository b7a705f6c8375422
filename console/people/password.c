/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_people/password.h"

#include <argon2.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "weir/base/utf8.h"

#define SALT_LEN	16
#define HASH_LEN	32
#define MEMORY_KIB_MAX	(1024 * 1024)
#define PASSES_MAX	64
#define LANES_MAX	16
#define VERIFIER_FORMAT "$argon2id$v=19$m=%u,t=%u,p=%u$"

int weir_password_fits(const char *password, const char *name, const char **ret_why)
{
	size_t len = strlen(password);

	*ret_why = NULL;
	if (len < WEIR_PASSWORD_MIN || len > WEIR_PASSWORD_MAX)
		*ret_why = "a password has 12 to 256 bytes";
	else if (weir_utf8_valid(password, len) != len)
		*ret_why = "a password is text in UTF-8";
	else if (strcasestr(password, name))
		*ret_why = "a password does not hold its owner's name";
	for (const char *p = password; *p && !*ret_why; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*ret_why = "a password has no control characters";
	return *ret_why ? -EINVAL : 0;
}

int weir_password_hash(const char *password, const struct weir_password_cost *cost,
		       char ret[static WEIR_PASSWORD_TEXT])
{
	uint8_t salt[SALT_LEN];
	int r;

	if (getrandom(salt, sizeof(salt), 0) != (ssize_t)sizeof(salt))
		return -EIO;
	r = argon2id_hash_encoded(cost->passes, cost->memory_kib, cost->lanes, password,
				  strlen(password), salt, sizeof(salt), HASH_LEN, ret,
				  WEIR_PASSWORD_TEXT);
	if (r == ARGON2_MEMORY_ALLOCATION_ERROR)
		return -ENOMEM;
	return r == ARGON2_OK ? 0 : -EINVAL;
}

/* The library obeys whatever cost the text names. */
static int read_cost(const char *verifier, struct weir_password_cost *ret)
{
	unsigned memory, passes, lanes;

	/* NOLINTNEXTLINE(cert-err34-c): what overflows is refused by the limits below */
	if (strlen(verifier) >= WEIR_PASSWORD_TEXT ||
	    sscanf(verifier, VERIFIER_FORMAT, &memory, &passes, &lanes) != 3)
		return -EBADMSG;
	if (memory > MEMORY_KIB_MAX || passes > PASSES_MAX || lanes > LANES_MAX)
		return -EBADMSG;
	*ret = (struct weir_password_cost){memory, passes, lanes};
	return 0;
}

int weir_password_verify(const char *password, const char *verifier)
{
	struct weir_password_cost cost;
	int r = read_cost(verifier, &cost);

	if (r < 0)
		return r;
	r = argon2id_verify(verifier, password, strlen(password));
	switch (r) {
	case ARGON2_OK:
		return 0;
	case ARGON2_VERIFY_MISMATCH:
		return -EACCES;
	case ARGON2_MEMORY_ALLOCATION_ERROR:
		return -ENOMEM;
	default:
		return -EBADMSG;
	}
}

bool weir_password_outdated(const char *verifier, const struct weir_password_cost *cost)
{
	struct weir_password_cost has;

	return read_cost(verifier, &has) < 0 || has.memory_kib != cost->memory_kib ||
	       has.passes != cost->passes || has.lanes != cost->lanes;
}
