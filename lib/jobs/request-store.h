/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JOBS_REQUEST_STORE_H
#define DMABUFCTL_JOBS_REQUEST_STORE_H

/*
 * What somebody wants done, before anybody does it: var/lib/dmabufctl/requests/ID.json,
 * of the daemon's user. Root takes what is there for what an unprivileged writer left: a
 * regular file of at most 64 KiB, read once, below directory fds, no link followed.
 *
 * A request that waits (not job_is_due()) is an armed job. Its unit may run one that is
 * due: the executor makes it a record in jobs/, with the same id, and so at most once.
 * Nothing here may sleep longer than a local file system does.
 */

#include "lib/jobs/job-store.h"

/*
 * Leaves a request, armed, as of now. Gives it a new id where it has none; -EEXIST: there
 * is another one, or a record, with the id it has. 0 or negative errno.
 */
int request_create(const struct job_store *store, struct job *job);

/* Replaces it: what it waited for has come, or is another moment now. */
int request_write(const struct job_store *store, const struct job *job);

/* -ENOENT: there is none; -EBADMSG: it makes no sense. End with job_free(). */
int request_read(const struct job_store *store, const char *id, struct job **ret);

/* 0 as well when there is none (any more). */
int request_remove(const struct job_store *store, const char *id);

/*
 * All of them that have no record yet, oldest first. Those that make no sense are left
 * out; broken(context, name) is told their file names, as hostile as they are (NULL: not
 * asked for). Removes those whose record has ended, if it may. 0; -E2BIG: there are
 * more, but ret has some of them; another negative errno.
 */
enum { REQUEST_LIST_MAX = 4096 }; /* more is no list but an attack */
typedef void request_broken(void *context, const char *name);
int request_list(const struct job_store *store, job_array *ret, request_broken *broken,
		 void *context);

/*
 * Out of the way, but not lost: "NAME" becomes ".NAME.broken", which nobody lists.
 * 0 or negative errno.
 */
int request_set_aside(const struct job_store *store, const char *name);

/* As job_store_watch(), of requests. */
int request_watch(const struct job_store *store);

#endif
