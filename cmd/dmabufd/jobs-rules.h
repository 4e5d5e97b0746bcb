/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFD_JOBS_RULES_H
#define DMABUFD_JOBS_RULES_H

/* What the jobs of the daemon decide. Pure. Moments are CLOCK_REALTIME. */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cmd/dmabufd/releases.h"
#include "lib/base/array.h"
#include "lib/model/job.h"

struct json_object;

/* Does a job with this trigger wait for such a release? last: kind will not change. */
bool rule_waits_for(enum job_trigger trigger, enum release_kind kind, bool last);
bool rule_is_of_release(enum job_trigger trigger);

/* What has become due is done late, but not if the host was down when it was. */
enum rule_moment { RULE_WAIT, RULE_BEGIN, RULE_MISSED };
enum rule_moment rule_moment(int64_t due_us, int64_t now_us, int64_t boot_us);

/* Since when a job that is due has been so. */
int64_t rule_due_since(const struct job *job);

/* A run of a job that runs always; the same moment, or end of a use, gives the same id. */
void rule_run(const struct job *job, int64_t moment_us, struct job *ret);

/* How long after so many failures in a row. */
uint64_t rule_retry_us(unsigned int failures);

/* How long until the observer is asked again. */
uint64_t rule_poll_us(unsigned int polls);

typedef ARRAY(pid_t) rule_pids;

/* Who has the device open, in an answer to "devices". 0, -EBADMSG, -ENOMEM. */
int rule_owners(struct json_object *answer, const char *address, rule_pids *ret);

/* Is it seen, in such an answer, that nobody has it open? */
bool rule_is_free(struct json_object *answer, const char *address);

/*
 * How many attachments the buffers of the device have, in an answer to "list". -ENODATA:
 * nobody could tell; -EBADMSG.
 */
int rule_attachments(struct json_object *answer, const char *address);

#endif
