/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BYPASS_SCSI_H
#define BYPASS_SCSI_H

/* Commands for the disk itself, past the block layer. */

#include "bypass.h"

int scsi_run_disk(const struct bypass_job *job);
int scsi_run_generic(const struct bypass_job *job);
/* Takes the disk from its driver and gives it back: it may have another node afterwards. */
int scsi_run_usb(const struct bypass_job *job);

#endif
