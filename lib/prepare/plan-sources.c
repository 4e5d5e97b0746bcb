/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/prepare/plan-sources.h"

#include <errno.h>

#include <systemd/sd-bus.h>

#include "lib/act/unit.h"

int plan_sources_open(const char *directory, config_complain *complain, void *context,
		      struct plan_sources *ret, int *ret_store_error,
		      int *ret_config_error)
{
	struct plan_sources sources = PLAN_SOURCES_NONE;
	int r = root_open(directory, &sources.root);

	if (r < 0)
		return r;
	*ret_config_error =
		config_read(sources.root.fd, complain, context, &sources.config);
	*ret_store_error = job_store_open(sources.root.fd, &sources.store);
	if (!sources.root.captured && unit_bus_open(&sources.bus) < 0)
		sources.bus = NULL;
	*ret = sources;
	return 0;
}

void plan_sources_done(struct plan_sources *sources)
{
	sources->bus = sd_bus_close_unref(sources->bus);
	job_store_close(&sources->store);
	config_free(sources->config);
	sources->config = NULL;
	root_close(&sources->root);
}
