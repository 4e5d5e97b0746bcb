/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_JUDGE_IMPORTERS_H
#define DMABUFCTL_JUDGE_IMPORTERS_H

/*
 * What is known of the importers of Linux, as data. Each row names where it was read,
 * in the sources of Linux 7.2 unless it says otherwise.
 */

#include <stddef.h>

#include "lib/model/snapshot.h"

/* An importer that is recognised by its callback, or by its ops if it has none. */
struct importer_rule {
	const char *symbol;
	const char *importer; /* all that share the symbol */
	enum attachment_kind kind;
	enum verdict revocable;
	enum drain drain;
	enum tristate restorable;
	const char *reason;
	const char *source;
};

extern const struct importer_rule importer_rules[];
extern const size_t n_importer_rules;

/* NULL: not in the table. symbol may be NULL. */
const struct importer_rule *importer_rule_find(const char *symbol);

/*
 * A device that only certain importers attach. symbol: its revocable importer, which is
 * the only one where the exporter admits no others; NULL: it has none.
 */
struct device_rule {
	const char *device; /* attached device that is not on PCI; NULL: see driver */
	const char *driver; /* of an attached PCI device */
	const char *symbol;
	/* all other importers of it: kind, and why they cannot be revoked; NULL: none */
	enum attachment_kind other_kind;
	const char *other_importer;
	const char *other_reason;
	const char *source;
};

extern const struct device_rule device_rules[];
extern const size_t n_device_rules;

/* NULL: not in the table. driver may be NULL. */
const struct device_rule *device_rule_find(const char *device, const char *driver);

/*
 * The importer whose callback or ops symbol is: its module, or for code built into
 * the kernel what the symbol is known to belong to. NULL: cannot be told. The answer
 * lives as long as module.
 */
const char *importer_of_symbol(const char *symbol, const char *module);

#endif
