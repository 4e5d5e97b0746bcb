/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/act-run.h"
#include "cmd/dmabufctl/verbs.h"

int restore_run(const struct options *options)
{
	return act_run(options, ACT_RESTORE, NULL);
}
