/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/manager.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <systemd/sd-daemon.h>

#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/log.h"
#include "cmd/dmabufd/manager-bus.h"
#include "cmd/dmabufd/observe-client.h"
#include "cmd/dmabufd/releases.h"
#include "lib/observe/watch.h"
#include "lib/base/cleanup.h"

#define OBSERVE_SOCKET "run/dmabufctl/observe"

static void complain(void *context, const char *place, const char *message)
{
	(void)context;
	log_print(LOG_WARNING, "%s: %s", place, message);
}

int manager_reload(struct manager *manager)
{
	struct config *config;
	int r = config_read(manager->root.fd, complain, NULL, &config);

	if (r < 0)
		return r;
	config_free(manager->config);
	manager->config = config;
	return 0;
}

void manager_policy(const struct manager *manager, const char *address, uint16_t vendor,
		    uint16_t product, struct policy *ret)
{
	if (manager->config) {
		config_policy(manager->config, address, vendor, product, ret);
		return;
	}
	*ret = policy_default;
	ret->react = false;
}

static int on_sigterm(sd_event_source *source, const struct signalfd_siginfo *info,
		      void *context)
{
	struct manager *manager = context;

	(void)source;
	(void)info;
	(void)sd_notify(0, "STOPPING=1");
	return sd_event_exit(manager->event, 0);
}

static int on_sighup(sd_event_source *source, const struct signalfd_siginfo *info,
		     void *context)
{
	struct manager *manager = context;
	int r;

	(void)source;
	(void)info;
	(void)sd_notify(0, "RELOADING=1");
	r = manager_reload(manager);
	if (r < 0)
		log_print(LOG_ERR,
			  "the configuration stays as it was, because it "
			  "could not be read: %s",
			  strerror(-r));
	(void)sd_notify(0, "READY=1");
	return 0;
}

static void on_vfio_changed(void *context)
{
	manager_check_idle(context);
}

static void on_vfio_removed(void *context, const char *address)
{
	struct manager *manager = context;

	releases_begin(manager->releases, address);
}

static void on_unbound(void *context, const char *address)
{
	struct manager *manager = context;

	releases_end(manager->releases, address, false);
}

static void on_removed(void *context, const char *address)
{
	struct manager *manager = context;

	releases_end(manager->releases, address, true);
}

static void on_lost(void *context)
{
	struct manager *manager = context;

	log_print(LOG_WARNING, "the kernel's events came faster than they could be "
			       "read: looking at everything anew");
	releases_find(manager->releases);
	manager_check_idle(manager);
}

static int open_observer(struct manager *manager, const char *directory)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/" OBSERVE_SOCKET, directory ? directory : "") < 0) {
		path = NULL;
		return -ENOMEM;
	}
	return observe_client_new(manager->event, path, &manager->observe);
}

static int add_events(struct manager *manager)
{
	sigset_t signals;
	int r;

	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(manager->event, NULL, SIGTERM, on_sigterm, manager);
	if (r >= 0)
		r = sd_event_add_signal(manager->event, NULL, SIGINT, on_sigterm,
					manager);
	if (r >= 0)
		r = sd_event_add_signal(manager->event, NULL, SIGHUP, on_sighup, manager);
	return r < 0 ? r : manager_idle_new(manager);
}

/* What it may forbid is not known: the daemon watches, and tells. */
static void begin_config(struct manager *manager)
{
	int r = manager_reload(manager);

	if (r < 0)
		log_print(LOG_ERR,
			  "the configuration could not be read: %s; until a "
			  "reload can, releases are told of and nothing is "
			  "done about them",
			  strerror(-r));
}

static int open_host(struct manager *manager, const char *directory,
		     const char **ret_what)
{
	int r = root_open(directory, &manager->root);

	*ret_what = "the root directory could not be opened";
	if (r < 0)
		return r;
	begin_config(manager);
	*ret_what = "the directories below /var/lib/dmabufctl and /run/dmabufctl could "
		    "not be opened (systemd-tmpfiles makes them)";
	return job_store_open(manager->root.fd, &manager->store);
}

/* Watched first, looked at then: nothing happens unseen in between. */
static int open_modules(struct manager *manager, const char *directory,
			const char **ret_what)
{
	static const struct watch_events events = {
		.vfio_changed = on_vfio_changed,
		.vfio_removed = on_vfio_removed,
		.unbound = on_unbound,
		.removed = on_removed,
		.lost = on_lost,
	};
	int r;

	*ret_what = "the kernel's events could not be subscribed to";
	r = watch_new(manager->event, &events, manager, &manager->watch);
	if (r < 0)
		return r;
	*ret_what = "out of memory";
	r = open_observer(manager, directory);
	if (r >= 0)
		r = releases_new(manager, &manager->releases);
	if (r >= 0)
		r = jobs_new(manager, &manager->jobs);
	if (r < 0)
		return r;
	*ret_what = "the system bus could not be reached";
	r = manager_bus_open(manager);
	if (r < 0)
		return r;
	*ret_what = "the jobs could not be read";
	return jobs_load(manager->jobs);
}

int manager_new(sd_event *event, const char *directory, struct manager **ret,
		const char **ret_what)
{
	struct manager *manager = calloc(1, sizeof(*manager));
	int r;

	*ret_what = "out of memory";
	if (!manager)
		return -ENOMEM;
	manager->event = sd_event_ref(event);
	manager->root.fd = -EBADF;
	manager->store = (struct job_store){ -EBADF, -EBADF };
	r = add_events(manager);
	if (r >= 0)
		r = open_host(manager, directory, ret_what);
	if (r >= 0)
		r = open_modules(manager, directory, ret_what);
	if (r < 0) {
		manager_free(manager);
		return r;
	}
	releases_find(manager->releases);
	manager_check_idle(manager);
	*ret = manager;
	return 0;
}

void manager_free(struct manager *manager)
{
	if (!manager)
		return;
	watch_free(manager->watch);
	manager_bus_close(manager);
	releases_free(manager->releases);
	jobs_free(manager->jobs);
	observe_client_free(manager->observe);
	job_store_close(&manager->store);
	config_free(manager->config);
	if (manager->root.fd >= 0)
		root_close(&manager->root);
	(void)sd_event_source_disable_unref(manager->idle);
	(void)sd_event_unref(manager->event);
	free(manager);
}

int manager_run(struct manager *manager)
{
	int r = sd_event_set_watchdog(manager->event, true);

	if (r >= 0) {
		(void)sd_notify(0, "READY=1\nSTATUS=Watching VFIO devices.");
		r = sd_event_loop(manager->event);
	}
	if (r < 0)
		log_print(LOG_ERR, "the event loop failed: %s", strerror(-r));
	return r < 0 ? EXIT_FAILURE : r;
}
