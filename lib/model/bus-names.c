/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/model/bus-names.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

static void replace(char *text, char from, char to)
{
	while ((text = strchr(text, from)))
		*text = to;
}

void bus_job_path(const char *id, char ret[BUS_JOB_PATH_TEXT])
{
	(void)snprintf(ret, BUS_JOB_PATH_TEXT, BUS_JOB_PATH "/%s", id);
	replace(ret, '-', '_');
}

int bus_job_id(const char *path, char ret[JOB_ID_TEXT])
{
	const char *id = path + strlen(BUS_JOB_PATH "/");

	if (!text_starts_with(path, BUS_JOB_PATH "/") || strlen(id) >= JOB_ID_TEXT)
		return -EINVAL;
	strcpy(ret, id);
	replace(ret, '_', '-');
	return job_id_is_valid(ret) ? 0 : -EINVAL;
}
