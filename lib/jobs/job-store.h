/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JOBS_JOB_STORE_H
#define DMABUFCTL_JOBS_JOB_STORE_H

/*
 * Jobs on disk: var/lib/dmabufctl/{jobs,ended,requests}/ID.json, and what must not
 * outlive the boot: run/dmabufctl/{undo/JOB.json,revoked/DEVICE.json}. The directories
 * come from tmpfiles.d. Files are written whole (temporary file, fsync, rename, fsync of
 * the directory), opened below directory fds without following links, at most 8 MiB
 * (a request: 64 KiB; what would be more is not written: -EFBIG), and never trusted:
 * what makes no sense is -EBADMSG. -EINVAL: a name that is none, a record that could not
 * be read again.
 * Nothing here may sleep longer than a local file system does.
 */

#include "lib/base/array.h"
#include "lib/model/job.h"
#include "lib/model/undo.h"

struct job_store {
	int state_fd; /* var/lib/dmabufctl */
	int runtime_fd; /* run/dmabufctl */
};

/* Below root_fd. 0; -ENOENT: dmabufctl is not installed here; negative errno. */
int job_store_open(int root_fd, struct job_store *ret);
void job_store_close(struct job_store *store); /* also for _cleanup_() */

/*
 * Creates the record of a job, armed, as of now. Gives it a new id where it has none;
 * -EEXIST: there is, or was, another one with the id it has. 0 or negative errno.
 */
int job_store_create(const struct job_store *store, struct job *job);

/* From jobs/, else from ended/. -ENOENT: there is none; -EBADMSG: no such record. */
int job_store_read(const struct job_store *store, const char *id, struct job **ret);

/*
 * Replaces the record. With a state that has ended it moves to ended/. -ENOENT: there is
 * none; -EALREADY: it has ended before, and does so only once.
 */
int job_store_write(const struct job_store *store, const struct job *job);

/*
 * A writer that was killed may have left the record of a job that has ended where it was:
 * it moves to ended/. 0 also when it is there already.
 */
int job_store_settle(const struct job_store *store, const struct job *job);

typedef ARRAY(struct job *) job_array;
void job_array_done(job_array *jobs); /* also for _cleanup_() */

/*
 * All jobs, oldest first; with ended also those. Records that cannot be read are left
 * out, and counted in ret_broken (may be NULL). Removes what killed writers left behind,
 * if it may. 0 or negative errno.
 */
int job_store_list(const struct job_store *store, bool ended, job_array *ret,
		   size_t *ret_broken);

/*
 * The same with a bound: of those that have ended only such as were written at or after
 * since_us (CLOCK_REALTIME; 0: all), and of these the limit that were written last.
 */
int job_store_list_since(const struct job_store *store, int64_t since_us, size_t limit,
			 job_array *ret);

/*
 * An inotify fd that becomes readable when a record changes; the caller reads it empty
 * and looks again. Negative errno.
 */
int job_store_watch(const struct job_store *store);

/* remove: 0 as well when there is none. */
int undo_store_write(const struct job_store *store, const struct undo *undo);
int undo_store_read(const struct job_store *store, const char *job, struct undo *ret);
int undo_store_remove(const struct job_store *store, const char *job);
/* What a writer of that record left behind that was killed. */
void undo_store_sweep(const struct job_store *store, const char *job);

int revoked_store_write(const struct job_store *store, const struct revoked *revoked);
int revoked_store_read(const struct job_store *store, const char *device,
		       struct revoked *ret);
int revoked_store_remove(const struct job_store *store, const char *device);

#endif
