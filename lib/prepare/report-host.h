/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_PREPARE_REPORT_HOST_H
#define DMABUFCTL_PREPARE_REPORT_HOST_H

#include "lib/model/report.h"

/*
 * Fills what a snapshot that has seen the features and files of the host tell: all but
 * version and build. Of the live system (NULL), or of a captured tree. *ret_kernel, which
 * the report points to, is malloc'ed, or NULL. 0 or negative errno.
 */
int report_host(const char *directory, const struct snapshot *snapshot,
		struct report *report, char **ret_kernel);

#endif
