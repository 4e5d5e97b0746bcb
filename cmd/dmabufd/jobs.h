/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_JOBS_H
#define DMABUFD_JOBS_H

/*
 * Jobs of the daemon: armed ones are requests (lib/jobs/request-store.h) and wait here
 * for their trigger; begun ones are records that their unit writes and that are only
 * read. A job is started by starting its unit; it runs at most once because its record
 * is created once.
 */

#include <stdbool.h>
#include <stddef.h>

#include "cmd/dmabufd/manager.h"
#include "cmd/dmabufd/releases.h"
#include "lib/model/job.h"

int jobs_new(struct manager *manager, struct jobs **ret);
void jobs_free(struct jobs *jobs); /* NULL is allowed */

/*
 * Reads requests and records, compares them with the units, arms what waits: what became
 * due while the daemon alone was down begins now; what became due while the host was
 * down is missed. 0 or negative errno.
 */
int jobs_load(struct jobs *jobs);

/* A new job: on disk, and begun (trigger now) or armed. Fills in its id. 0 or error. */
int jobs_add(struct jobs *jobs, struct job *job);

/*
 * Armed: it ends as cancelled. Begun: its unit is told to stop. -ENOENT, -EALREADY: it
 * has ended; negative errno.
 */
int jobs_cancel(struct jobs *jobs, const char *id);

/*
 * A release has begun (last false), or has been told apart (last true): starts the armed
 * jobs on this device that wait for it, each once a release. RELEASE_UNKNOWN with last
 * true: it cannot be told apart. Returns whether there is a job for this release, begun
 * now or before: then the policy stands back.
 */
bool jobs_release(struct jobs *jobs, const char *address, enum release_kind kind,
		  bool last);

/* Is somebody acting on it already, for whatever reason? One does so at a time. */
bool jobs_act_on(const struct jobs *jobs, const char *address);

/*
 * By id; NULL: none. Jobs are theirs, until the next event; ended ones stay for a minute
 * behind manager_bus_job_removed().
 */
const struct job *jobs_find(const struct jobs *jobs, const char *id);
size_t jobs_count(const struct jobs *jobs); /* that wait or run */
const struct job *jobs_get(const struct jobs *jobs, size_t index); /* of all; NULL: end */

#endif
