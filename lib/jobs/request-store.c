/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jobs/request-store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/job-id.h"
#include "lib/jobs/job-read.h"
#include "lib/jobs/record-file.h"
#include "lib/wire/act-json.h"
#include "lib/wire/act-parse.h"
#include "lib/wire/json.h"

enum {
	REQUEST_LIMIT = 64 * 1024,
	REQUEST_MODE = 0644, /* who gets as far as that is for the directory to say */
	ID_ATTEMPTS = 16,
};

static int open_directory(const struct job_store *store)
{
	return record_directory_open(store->state_fd, "requests");
}

/* What is written can be read again, or is not written. */
static int write_request(const struct job_store *store, const struct job *job,
			 bool replace)
{
	_cleanup_(wire_put) struct json_object *object = wire_job_record(job);
	_cleanup_close_ int fd = open_directory(store);
	struct job *again;
	int r;

	if (fd < 0)
		return fd;
	if (!object)
		return -ENOMEM;
	r = wire_parse_request(object, &again);
	if (r < 0)
		return r == -EBADMSG ? -EINVAL : r;
	job_free(again);
	return record_write(fd, job->id, TAKE_PTR(object), REQUEST_MODE, replace);
}

int request_create(const struct job_store *store, struct job *job)
{
	const bool has_id = job->id[0] != '\0';
	struct job request = *job;
	int r = -EEXIST;

	request.state = JOB_ARMED;
	for (int i = 0; r == -EEXIST && i < (has_id ? 1 : ID_ATTEMPTS); i++) {
		request.created_us = realtime_us();
		r = has_id ? 0 : job_id_make(request.created_us, request.id);
		if (r == 0)
			r = job_store_check_unused(store, request.id);
		if (r == 0)
			r = write_request(store, &request, false);
	}
	if (r == 0)
		*job = request;
	return r;
}

int request_write(const struct job_store *store, const struct job *job)
{
	return job_id_is_valid(job->id) ? write_request(store, job, true) : -EINVAL;
}

static int read_from(int directory_fd, const char *id, struct job **ret)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	struct job *job;
	int r = record_read(directory_fd, id, REQUEST_LIMIT, &object);

	if (r == 0)
		r = wire_parse_request(object, &job);
	if (r < 0)
		return r;
	(void)snprintf(job->id, sizeof(job->id), "%s", id);
	*ret = job;
	return 0;
}

int request_read(const struct job_store *store, const char *id, struct job **ret)
{
	_cleanup_close_ int fd = -EBADF;

	if (!job_id_is_valid(id))
		return -ENOENT;
	fd = open_directory(store);
	return fd < 0 ? fd : read_from(fd, id, ret);
}

int request_remove(const struct job_store *store, const char *id)
{
	_cleanup_close_ int fd = -EBADF;

	if (!job_id_is_valid(id))
		return -EINVAL;
	fd = open_directory(store);
	return fd < 0 ? fd : record_remove(fd, id);
}

struct listing {
	const struct job_store *store;
	int fd;
	job_array jobs;
	request_broken *broken;
	void *context;
};

/* Its executor was killed before it did so; once the record goes, it would run again. */
static void remove_if_over(const struct job_store *store, const char *id)
{
	struct job *record;

	if (job_store_read(store, id, &record) < 0)
		return;
	if (job_has_ended(record))
		(void)request_remove(store, id);
	job_free(record);
}

/* What has a record by now is no request any more: its executor removes it. */
static int keep(struct listing *listing, struct job *job)
{
	int r = job_store_check_unused(listing->store, job->id);

	if (r == 0 && listing->jobs.count == REQUEST_LIST_MAX)
		r = -E2BIG;
	if (r == 0)
		r = ARRAY_PUSH(&listing->jobs, job);
	if (r == -EEXIST)
		remove_if_over(listing->store, job->id);
	if (r < 0)
		job_free(job);
	return r == -EEXIST ? 0 : r;
}

static int list_file(struct listing *listing, const char *file)
{
	char id[RECORD_NAME];
	struct job *job;
	int r = -EBADMSG;

	if (file[0] == '.') /* being written, set aside, or left by a killed writer */
		return 0;
	if (record_name(file, id, sizeof(id)) && job_id_is_valid(id))
		r = read_from(listing->fd, id, &job);
	if (r == 0)
		return keep(listing, job);
	if (r == -ENOENT || r == -ENOMEM)
		return r == -ENOENT ? 0 : r;
	if (listing->broken)
		listing->broken(listing->context, file);
	return 0;
}

static int compare(const void *one, const void *other)
{
	const struct job *a = *(struct job *const *)one, *b = *(struct job *const *)other;

	if (a->created_us != b->created_us)
		return a->created_us < b->created_us ? -1 : 1;
	return strcmp(a->id, b->id);
}

static int list_all(struct listing *listing)
{
	_cleanup_closedir_ DIR *directory = fdopendir(dup(listing->fd));
	struct dirent *entry;
	int r = 0;

	if (!directory)
		return -errno;
	while (r == 0 && (errno = 0, entry = readdir(directory)))
		r = list_file(listing, entry->d_name);
	return r == 0 && errno ? -errno : r;
}

int request_list(const struct job_store *store, job_array *ret, request_broken *broken,
		 void *context)
{
	_cleanup_close_ int fd = open_directory(store);
	struct listing listing = {
		.store = store,
		.fd = fd,
		.broken = broken,
		.context = context,
	};
	int r = fd < 0 ? fd : list_all(&listing);

	if (r < 0 && r != -E2BIG) {
		job_array_done(&listing.jobs);
		return r;
	}
	if (listing.jobs.count > 1)
		qsort(listing.jobs.items, listing.jobs.count, sizeof(*listing.jobs.items),
		      compare);
	*ret = listing.jobs;
	return r;
}

int request_set_aside(const struct job_store *store, const char *name)
{
	_cleanup_close_ int fd = open_directory(store);
	char aside[NAME_MAX + 1];

	if (fd < 0)
		return fd;
	if (strchr(name, '/') || name[0] == '.')
		return -EINVAL;
	if (snprintf(aside, sizeof(aside), ".%s.broken", name) >= (int)sizeof(aside))
		return -ENAMETOOLONG;
	return renameat(fd, name, fd, aside) < 0 ? -errno : 0;
}

int request_watch(const struct job_store *store)
{
	static const char *const names[] = { "requests" };

	return job_store_watch_in(store, names, ARRAY_SIZE(names));
}
