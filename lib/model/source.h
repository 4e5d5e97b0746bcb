/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_MODEL_SOURCE_H
#define DMABUFCTL_MODEL_SOURCE_H

/* Where a snapshot comes from, and how each source fared. */

enum source { SOURCE_BPF, SOURCE_BUFINFO, SOURCE_SYSFS, SOURCE_PROC, SOURCE_COUNT };

#define SOURCE_BIT(source) (1u << (source))

enum source_outcome {
	SOURCE_UNUSED, /* not needed, or not asked for */
	SOURCE_OK,
	SOURCE_MISSING, /* this kernel, build or mount does not have it */
	SOURCE_REFUSED, /* the kernel said no */
	SOURCE_BLOCKED, /* it did not answer in time */
	SOURCE_PARTIAL, /* some of it could not be read */
};

struct source_status {
	enum source_outcome outcome;
	const char *why; /* NULL for unused and ok */
	const char *anonymous; /* why without naming a process; NULL: it names none */
};

const char *source_name(enum source source);
int source_parse(const char *name); /* enum source, or -EINVAL */

/*
 * The SOURCE_BIT() mask of "bpf,proc" and the like, which is cut up. -EINVAL: *ret_wrong
 * is the word that is none.
 */
int source_parse_words(char *words, unsigned int *ret, const char **ret_wrong);
const char *source_outcome_name(enum source_outcome outcome);

#endif
