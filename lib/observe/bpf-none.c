/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

bool observe_bpf(const struct root *root, struct sink *sink)
{
	(void)root;
	sink_source_begin(sink, SOURCE_BPF);
	sink_source_end(sink, SOURCE_BPF, SOURCE_MISSING,
			"this build has no BPF support");
	return false;
}

void observe_features(const struct root *root, struct sink *sink)
{
	(void)root;
	(void)sink;
}
