/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_EXTERNAL_EXTERNAL_H
#define WEIR_EXTERNAL_EXTERNAL_H

/* Programs that weir does not link, run for a process that may start nothing: pdftotext (another
 * licence) and tesseract (weight). A small host process, forked before the caller enters its own
 * sandbox, keeps the right to execute exactly these programs and answers over a socket; one program
 * runs at a time. The host reads the programs' own files and nothing else, has no network and no
 * identity of root; each program has less: weir/sandbox/sandbox.h. Input is a descriptor or a copy in
 * memory, output a pipe; nothing is written anywhere.
 *
 * Whatever the program or the host does, a call of the port ends in bounded time: a program beyond
 * its time is killed, a host that does not answer is given up, and then every request is -EIO. */

#include <stdbool.h>
#include <stdint.h>

#include "weir/base/macros.h"
#include "weir/unpack/unpack.h"

#define WEIR_EXTERNAL_PDF_DEFAULT "/usr/bin/pdftotext"

struct weir_external_host;

struct weir_external_options {
	const char *pdf;	/* pdftotext of poppler; NULL or "": none */
	const char *pdf_images; /* pdfimages; NULL: the one beside pdf, "": none */
	const char *ocr;	/* tesseract; NULL or "": none */
	uint32_t uid, gid;	/* what the host becomes when started as root */
	uint64_t memory_bytes;	/* address space of a program; 0: 1 GiB */
	uint64_t timeout_ns;	/* from its start to its end, and as CPU time; 0: 60 s */
	uint64_t input_bytes;	/* a copy in memory, beyond -EFBIG; 0: 256 MiB */
};

/* Forks the host; call it while there is one thread, early, so that the host is small, and with
 * every descriptor known that the host is to lose: it keeps none. A program that is not there is
 * taken as none. 0 or negative errno; *ret NULL with 0 when no program is there. */
int weir_external_new(const struct weir_external_options *options,
		      struct weir_external_host **ret) _must_use_;
/* Ends the host, and with it what it runs. */
void weir_external_free(struct weir_external_host *host);
DEFINE_CLEANUP(weir_external_free, struct weir_external_host *);

/* Lives as long as the host does; NULL when host is NULL. Its calls need no system call but sendmsg,
 * recvmsg, ppoll, mmap, munmap and close. */
const struct weir_unpack_port *weir_external_port(struct weir_external_host *host);

/* False once the host is lost: there is no way back but a new process. NULL is alive. */
bool weir_external_alive(const struct weir_external_host *host);

/* The host's process id, for tests. */
int weir_external_pid(const struct weir_external_host *host);

#endif
