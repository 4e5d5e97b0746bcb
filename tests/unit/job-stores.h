/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_UNIT_JOB_STORES_H
#define DMABUFCTL_TESTS_UNIT_JOB_STORES_H

/* A job store in a tree of its own; begin and end are cmocka's setup and teardown. */

#include "lib/jobs/job-store.h"
#include "lib/jobs/request-store.h"
#include "tests/unit/records.h"

#define DEVICE "0000:03:00.0"
#define JOBS "var/lib/dmabufctl/jobs/"
#define ENDED "var/lib/dmabufctl/ended/"
#define REQUESTS "var/lib/dmabufctl/requests/"
#define REQUEST                                                                          \
	"{\"version\":1,\"on\":\"now\",\"wish\":{\"verb\":\"revoke\","                   \
	"\"device\":\"" DEVICE "\"}}"

static const char *const directories[] = {
	"var/lib/dmabufctl/jobs", "var/lib/dmabufctl/ended", "var/lib/dmabufctl/requests",
	"run/dmabufctl/undo",	  "run/dmabufctl/revoked",
};

struct fixture {
	struct tree tree;
	struct job_store store;
};

static inline int begin(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	assert_non_null(fixture);
	tree_begin(&fixture->tree);
	for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
		tree_directory(&fixture->tree, directories[i]);
	assert_int_equal(job_store_open(fixture->tree.root.fd, &fixture->store), 0);
	*state = fixture;
	return 0;
}

static inline int end(void **state)
{
	struct fixture *fixture = *state;

	job_store_close(&fixture->store);
	tree_end(&fixture->tree);
	free(fixture);
	return 0;
}

static inline struct job revoke_job(void)
{
	return (struct job){ .wish = { .verb = ACT_REVOKE, .device = DEVICE },
			     .state = JOB_DONE };
}

static inline bool exists(const struct fixture *fixture, const char *format,
			  const char *id)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s%s.json", format, id);
	return faccessat(fixture->tree.root.fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

#endif
