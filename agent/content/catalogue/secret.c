/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords, keys and tokens. */

#include "rows.h"

static const char *const secret_words[] = {
	"密码",		"密碼",	       "口令",	     "验证码",		"密钥",
	"password",	"passwd",      "pwd",	     "passphrase",	"pass",
	"secret",	"secretkey",   "secret_key", "secret key",	"client_secret",
	"clientsecret", "app_secret",  "appsecret",  "accesskeysecret", "access_key_secret",
	"access_key",	"accesskey",   "access key", "api_key",		"apikey",
	"api key",	"api-key",     "auth_token", "authtoken",	"access_token",
	"accesstoken",	"private key", "secretid",   "secret_id",	"dlmm",
	"zfmm",		NULL};
static const char *const secret_negatives[] = {
	"示例", "样例", "example", "sample", "placeholder", "test", "pubkey", "public key", NULL};

#define ASSIGN "[\"']?[ \\t]{0,3}(?::=|=>|[:=]|：)[ \\t]{0,3}"
#define QUOTED "[\"']([^\\s\"'<>,]{6,64})[\"']"
#define PLAIN  "([^\\s\"'<>,;&(){}\\[\\]\\x80-\\xff]{6,64})(?=[\\s\"',;&]|\\z)"
#define ENGLISH                                                                                   \
	"(?i:password|passwd|pwd|passphrase|pass|client_?secret|app_?secret|secret_?(?:key|id)?|" \
	"access_?key(?:_?secret)?|api[_-]?key|auth_?token|access_?token)"

/* A token stands at the run behind its issuer's prefix or with it, whichever is one run of letters and
 * digits. */
const struct weir_detector weir_row_secret = {
	.id = "secret",
	.name_zh = "口令与密钥",
	.name_en = "password, key or token",
	.forms = {{.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "(LTAI[0-9A-Za-z]{12,26}|AKID[0-9A-Za-z]{13,40}|(?:AKIA|ASIA)[0-9A-Z]"
			      "{16}|"
			      "AKLT[0-9A-Za-z]{20,60}|AIza[0-9A-Za-z_-]{35})" EDGE,
		   .shift = 15,
		   .check = "secret_token"},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "(?:(?<=ghp_|gho_|ghs_|ghu_|ghr_|npm_)|(?<=sk_live_|rk_live_)|(?<="
			      "glpat-)|"
			      "(?<=github_pat_))([0-9A-Za-z]{16,60})(?![0-9A-Za-z])",
		   .lengths = FROM(16, 60),
		   .shift = 15,
		   .check = "secret_token"},
		  {.anchor = WEIR_ANCHOR_TOKEN,
		   .pattern = "(eyJ[0-9A-Za-z_-]{10,2000}\\.eyJ[0-9A-Za-z_-]{10,2000}\\.[0-9A-Za-z_"
			      "-]{10,1000})"
			      "(?![0-9A-Za-z_-])",
		   .shift = 10,
		   .check = "secret_token"},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?<=-----BEGIN |-----BEGIN RSA |-----BEGIN EC |-----BEGIN DSA "
			      "|-----BEGIN OPENSSH |"
			      "-----BEGIN PGP |-----BEGIN ENCRYPTED )PRIVATE KEY(?: "
			      "BLOCK)?-----(?:\\s|\\\\[rn]){1,4}"
			      "((?:[0-9A-Za-z+/=:,.\\s-]|\\\\[rn]){40,400})",
		   .shift = 15,
		   .check = "secret_token"},
		  {.anchor = WEIR_ANCHOR_WORD,
		   .pattern = "(?:密码|密碼|口令|验证码|密钥)(?:[\"'*)]|）|码){0,2}[ "
			      "\\t]{0,3}(?:[:=]|：|是|为)[ \\t\"']{0,3}"
			      "([^\\s\"'<>,;\\x80-\\xff]{4,32})",
		   .shift = 10,
		   .check = "secret_pin"},
		  {.anchor = WEIR_ANCHOR_WORD, .pattern = ENGLISH ASSIGN QUOTED},
		  {.anchor = WEIR_ANCHOR_WORD, .pattern = ENGLISH ASSIGN PLAIN, .shift = -10}},
	.check = "secret",
	.words = secret_words,
	.negatives = secret_negatives,
	.confidence = {.accepted = 60, .strong = 75, .negative = 30},
	.labels = {.level = "C3", .jrt0197 = 4, .nfra = "system"},
	.normal = WEIR_NORMAL_TEXT,
	.rank = 59,
	.joined = true,
};
