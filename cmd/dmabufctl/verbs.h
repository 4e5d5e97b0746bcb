/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_VERBS_H
#define DMABUFCTL_CMD_VERBS_H

/* The table of verbs. A verb is one file and one line here. */

#include <stdbool.h>
#include <stddef.h>

struct column_set;
struct error;
struct options;

enum verb_id {
	VERB_LIST,
	VERB_SHOW,
	VERB_DEVICES,
	VERB_CHECK,
	VERB_REVOKE,
	VERB_RESTORE,
	VERB_RELEASE,
	VERB_REASSIGN,
	VERB_SCHEDULE,
	VERB_JOBS,
	VERB_CANCEL,
	VERB_MONITOR,
	VERB_STATUS,
	VERB_HELP,
	VERB_COUNT,
};

#define VERB_BIT(id) (1u << (id))
#define VERB_BITS_ALL ((1u << VERB_COUNT) - 1)
/* Those that do something to a device, each as a job. */
#define VERB_BITS_ACTS                                                                   \
	(VERB_BIT(VERB_REVOKE) | VERB_BIT(VERB_RESTORE) | VERB_BIT(VERB_RELEASE) |       \
	 VERB_BIT(VERB_REASSIGN))
#define VERB_BITS_JOBS                                                                   \
	(VERB_BIT(VERB_SCHEDULE) | VERB_BIT(VERB_JOBS) | VERB_BIT(VERB_CANCEL))

struct verb {
	enum verb_id id;
	const char *name;
	const char *arguments; /* for help; "" when it takes none */
	int least, most; /* number of arguments */
	bool anybody; /* need not be root */
	const struct column_set *columns; /* NULL: it prints no table */
	const char *help; /* one line */
	const char *details; /* paragraphs for help VERB */
	/* what else its command line must fulfil, 0 or -EINVAL; NULL: nothing */
	int (*check)(const struct options *options, struct error *error);
	int (*run)(const struct options *options); /* enum exit_status */
};

extern const struct verb verbs[VERB_COUNT];

/* The verb of that name (NULL: the default one), or NULL with error set. */
const struct verb *verb_find(const char *name, struct error *error);

int list_run(const struct options *options);
int show_run(const struct options *options);
int devices_run(const struct options *options);
int check_usage(const struct options *options, struct error *error);
int check_run(const struct options *options);
int act_usage(const struct options *options, struct error *error);
int revoke_usage(const struct options *options, struct error *error);
int revoke_run(const struct options *options);
int restore_run(const struct options *options);
int release_run(const struct options *options);
int reassign_usage(const struct options *options, struct error *error);
int reassign_run(const struct options *options);
/* May it be the name of a driver, or "-"? Is there a driver, or a module, of that name? */
int reassign_check_name(const char *driver, struct error *error);
int reassign_check_driver(const struct options *options, const char *driver);
int schedule_usage(const struct options *options, struct error *error);
int schedule_run(const struct options *options);
int jobs_run(const struct options *options);
int cancel_run(const struct options *options);
int monitor_run(const struct options *options);
int status_run(const struct options *options);
int help_run(const struct options *options);

#endif
