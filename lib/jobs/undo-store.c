/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jobs/job-store.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/jobs/record-file.h"
#include "lib/wire/act-json.h"
#include "lib/wire/act-parse.h"
#include "lib/wire/json.h"

static int open_directory(const struct job_store *store)
{
	return record_directory_open(store->runtime_fd, "undo");
}

/* Better no step than one whose undo cannot be read when it is needed. */
static int check(struct json_object *object)
{
	struct undo again;

	return object && wire_parse_undo(object, &again) < 0 ? -EINVAL : 0;
}

int undo_store_write(const struct job_store *store, const struct undo *undo)
{
	_cleanup_close_ int fd = -EBADF;
	_cleanup_(wire_put) struct json_object *object = wire_undo(undo);
	int r = check(object);

	if (r < 0)
		return r;
	fd = open_directory(store);
	if (fd < 0)
		return fd;
	return record_write(fd, undo->job, TAKE_PTR(object), 0600, true);
}

int undo_store_read(const struct job_store *store, const char *job, struct undo *ret)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	_cleanup_close_ int fd = -EBADF;
	struct undo undo;
	int r;

	if (!job_id_is_valid(job))
		return -ENOENT;
	fd = open_directory(store);
	if (fd < 0)
		return fd;
	r = record_read(fd, job, RECORD_LIMIT, &object);
	if (r == 0)
		r = wire_parse_undo(object, &undo);
	if (r < 0)
		return r;
	if (strcmp(undo.job, job) != 0)
		return -EBADMSG;
	*ret = undo;
	return 0;
}

int undo_store_remove(const struct job_store *store, const char *job)
{
	_cleanup_close_ int fd = -EBADF;

	if (!job_id_is_valid(job))
		return -EINVAL;
	fd = open_directory(store);
	return fd < 0 ? fd : record_remove(fd, job);
}

void undo_store_sweep(const struct job_store *store, const char *job)
{
	int fd = job_id_is_valid(job) ? open_directory(store) : -EBADF;

	if (fd >= 0)
		record_sweep(fd, job);
}
