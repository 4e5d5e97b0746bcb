/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_CLIENT_CHECK_H
#define DMABUFCTL_CMD_CLIENT_CHECK_H

#include "cmd/dmabufctl/check-look.h"

/*
 * As check_look(): dmabufd looks. Of the snapshot there are only the sources, and who
 * the devices are.
 */
int client_check(const struct options *options, const struct targets *targets,
		 struct check *check);

#endif
