/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_CMD_SUGGEST_H
#define DMABUFCTL_CMD_SUGGEST_H

/*
 * "Did you mean": offer every word there is, then ask for the best. A word that begins
 * with what was typed wins, then the one with the fewest typing mistakes.
 */

#include <stddef.h>

struct suggestion {
	const char *typed;
	const char *best; /* NULL: none offered yet */
	size_t distance;
};

void suggest_offer(struct suggestion *suggestion, const char *word);

/* A malloc'ed "Did you mean 'WORD'?", or fallback where nothing comes near. */
char *suggest_hint(const struct suggestion *suggestion, const char *prefix,
		   const char *fallback);

#endif
