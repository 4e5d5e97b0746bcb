/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jobs/job-store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/job-id.h"
#include "lib/jobs/job-read.h"
#include "lib/jobs/record-file.h"
#include "lib/wire/act-json.h"
#include "lib/wire/act-parse.h"
#include "lib/wire/json.h"

enum {
	RECORD_MODE = 0644, /* who gets as far as that is for the directory to say */
	ID_ATTEMPTS = 16,
};

/* Some of them only root may open: looks, and does not. */
static int check_directories(int parent_fd, const char *const *names, size_t count)
{
	struct stat status;

	for (size_t i = 0; i < count; i++) {
		if (fstatat(parent_fd, names[i], &status, AT_SYMLINK_NOFOLLOW) < 0)
			return -errno;
		if (!S_ISDIR(status.st_mode))
			return -ENOTDIR;
	}
	return 0;
}

int job_store_open(int root_fd, struct job_store *ret)
{
	static const char *const state[] = { "jobs", "ended", "requests" };
	static const char *const runtime[] = { "undo", "revoked" };
	_cleanup_(job_store_close) struct job_store store = { -EBADF, -EBADF };
	int r;

	store.state_fd = record_directory_open(root_fd, "var/lib/dmabufctl");
	if (store.state_fd < 0)
		return store.state_fd;
	store.runtime_fd = record_directory_open(root_fd, "run/dmabufctl");
	if (store.runtime_fd < 0)
		return store.runtime_fd;
	r = check_directories(store.state_fd, state, ARRAY_SIZE(state));
	if (r == 0)
		r = check_directories(store.runtime_fd, runtime, ARRAY_SIZE(runtime));
	if (r < 0)
		return r;
	ret->state_fd = TAKE_FD(store.state_fd);
	ret->runtime_fd = TAKE_FD(store.runtime_fd);
	return 0;
}

void job_store_close(struct job_store *store)
{
	cleanup_close(&store->state_fd);
	cleanup_close(&store->runtime_fd);
	store->state_fd = store->runtime_fd = -EBADF;
}

/* What is written can be read again, or is not written. */
static int check_record(const struct job *job)
{
	_cleanup_(wire_put) struct json_object *object = wire_job_record(job);
	struct job *again;
	int r;

	if (!object)
		return -ENOMEM;
	r = wire_parse_job_record(object, &again);
	if (r < 0)
		return r == -EBADMSG ? -EINVAL : r;
	job_free(again);
	return 0;
}

int job_store_check_unused(const struct job_store *store, const char *id)
{
	static const char *const directories[] = { "jobs", "ended" };

	for (size_t i = 0; i < ARRAY_SIZE(directories); i++) {
		char path[RECORD_NAME];
		struct stat status;

		(void)snprintf(path, sizeof(path), "%s/%s.json", directories[i], id);
		if (fstatat(store->state_fd, path, &status, AT_SYMLINK_NOFOLLOW) == 0)
			return -EEXIST;
		if (errno != ENOENT)
			return -errno;
	}
	return 0;
}

static int create_record(const struct job_store *store, const struct job *job)
{
	_cleanup_close_ int directory_fd = record_directory_open(store->state_fd, "jobs");
	int r;

	if (directory_fd < 0)
		return directory_fd;
	r = check_record(job);
	if (r == 0)
		r = job_store_check_unused(store, job->id);
	if (r < 0)
		return r;
	return record_write(directory_fd, job->id, wire_job_record(job), RECORD_MODE,
			    false);
}

int job_store_create(const struct job_store *store, struct job *job)
{
	const bool has_id = job->id[0] != '\0';
	struct job record = *job;
	int r = -EEXIST;

	record.state = JOB_ARMED;
	for (int i = 0; r == -EEXIST && i < (has_id ? 1 : ID_ATTEMPTS); i++) {
		record.created_us = realtime_us();
		r = has_id ? 0 : job_id_make(record.created_us, record.id);
		if (r == 0)
			r = create_record(store, &record);
	}
	if (r == 0)
		*job = record;
	return r;
}

int job_store_read_in(const struct job_store *store, const char *directory,
		      const char *id, struct job **ret)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	_cleanup_close_ int fd = -EBADF;
	struct job *job;
	int r;

	if (!job_id_is_valid(id))
		return -ENOENT;
	fd = record_directory_open(store->state_fd, directory);
	r = fd < 0 ? fd : record_read(fd, id, RECORD_LIMIT, &object);
	if (r == 0)
		r = wire_parse_job_record(object, &job);
	if (r < 0)
		return r;
	if (strcmp(job->id, id) != 0) {
		job_free(job);
		return -EBADMSG;
	}
	*ret = job;
	return 0;
}

/* A record moves one way only, so that none is missed in this order. */
int job_store_read(const struct job_store *store, const char *id, struct job **ret)
{
	int r = job_store_read_in(store, "jobs", id, ret);

	return r == -ENOENT ? job_store_read_in(store, "ended", id, ret) : r;
}

/* One that cannot be read is better replaced than kept. */
static int check_not_ended(const struct job_store *store, const char *id)
{
	struct job *job;
	bool ended;
	int r = job_store_read(store, id, &job);

	if (r < 0)
		return r == -EBADMSG ? 0 : r;
	ended = job_has_ended(job);
	job_free(job);
	return ended ? -EALREADY : 0;
}

/*
 * The last content first, then the move: whoever reads sees one record, and after a
 * power failure in between the one that is left says how it ended.
 */
int job_store_write(const struct job_store *store, const struct job *job)
{
	_cleanup_close_ int jobs_fd = -EBADF, ended_fd = -EBADF;
	int r;

	if (!job_id_is_valid(job->id))
		return -EINVAL;
	jobs_fd = record_directory_open(store->state_fd, "jobs");
	if (jobs_fd < 0)
		return jobs_fd;
	ended_fd = record_directory_open(store->state_fd, "ended");
	if (ended_fd < 0)
		return ended_fd;
	r = check_not_ended(store, job->id);
	if (r == 0)
		r = record_write(jobs_fd, job->id, wire_job_record(job), RECORD_MODE,
				 true);
	if (r < 0 || !job_has_ended(job))
		return r;
	return record_move(jobs_fd, ended_fd, job->id);
}

int job_store_settle(const struct job_store *store, const struct job *job)
{
	_cleanup_close_ int jobs_fd = -EBADF, ended_fd = -EBADF;
	int r;

	if (!job_id_is_valid(job->id) || !job_has_ended(job))
		return -EINVAL;
	jobs_fd = record_directory_open(store->state_fd, "jobs");
	if (jobs_fd < 0)
		return jobs_fd;
	ended_fd = record_directory_open(store->state_fd, "ended");
	if (ended_fd < 0)
		return ended_fd;
	r = record_move(jobs_fd, ended_fd, job->id);
	return r == -ENOENT ? 0 : r;
}
