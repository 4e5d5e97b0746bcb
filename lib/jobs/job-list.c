/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jobs/job-store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>

#include "lib/base/cleanup.h"
#include "lib/jobs/job-read.h"
#include "lib/jobs/record-file.h"

void job_array_done(job_array *jobs)
{
	for (size_t i = 0; i < jobs->count; i++)
		job_free(jobs->items[i]);
	free(jobs->items);
	*jobs = (job_array){ 0 };
}

static int push(job_array *jobs, struct job *job)
{
	int r = ARRAY_PUSH(jobs, job);

	if (r < 0)
		job_free(job);
	return r;
}

/*
 * Adds what one file holds. What has gone meanwhile has moved on to ended/; what makes
 * no sense, or may not be read, counts as broken.
 */
static int list_file(const struct job_store *store, const char *directory,
		     const char *file, job_array *jobs, size_t *broken)
{
	char id[RECORD_NAME];
	struct job *job;
	int r;

	r = record_name(file, id, sizeof(id)) && job_id_is_valid(id)
		    ? job_store_read_in(store, directory, id, &job)
		    : -EBADMSG;
	if (r == 0)
		return push(jobs, job);
	if (r == -ENOMEM || r == -ENOENT)
		return r == -ENOENT ? 0 : r;
	(*broken)++;
	return 0;
}

static int list_directory(const struct job_store *store, const char *name,
			  job_array *jobs, size_t *broken)
{
	int fd = record_directory_open(store->state_fd, name);
	_cleanup_closedir_ DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	int r = 0;

	if (fd < 0)
		return fd;
	if (!directory) {
		r = -errno;
		cleanup_close(&fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(directory))) {
		if (entry->d_name[0] == '.') /* being written, or left over */
			record_tidy(dirfd(directory), entry->d_name);
		else
			r = list_file(store, name, entry->d_name, jobs, broken);
	}
	return r == 0 && errno ? -errno : r;
}

/* Oldest first; of two records of one job, the one that has ended last. */
static int compare(const void *one, const void *other)
{
	const struct job *a = *(struct job *const *)one, *b = *(struct job *const *)other;

	if (a->created_us != b->created_us)
		return a->created_us < b->created_us ? -1 : 1;
	if (strcmp(a->id, b->id) != 0)
		return strcmp(a->id, b->id);
	return job_has_ended(a) - job_has_ended(b);
}

/* One that ended while we looked was seen in both directories, or is not asked for. */
static void tidy(job_array *jobs, bool ended)
{
	size_t kept = 0;

	if (jobs->count > 1)
		qsort(jobs->items, jobs->count, sizeof(*jobs->items), compare);
	for (size_t i = 0; i < jobs->count; i++) {
		struct job *job = jobs->items[i];

		if (!ended && job_has_ended(job)) {
			job_free(job);
			continue;
		}
		if (kept > 0 && strcmp(jobs->items[kept - 1]->id, job->id) == 0)
			job_free(jobs->items[--kept]);
		jobs->items[kept++] = job;
	}
	jobs->count = kept;
}

int job_store_list(const struct job_store *store, bool ended, job_array *ret,
		   size_t *ret_broken)
{
	_cleanup_(job_array_done) job_array jobs = { 0 };
	size_t broken = 0;
	int r = list_directory(store, "jobs", &jobs, &broken);

	if (r == 0 && ended)
		r = list_directory(store, "ended", &jobs, &broken);
	if (r < 0)
		return r;
	tidy(&jobs, ended);
	*ret = jobs;
	jobs = (job_array){ 0 };
	if (ret_broken)
		*ret_broken = broken;
	return 0;
}

/* inotify wants a path: that of the directory we have open. */
static int watch_directory(int inotify_fd, const struct job_store *store,
			   const char *name)
{
	_cleanup_close_ int fd = record_directory_open(store->state_fd, name);
	char path[64];

	if (fd < 0)
		return fd;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (inotify_add_watch(inotify_fd, path,
			      IN_MOVED_TO | IN_CREATE | IN_CLOSE_WRITE | IN_DELETE) < 0)
		return -errno;
	return 0;
}

int job_store_watch_in(const struct job_store *store, const char *const *names,
		       size_t count)
{
	_cleanup_close_ int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	int r = fd < 0 ? -errno : 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = watch_directory(fd, store, names[i]);
	return r < 0 ? r : TAKE_FD(fd);
}

int job_store_watch(const struct job_store *store)
{
	static const char *const names[] = { "jobs", "ended" };

	return job_store_watch_in(store, names, ARRAY_SIZE(names));
}
