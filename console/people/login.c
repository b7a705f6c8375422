/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords and codes. Slow on purpose, so never inside a transaction. */

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "internal.h"
#include "weir/base/buf.h"
#include "weir/base/time.h"

int hashing_verify(struct weir_people *people, const char *password, const char *verifier)
{
	int r;

	if (sem_trywait(&people->hashing) < 0)
		return -EBUSY;
	r = weir_password_verify(password, verifier);
	sem_post(&people->hashing);
	return r;
}

int hashing_make(struct weir_people *people, const char *password,
		 char ret[static WEIR_PASSWORD_TEXT])
{
	int r;

	if (sem_trywait(&people->hashing) < 0)
		return -EBUSY;
	r = weir_password_hash(password, &people->cost, ret);
	sem_post(&people->hashing);
	return r;
}

/* What a person proves it with. id 0: there is nobody of this name. */
struct proof {
	uint64_t id;
	char verifier[WEIR_PASSWORD_TEXT];
	bool has_totp;
	uint8_t totp[WEIR_TOTP_SECRET_LEN];
	uint64_t totp_step;
};

static int read_proof(struct weir_people *people, const char *name, struct proof *ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	struct weir_db_rows *rows _cleanup_(weir_db_rows_freep) = NULL;
	const void *totp;
	size_t len;
	int r = weir_db_read(people->store, &tx);

	*ret = (struct proof){};
	memcpy(ret->verifier, people->nobody, sizeof(ret->verifier));
	if (r == 0)
		r = WEIR_DB_QUERY(tx, &rows,
				  "SELECT id, password, totp, totp_step FROM person "
				  "WHERE name = $1 AND state = $2 AND password IS NOT NULL",
				  weir_db_text(name), weir_db_int(PERSON_ACTIVE));
	if (r == 0)
		r = weir_db_next(rows);
	if (r <= 0)
		return r;
	ret->id = (uint64_t)weir_db_get_int(rows, 0);
	(void)snprintf(ret->verifier, sizeof(ret->verifier), "%s", weir_db_get_text(rows, 1));
	totp = weir_db_get_blob(rows, 2, &len);
	ret->has_totp = len != 0;
	ret->totp_step = (uint64_t)weir_db_get_int(rows, 3);
	if (len && len != sizeof(ret->totp))
		return -EBADMSG;
	memcpy(ret->totp, totp, len);
	return 0;
}

/* 0 with the step of the code in *ret_step (0: none is asked for), or -EACCES. The password is
 * checked whatever else is wrong: the time tells nothing. */
static int check_proof(struct weir_people *people, const struct proof *proof, const char *password,
		       const char *code, uint64_t now_ns, uint64_t *ret_step)
{
	int r = hashing_verify(people, password, proof->verifier);

	*ret_step = 0;
	if (r < 0)
		return r;
	if (proof->id == 0)
		return -EACCES;
	if (!proof->has_totp)
		return 0;
	return weir_totp_verify(proof->totp, code, now_ns / WEIR_NSEC_PER_SEC, proof->totp_step,
				ret_step);
}

/* Of two calls with one code, the first to come here has it. */
static int use_code(struct weir_db_tx *tx, uint64_t id, uint64_t step)
{
	int r;

	if (step == 0)
		return 0;
	r = WEIR_DB_RUN(tx, "UPDATE person SET totp_step = $2 WHERE id = $1 AND totp_step < $2",
			weir_db_int((int64_t)id), weir_db_int((int64_t)step));
	if (r < 0)
		return r;
	return r == 1 ? 0 : -EACCES;
}

/* The proof still holds: nobody has set another password in the meantime. */
static int check_unchanged(struct weir_db_tx *tx, const struct proof *proof)
{
	int64_t n;
	int r = WEIR_DB_NUMBER(tx, &n,
			       "SELECT count(*) FROM person WHERE id = $1 AND password = $2",
			       weir_db_int((int64_t)proof->id), weir_db_text(proof->verifier));

	if (r < 0)
		return r;
	return n == 1 ? 0 : -EACCES;
}

static int let_in(struct weir_people *people, const struct weir_login *login,
		  const struct proof *proof, uint64_t step, uint64_t now_ns,
		  char ret_session[static WEIR_SECRET_TEXT], struct weir_principal *ret)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(people->store, &tx);

	if (r == 0)
		r = check_unchanged(tx, proof);
	if (r == 0)
		r = use_code(tx, proof->id, step);
	if (r == 0)
		r = people_principal(tx, proof->id, ret);
	if (r == 0)
		r = attempt_right(tx, ret->name, login->address);
	if (r == 0)
		r = session_open(tx, ret, now_ns, "", ret_session);
	return r < 0 ? r : weir_db_commit(tx);
}

/* The name of somebody who exists is told; whatever else stood in that field may be a password. */
void note_refusal(struct weir_people *people, uint64_t id, const char *address, const char *way,
		  const char *why)
{
	struct weir_buf detail _cleanup_(weir_buf_done) = WEIR_BUF_INIT(512);
	char object[32] = "user unknown";
	static const char good[] = "0123456789abcdefABCDEF.:";
	const bool known = *address && !address[strspn(address, good)];
	int r = 0;

	if (id)
		(void)snprintf(object, sizeof(object), "user %" PRIu64, id);
	if (way)
		r = weir_buf_printf(&detail, "{\"by\":\"%s\",\"reason\":\"%s\"", way, why);
	if (r == 0 && known)
		r = weir_buf_printf(&detail, "%s\"address\":\"%.64s\"", way ? "," : "{", address);
	if (r == 0 && (way || known))
		r = weir_buf_puts(&detail, "}");
	/* A log that can't be written must not tell the caller more than a refusal does. */
	if (r < 0 || weir_audit_note(people->store, NULL, "session.refuse", object,
				     detail.data ? detail.data : "") < 0)
		return;
}

void weir_people_refused(struct weir_people *people, const char *address, const char *way,
			 const char *why)
{
	note_refusal(people, 0, address, way, why);
}

void name_fold(const char *name, char ret[static WEIR_PERSON_NAME_MAX + 1])
{
	size_t i;

	for (i = 0; name[i] && i < WEIR_PERSON_NAME_MAX; i++)
		ret[i] = (char)tolower((unsigned char)name[i]);
	ret[i] = '\0';
}

int weir_people_login(struct weir_people *people, const struct weir_login *login, uint64_t now_ns,
		      char ret_session[static WEIR_SECRET_TEXT], struct weir_principal *ret,
		      uint32_t *ret_wait_s)
{
	char name[WEIR_PERSON_NAME_MAX + 1];
	struct proof proof = {};
	uint64_t step = 0;
	int r;

	*ret_wait_s = 0;
	name_fold(login->name, name);
	if (strlen(login->password) > WEIR_PASSWORD_MAX)
		return -EACCES;
	r = attempt_begin(people, name, login->address, now_ns, ret_wait_s);
	if (r == 0)
		r = read_proof(people, name, &proof);
	if (r < 0)
		return r;
	r = check_proof(people, &proof, login->password, login->code, now_ns, &step);
	if (r == 0)
		r = let_in(people, login, &proof, step, now_ns, ret_session, ret);
	if (r == -EACCES)
		note_refusal(people, proof.id, login->address, NULL, NULL);
	explicit_bzero(&proof, sizeof(proof));
	if (r != -EBUSY)
		return r;
	*ret_wait_s = 1;
	return -EAGAIN;
}

/* Inside one transaction: of two calls with one old password, both may win, with the same rights. */
static int replace(struct weir_people *people, const struct weir_principal *by,
		   const struct proof *proof, const char *verifier)
{
	struct weir_db_tx *tx _cleanup_(weir_db_endp) = NULL;
	int r = weir_db_write(people->store, &tx);

	if (r == 0)
		r = check_unchanged(tx, proof);
	if (r == 0)
		r = WEIR_DB_RUN(tx, "UPDATE person SET password = $2 WHERE id = $1",
				weir_db_int((int64_t)by->id), weir_db_text(verifier));
	if (r >= 0)
		r = WEIR_DB_RUN(tx, "DELETE FROM person_session WHERE person = $1 AND id <> $2",
				weir_db_int((int64_t)by->id), weir_db_int((int64_t)by->session));
	if (r >= 0)
		r = attempt_right(tx, by->name, "");
	if (r == 0)
		r = weir_audit_write(tx, by, "user.password", "", "");
	return r < 0 ? r : weir_db_commit(tx);
}

int weir_people_set_password(struct weir_people *people, const struct weir_principal *by,
			     const char *old, const char *password, uint64_t now_ns,
			     const char **ret_why)
{
	char verifier[WEIR_PASSWORD_TEXT];
	struct proof proof = {};
	uint32_t wait_s;
	int r;

	*ret_why = "";
	if (!by->session)
		return -EPERM; /* a token that was found does not become an account */
	r = weir_password_fits(password, by->name, ret_why);
	if (r == 0)
		r = attempt_begin(people, by->name, "", now_ns, &wait_s);
	if (r == 0)
		r = read_proof(people, by->name, &proof);
	if (r == 0)
		r = hashing_verify(people, old, proof.verifier);
	if (r == 0 && proof.id != by->id)
		r = -EACCES;
	if (r == 0)
		r = hashing_make(people, password, verifier);
	if (r == 0)
		r = replace(people, by, &proof, verifier);
	explicit_bzero(&proof, sizeof(proof));
	return r == -EBUSY ? -EAGAIN : r;
}
