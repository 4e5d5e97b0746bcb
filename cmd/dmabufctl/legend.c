/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/legend.h"

#include "lib/base/cleanup.h"

/* A word of NULL begins a column. */
static const struct {
	const char *word;
	const char *meaning;
} legend[] = {
	{ NULL, "REVOCABLE" },
	{ "yes", "its importers can be made to let go" },
	{ "no", "somebody keeps it until he lets go himself" },
	{ "depends", "it may be revoked, but nothing says when that ends" },
	{ "unknown", "nothing here can tell" },
	{ NULL, "STATE of a buffer of VFIO" },
	{ "live", "importers may map it" },
	{ "revoking", "somebody waits for an importer to let go" },
	{ "revoked", "nobody maps it until its owner turns it on again" },
	{ "orphaned", "its device was closed: revoked for good" },
	{ "unknown", "nothing here can tell" },
	{ NULL, "STATE of an attachment" },
	{ "static", "the importer has no callback" },
	{ "pinned", "it keeps the memory where it is" },
	{ "dynamic", "it follows when the memory moves" },
	{ NULL, "EVIDENCE (-o +EVIDENCE), the strongest first" },
	{ "kernel", "read from the kernel's own structures" },
	{ "exporter", "the exporter admits nothing else on this kernel" },
	{ "table", "rules about drivers" },
	{ "inferred", "concluded from power, registers and who has devices open" },
	{ "none", "no evidence, and no claim" },
};

void legend_print(FILE *stream)
{
	for (size_t i = 0; i < ARRAY_SIZE(legend); i++) {
		if (legend[i].word)
			(void)fprintf(stream, "  %-10s %s\n", legend[i].word,
				      legend[i].meaning);
		else
			(void)fprintf(stream, "\n%s:\n", legend[i].meaning);
	}
}
