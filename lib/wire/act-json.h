/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_WIRE_ACT_JSON_H
#define DMABUFCTL_WIRE_ACT_JSON_H

/* Plans, results and jobs as the JSON contract has them (dmabufctl(8), JSON). */

#include "lib/model/job.h"
#include "lib/model/plan.h"
#include "lib/model/result.h"
#include "lib/model/undo.h"

struct json_object;

/* All return NULL when out of memory. */

/* {"ladder":[{"step":"revoke","timeout_ms":10000,...}],"move":[],"undo":[],...}: the
 * "plan" of check, and of --dry-run. plan NULL: JSON null is for the caller. */
struct json_object *wire_plan(const struct plan *plan);

/* The object of an act; "verb" comes behind what the contract names. Several:
 * {"results":[...]}. */
struct json_object *wire_result(const struct result *result);
struct json_object *wire_results(struct result *const *results, size_t count);

/* The entry of a job; {"jobs":[...]}. */
struct json_object *wire_job(const struct job *job);
struct json_object *wire_jobs(struct job *const *jobs, size_t count);

/*
 * A job as it is kept on disk: the entry, and "version", "wish", "progress", and what a
 * moment of the contract is too coarse for: "created_us". A timeout of the wish without
 * a limit is UINT64_MAX; elsewhere null.
 */
struct json_object *wire_job_record(const struct job *job);
struct json_object *wire_undo(const struct undo *undo);
struct json_object *wire_revoked(const struct revoked *revoked);

#endif
