/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jobs/job-store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/jobs/job-read.h"
#include "lib/jobs/record-file.h"

/* The clock of files is behind by a tick or two. */
enum { WRITTEN_LATE_US = 1000000 };

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

static int open_directory(const struct job_store *store, const char *name, DIR **ret)
{
	int fd = record_directory_open(store->state_fd, name), r;

	if (fd < 0)
		return fd;
	*ret = fdopendir(fd);
	if (*ret)
		return 0;
	r = -errno;
	cleanup_close(&fd);
	return r;
}

static int list_directory(const struct job_store *store, const char *name,
			  job_array *jobs, size_t *broken)
{
	_cleanup_closedir_ DIR *directory = NULL;
	struct dirent *entry;
	int r = open_directory(store, name, &directory);

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

struct candidate {
	char file[RECORD_NAME];
	int64_t written_us;
};

typedef ARRAY(struct candidate) candidates;

/* Without opening it: there may be thousands that nobody asks for. */
static int add_candidate(int directory_fd, const char *file, int64_t since_us,
			 candidates *found)
{
	struct candidate candidate;
	struct stat status;

	if (file[0] == '.' || strlen(file) >= sizeof(candidate.file) ||
	    fstatat(directory_fd, file, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	(void)snprintf(candidate.file, sizeof(candidate.file), "%s", file);
	candidate.written_us =
		(int64_t)status.st_mtim.tv_sec * 1000000 + status.st_mtim.tv_nsec / 1000;
	if (candidate.written_us + WRITTEN_LATE_US < since_us)
		return 0;
	return ARRAY_PUSH(found, candidate);
}

static int find_candidates(const struct job_store *store, int64_t since_us,
			   candidates *found)
{
	_cleanup_closedir_ DIR *directory = NULL;
	struct dirent *entry;
	int r = open_directory(store, "ended", &directory);

	while (r == 0 && (errno = 0, entry = readdir(directory)))
		r = add_candidate(dirfd(directory), entry->d_name, since_us, found);
	return r == 0 && errno ? -errno : r;
}

/* Newest first. */
static int compare_candidates(const void *one, const void *other)
{
	const struct candidate *a = one, *b = other;

	if (a->written_us != b->written_us)
		return a->written_us > b->written_us ? -1 : 1;
	return strcmp(b->file, a->file);
}

static int list_ended(const struct job_store *store, int64_t since_us, size_t limit,
		      job_array *jobs)
{
	candidates found = { 0 };
	size_t broken = 0;
	int r = find_candidates(store, since_us, &found);

	if (found.count > 1)
		qsort(found.items, found.count, sizeof(*found.items), compare_candidates);
	for (size_t i = 0; r == 0 && i < found.count && i < limit; i++)
		r = list_file(store, "ended", found.items[i].file, jobs, &broken);
	free(found.items);
	return r;
}

int job_store_list_since(const struct job_store *store, int64_t since_us, size_t limit,
			 job_array *ret)
{
	_cleanup_(job_array_done) job_array jobs = { 0 };
	size_t broken = 0;
	int r = list_directory(store, "jobs", &jobs, &broken);

	if (r == 0)
		r = list_ended(store, since_us, limit, &jobs);
	if (r < 0)
		return r;
	tidy(&jobs, true);
	*ret = jobs;
	jobs = (job_array){ 0 };
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
