/* SPDX-License-Identifier: Apache-2.0 */
#include "weir/console_fleet/ca.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>

#include "weir/base/fd.h"
#include "weir/base/parse.h"
#include "x509.h"

#define CA_NAME	   "Weir fleet"
#define CA_DAYS	   3650
#define DAY_S	   86400
#define SERIAL_LEN 16
#define NAMES_MAX  1024

struct weir_ca {
	EVP_PKEY *key;
	X509 *cert;
	struct weir_buf pem;
	char pin[WEIR_CA_PIN_TEXT];
};

void weir_ca_free(struct weir_ca *ca)
{
	if (!ca)
		return;
	EVP_PKEY_free(ca->key);
	X509_free(ca->cert);
	weir_buf_done(&ca->pem);
	free(ca);
}

const char *weir_ca_pem(const struct weir_ca *ca)
{
	return ca->pem.data;
}

const char *weir_ca_pin(const struct weir_ca *ca)
{
	return ca->pin;
}

/* 126 random bits, without a zero in front, so that every tool writes the same digits. */
static int make_serial(ASN1_INTEGER *to, char text[static WEIR_CA_SERIAL_TEXT])
{
	BIGNUM *number _cleanup_(BN_freep) = NULL;
	uint8_t bytes[SERIAL_LEN];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return -EIO;
	bytes[0] = (uint8_t)((bytes[0] & 0x3f) | 0x40);
	weir_hex(bytes, sizeof(bytes), text);
	for (char *c = text; *c; c++)
		*c = (char)(*c >= 'a' ? *c - 'a' + 'A' : *c);
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	return number && BN_to_ASN1_INTEGER(number, to) ? 0 : -ENOMEM;
}

static bool add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension _cleanup_(X509_EXTENSION_freep) = NULL;
	X509V3_CTX context;

	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	return extension && X509_add_ext(cert, extension, -1) == 1;
}

static bool set_name(X509_NAME *name, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)text,
					  -1, -1, 0) == 1;
}

static bool set_times(X509 *cert, const struct weir_ca_validity *validity)
{
	return ASN1_TIME_set(X509_getm_notBefore(cert), (time_t)validity->from_s) &&
	       ASN1_TIME_set(X509_getm_notAfter(cert), (time_t)validity->until_s);
}

/* What a certificate says of its holder. */
struct profile {
	const char *name;
	const char *basic, *usage, *extended, *alternative; /* NULL: not said */
};

static X509 *make_cert(EVP_PKEY *subject_key, const struct profile *profile,
		       const struct weir_ca_validity *validity, X509 *issuer, EVP_PKEY *issuer_key,
		       char serial[static WEIR_CA_SERIAL_TEXT])
{
	X509 *cert _cleanup_(X509_freep) = X509_new();
	X509 *above = issuer ? issuer : cert;
	bool good = cert && make_serial(X509_get_serialNumber(cert), serial) == 0 &&
		    X509_set_version(cert, X509_VERSION_3) == 1 && set_times(cert, validity) &&
		    set_name(X509_get_subject_name(cert), profile->name) &&
		    X509_set_issuer_name(cert, X509_get_subject_name(above)) == 1 &&
		    X509_set_pubkey(cert, subject_key) == 1;

	good = good && add_extension(cert, above, NID_basic_constraints, profile->basic) &&
	       add_extension(cert, above, NID_key_usage, profile->usage) &&
	       add_extension(cert, above, NID_subject_key_identifier, "hash");
	if (good && issuer)
		good = add_extension(cert, above, NID_authority_key_identifier, "keyid");
	if (good && profile->extended)
		good = add_extension(cert, above, NID_ext_key_usage, profile->extended);
	if (good && profile->alternative)
		good = add_extension(cert, above, NID_subject_alt_name, profile->alternative);
	if (good && X509_sign(cert, issuer_key, EVP_sha256()) > 0)
		return TAKE_PTR(cert);
	ERR_clear_error();
	return NULL;
}

static int append_cert(X509 *cert, struct weir_buf *pem)
{
	BIO *bio _cleanup_(BIO_vfreep) = BIO_new(BIO_s_mem());

	if (!bio || PEM_write_bio_X509(bio, cert) != 1)
		return -ENOMEM;
	return weir_x509_take(bio, pem);
}

static int append_key(EVP_PKEY *key, struct weir_buf *pem)
{
	BIO *bio _cleanup_(BIO_vfreep) = BIO_new(BIO_s_secmem());

	if (!bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		return -ENOMEM;
	return weir_x509_take(bio, pem);
}

static void wipe(struct weir_buf *buf)
{
	if (buf->data)
		explicit_bzero(buf->data, buf->size);
	weir_buf_done(buf);
}

static int make_authority(int dir_fd)
{
	static const struct profile profile = {
		.name = CA_NAME,
		.basic = "critical,CA:TRUE,pathlen:0",
		.usage = "critical,keyCertSign,cRLSign",
	};
	EVP_PKEY *key _cleanup_(EVP_PKEY_freep) = EVP_EC_gen("P-256");
	X509 *cert _cleanup_(X509_freep) = NULL;
	struct weir_buf key_pem _cleanup_(wipe) = WEIR_BUF_INIT(WEIR_CA_PEM_MAX);
	struct weir_buf pem _cleanup_(weir_buf_done) = WEIR_BUF_INIT(WEIR_CA_PEM_MAX);
	const uint64_t now = (uint64_t)time(NULL);
	const struct weir_ca_validity validity = {now - DAY_S, now + (uint64_t)CA_DAYS * DAY_S};
	char serial[WEIR_CA_SERIAL_TEXT];
	int r = -ENOMEM;

	if (key)
		cert = make_cert(key, &profile, &validity, NULL, key, serial);
	if (cert)
		r = append_key(key, &key_pem);
	if (r == 0)
		r = append_cert(cert, &pem);
	/* The certificate goes last: a key alone is an authority that was never made. */
	if (r == 0)
		r = weir_write_file_atomic(dir_fd, WEIR_CA_KEY_FILE, key_pem.data, key_pem.len,
					   0600);
	if (r == 0)
		r = weir_write_file_atomic(dir_fd, WEIR_CA_FILE, pem.data, pem.len, 0644);
	return r;
}

static int read_key(int dir_fd, EVP_PKEY **ret)
{
	struct weir_buf pem _cleanup_(wipe) = WEIR_BUF_INIT(WEIR_CA_PEM_MAX);
	BIO *bio _cleanup_(BIO_vfreep) = NULL;
	struct stat st;
	int r;

	if (fstatat(dir_fd, WEIR_CA_KEY_FILE, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (st.st_mode & 0077))
		return -EPERM;
	r = weir_read_file(dir_fd, WEIR_CA_KEY_FILE, &pem);
	if (r < 0)
		return r;
	bio = BIO_new_mem_buf(pem.data ? pem.data : "", (int)pem.len);
	*ret = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL) : NULL;
	ERR_clear_error();
	return *ret && weir_x509_is_p256(*ret) ? 0 : -EINVAL;
}

static int set_pin(struct weir_ca *ca)
{
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (X509_digest(ca->cert, EVP_sha256(), hash, &len) != 1)
		return -ENOMEM;
	weir_hex(hash, len, ca->pin);
	return 0;
}

static int read_cert(int dir_fd, struct weir_ca *ca)
{
	BIO *bio _cleanup_(BIO_vfreep) = NULL;
	int r = weir_read_file(dir_fd, WEIR_CA_FILE, &ca->pem);

	if (r < 0)
		return r;
	bio = BIO_new_mem_buf(ca->pem.data ? ca->pem.data : "", (int)ca->pem.len);
	ca->cert = bio ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
	if (!ca->cert || X509_check_private_key(ca->cert, ca->key) != 1 ||
	    X509_check_ca(ca->cert) != 1)
		r = -EINVAL;
	ERR_clear_error();
	return r < 0 ? r : set_pin(ca);
}

int weir_ca_open(int dir_fd, struct weir_error *err, struct weir_ca **ret)
{
	struct weir_ca *ca _cleanup_(weir_ca_freep) = calloc(1, sizeof(*ca));
	int r = 0;

	if (!ca)
		return weir_error_set(err, -ENOMEM, 0, 0, "out of memory");
	ca->pem = WEIR_BUF_INIT(WEIR_CA_PEM_MAX);
	if (faccessat(dir_fd, WEIR_CA_FILE, F_OK, 0) < 0 && errno == ENOENT)
		r = make_authority(dir_fd);
	if (r == 0)
		r = read_key(dir_fd, &ca->key);
	if (r == 0)
		r = read_cert(dir_fd, ca);
	if (r < 0) {
		errno = -r;
		weir_error_set(err, r, 0, 0, "cannot use the fleet's authority in %s and %s: %m",
			       WEIR_CA_KEY_FILE, WEIR_CA_FILE);
		weir_error_hint(err, "the key is a P-256 key in PEM, mode 0600, and the "
				     "certificate is its own");
		return r;
	}
	*ret = TAKE_PTR(ca);
	return 0;
}

int weir_ca_issue(struct weir_ca *ca, const struct weir_csr *csr,
		  const struct weir_ca_validity *validity, struct weir_buf *pem,
		  char serial[static WEIR_CA_SERIAL_TEXT])
{
	char name[WEIR_UID_TEXT], alternative[sizeof("URI:urn:uuid:") + WEIR_UID_TEXT];
	const struct profile profile = {
		.name = name,
		.basic = "critical,CA:FALSE",
		.usage = "critical,digitalSignature",
		.extended = "clientAuth",
		.alternative = alternative,
	};
	X509 *cert _cleanup_(X509_freep) = NULL;

	weir_uid_format(weir_csr_uid(csr), name);
	(void)snprintf(alternative, sizeof(alternative), "URI:urn:uuid:%s", name);
	cert = make_cert(weir_csr_key(csr), &profile, validity, ca->cert, ca->key, serial);
	return cert ? append_cert(cert, pem) : -ENOMEM;
}

/* "a.example,10.0.0.1" to "DNS:a.example,IP:10.0.0.1". Nothing else passes: the text becomes a
 * configuration of OpenSSL's. */
static int alternative_of(const char *names, struct weir_buf *ret)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
	int r = 0;

	while (r == 0) {
		size_t len = strspn(names, letters);
		bool address = strspn(names, "0123456789.") == len;

		if (len == 0 || (names[len] && names[len] != ','))
			return -EINVAL;
		r = weir_buf_printf(ret, "%s%s:%.*s", ret->len ? "," : "", address ? "IP" : "DNS",
				    (int)len, names);
		names += len;
		if (!*names++)
			break;
	}
	return r;
}

int weir_ca_issue_server(struct weir_ca *ca, const char *names,
			 const struct weir_ca_validity *validity, struct weir_buf *pem,
			 struct weir_buf *key_pem)
{
	struct weir_buf alternative _cleanup_(weir_buf_done) = WEIR_BUF_INIT(NAMES_MAX);
	struct profile profile = {
		.name = "weir-console",
		.basic = "critical,CA:FALSE",
		.usage = "critical,digitalSignature",
		.extended = "serverAuth",
	};
	EVP_PKEY *key _cleanup_(EVP_PKEY_freep) = NULL;
	X509 *cert _cleanup_(X509_freep) = NULL;
	char serial[WEIR_CA_SERIAL_TEXT];
	int r = alternative_of(names, &alternative);

	if (r < 0)
		return r;
	profile.alternative = alternative.data;
	key = EVP_EC_gen("P-256");
	if (key)
		cert = make_cert(key, &profile, validity, ca->cert, ca->key, serial);
	r = cert ? append_cert(cert, pem) : -EINVAL;
	return r < 0 ? r : append_key(key, key_pem);
}

static bool add_revoked(X509_CRL *list, const char *serial, const ASN1_TIME *when)
{
	X509_REVOKED *revoked _cleanup_(X509_REVOKED_freep) = X509_REVOKED_new();
	ASN1_INTEGER *number _cleanup_(ASN1_INTEGER_freep) = NULL;
	BIGNUM *value _cleanup_(BN_freep) = NULL;

	if (!revoked || BN_hex2bn(&value, serial) == 0)
		return false;
	number = BN_to_ASN1_INTEGER(value, NULL);
	if (!number || X509_REVOKED_set_serialNumber(revoked, number) != 1 ||
	    X509_REVOKED_set_revocationDate(revoked, (ASN1_TIME *)when) != 1 ||
	    X509_CRL_add0_revoked(list, revoked) != 1)
		return false;
	(void)TAKE_PTR(revoked); /* the list's now */
	return true;
}

int weir_ca_revocations(struct weir_ca *ca, const char (*serials)[WEIR_CA_SERIAL_TEXT], size_t n,
			const struct weir_ca_validity *validity, struct weir_buf *pem)
{
	X509_CRL *list _cleanup_(X509_CRL_freep) = X509_CRL_new();
	ASN1_TIME *from _cleanup_(ASN1_TIME_freep) = ASN1_TIME_set(NULL, (time_t)validity->from_s);
	ASN1_TIME *until _cleanup_(ASN1_TIME_freep) =
		ASN1_TIME_set(NULL, (time_t)validity->until_s);
	BIO *bio _cleanup_(BIO_vfreep) = BIO_new(BIO_s_mem());
	bool good = list && from && until && bio &&
		    X509_CRL_set_version(list, X509_CRL_VERSION_2) == 1 &&
		    X509_CRL_set_issuer_name(list, X509_get_subject_name(ca->cert)) == 1 &&
		    X509_CRL_set1_lastUpdate(list, from) == 1 &&
		    X509_CRL_set1_nextUpdate(list, until) == 1;

	for (size_t i = 0; good && i < n; i++)
		good = add_revoked(list, serials[i], from);
	good = good && X509_CRL_sort(list) == 1 && X509_CRL_sign(list, ca->key, EVP_sha256()) > 0 &&
	       PEM_write_bio_X509_CRL(bio, list) == 1;
	ERR_clear_error();
	return good ? weir_x509_take(bio, pem) : -ENOMEM;
}
