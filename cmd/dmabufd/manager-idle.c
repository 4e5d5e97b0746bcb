/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When there is nothing left to wait for, the daemon leaves. */

#include <stdlib.h>

#include <systemd/sd-daemon.h>

#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/manager-bus.h"
#include "cmd/dmabufd/manager.h"
#include "cmd/dmabufd/releases.h"
#include "lib/base/cleanup.h"

enum {
	IDLE_US = 30 * 1000000,
	IDLE_ACCURACY_US = 1000000,
};

/* No class: no devices, because vfio is not loaded. */
static bool has_vfio(const struct root *root)
{
	_cleanup_closedir_ DIR *directory = NULL;
	struct dirent *entry;

	if (root_open_directory(root, root->fd, "sys/class/vfio-dev", &directory) < 0)
		return false;
	while ((entry = readdir(directory)))
		if (entry->d_name[0] != '.')
			return true;
	return false;
}

static bool is_idle(const struct manager *manager)
{
	return releases_are_known(manager->releases) &&
	       releases_count(manager->releases) == 0 && jobs_count(manager->jobs) == 0 &&
	       !manager_bus_is_busy(manager) && !has_vfio(&manager->root);
}

void manager_check_idle(struct manager *manager)
{
	int enabled = SD_EVENT_OFF;

	if (!is_idle(manager)) {
		(void)sd_event_source_set_enabled(manager->idle, SD_EVENT_OFF);
		return;
	}
	(void)sd_event_source_get_enabled(manager->idle, &enabled);
	if (enabled != SD_EVENT_OFF)
		return;
	if (sd_event_source_set_time_relative(manager->idle, IDLE_US) >= 0)
		(void)sd_event_source_set_enabled(manager->idle, SD_EVENT_ONESHOT);
}

/*
 * systemd starts another one for whoever calls after its STOPPING=1, and for a VFIO device
 * that comes, before which no release can. What came just before that was meant for this
 * one, and is found by the one that follows a failure.
 */
static void leave(struct manager *manager)
{
	(void)sd_notify(0, "STOPPING=1\nSTATUS=There is nothing to wait for.");
	(void)sd_event_exit(manager->event,
			    is_idle(manager) ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* Who called before the name was gone is known by now. */
void manager_name_dropped(struct manager *manager)
{
	if (is_idle(manager))
		leave(manager);
	else if (manager_bus_take_name(manager) < 0)
		(void)sd_event_exit(manager->event, EXIT_FAILURE);
}

/* From here on the bus has another one started for whoever calls. */
static int on_idle(sd_event_source *source, uint64_t now_us, void *context)
{
	struct manager *manager = context;

	(void)source;
	(void)now_us;
	if (is_idle(manager) && manager_bus_drop_name(manager) < 0)
		leave(manager);
	return 0;
}

int manager_idle_new(struct manager *manager)
{
	int r = sd_event_add_time(manager->event, &manager->idle, CLOCK_MONOTONIC,
				  UINT64_MAX, IDLE_ACCURACY_US, on_idle, manager);

	return r < 0 ? r : sd_event_source_set_enabled(manager->idle, SD_EVENT_OFF);
}
