/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JUDGE_EXPORTERS_H
#define DMABUFCTL_JUDGE_EXPORTERS_H

/*
 * Exporters that user space cannot ask to revoke, as data: who calls
 * dma_buf_invalidate_mappings() in Linux 7.2 and on what request. Each row names where
 * it was read.
 */

#include <stddef.h>

struct exporter_rule {
	const char *exporter; /* exp_name */
	const char *what; /* what it is, and what ends its buffers */
	const char *source;
};

extern const struct exporter_rule exporter_rules[];
extern const size_t n_exporter_rules;

/* NULL: not in the table. exporter may be NULL. */
const struct exporter_rule *exporter_rule_find(const char *exporter);

#endif
