/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/monitor.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "cmd/dmabufctl/device-name.h"
#include "cmd/dmabufctl/error.h"
#include "cmd/dmabufctl/event-text.h"
#include "cmd/dmabufctl/options.h"
#include "cmd/dmabufctl/verbs.h"
#include "lib/base/cleanup.h"
#include "lib/judge/importers.h"
#include "lib/wire/event-json.h"
#include "lib/wire/json.h"

void monitor_stop(struct monitor *monitor, int status)
{
	(void)sd_event_exit(monitor->event, status);
}

/* Each event is on its way before the next one is read. A reader may leave at any time. */
static void flush(struct monitor *monitor)
{
	int error;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout))
		return;
	error = errno;
	if (error != EPIPE)
		(void)fprintf(stderr,
			      "dmabufctl: failed to write to standard output: %s\n",
			      strerror(error ? error : EIO));
	monitor_stop(monitor, error == EPIPE ? STATUS_DONE : STATUS_FAILED);
}

/* Takes object; NULL: out of memory. */
static void print_object(struct monitor *monitor, struct json_object *object)
{
	_cleanup_free_ char *text =
		object ? wire_print(object, monitor->options->json == JSON_PRETTY) : NULL;

	wire_put(&object);
	if (!text) {
		monitor_stop(monitor, error_memory(monitor->options));
		return;
	}
	(void)fputs(text, stdout);
	(void)fputc('\n', stdout);
}

void monitor_head(struct monitor *monitor)
{
	const struct options *options = monitor->options;
	const char *why = *monitor->why ? monitor->why : NULL;
	unsigned int unseen = EVENT_BITS_ALL & ~EVENT_BIT(EVENT_LOST) & ~monitor->seen;

	if (options->json != JSON_OFF)
		print_object(monitor, wire_event_source(monitor->source, why, unseen));
	else if (!options->no_legend && !options->quiet)
		event_text_head(stdout, monitor->source, why, unseen);
	flush(monitor);
}

static bool is_wanted(const struct monitor *monitor, const struct event *event)
{
	pid_t pid = monitor->options->filter.pid;

	if (event->kind == EVENT_LOST)
		return true;
	if (pid > 0 && event->pid != pid)
		return false;
	if (!monitor->device)
		return true;
	return (event->device && strcmp(event->device, monitor->device) == 0) ||
	       (event->attached && strcmp(event->attached, monitor->device) == 0);
}

void monitor_put(void *context, const struct event *event)
{
	struct monitor *monitor = context;
	struct event known = *event;

	if (!is_wanted(monitor, event))
		return;
	if (!known.importer && known.symbol)
		known.importer = importer_of_symbol(known.symbol, known.module);
	if (monitor->options->json != JSON_OFF)
		print_object(monitor, wire_event(&known));
	else if (event_text_print(stdout, &known) < 0)
		monitor_stop(monitor, error_memory(monitor->options));
	flush(monitor);
}

static int on_output(sd_event_source *source, int fd, uint32_t revents, void *context)
{
	(void)source;
	(void)fd;
	if (revents & (EPOLLERR | EPOLLHUP))
		monitor_stop(context, STATUS_DONE);
	return 0;
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info,
		     void *context)
{
	(void)source;
	(void)info;
	monitor_stop(context, STATUS_DONE);
	return 0;
}

/* Whatever ends us ends us in order. */
static int watch_ends(struct monitor *monitor)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	sigset_t set;
	int r = 0;

	(void)sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		(void)sigaddset(&set, signals[i]);
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; r >= 0 && i < ARRAY_SIZE(signals); i++)
		r = sd_event_add_signal(monitor->event, NULL, signals[i], on_signal,
					monitor);
	if (r < 0)
		return r;
	/* a reader that leaves while nothing happens; files cannot be asked (EPERM) */
	r = sd_event_add_io(monitor->event, NULL, STDOUT_FILENO, 0, on_output, monitor);
	return r == -EPERM ? 0 : r;
}

static int begin(struct monitor *monitor)
{
	const struct options *options = monitor->options;
	unsigned int sources = options->event_sources;
	int r = sd_event_new(&monitor->event);

	if (r >= 0)
		r = root_open(NULL, &monitor->root);
	if (r >= 0)
		r = watch_ends(monitor);
	if (r < 0)
		return error_report(options, STATUS_FAILED, NULL,
				    "failed to begin to watch: %s", strerror(-r));
	r = monitor_begin(monitor, sources ? sources : ~0U);
	if (r < 0)
		return error_report(options,
				    r == -EOPNOTSUPP ? STATUS_UNSUPPORTED : STATUS_FAILED,
				    "Without --sources the best that works is taken.",
				    "nothing can be watched (%s)", monitor->why);
	monitor_listen(monitor);
	monitor_head(monitor);
	return STATUS_DONE;
}

static void end(struct monitor *monitor)
{
	monitor_deaf(monitor);
	monitor_end(monitor);
	monitor->event = sd_event_unref(monitor->event);
	root_close(&monitor->root);
}

int monitor_run(const struct options *options)
{
	struct monitor monitor = { .options = options, .root = { .fd = -EBADF } };
	struct device_name name;
	int r;

	monitor.device = options->filter.device;
	r = monitor.device ? device_name_parse(NULL, monitor.device, &name) : -EINVAL;
	if (r == 0)
		monitor.device = name.text;
	else if (r != -EINVAL)
		return error_report(options, STATUS_NOT_FOUND,
				    "'dmabufctl devices' lists those of VFIO.",
				    "no device '%s': %s", monitor.device, strerror(-r));
	r = begin(&monitor);
	if (r == STATUS_DONE)
		r = sd_event_loop(monitor.event);
	if (r < 0)
		r = error_report(options, STATUS_FAILED, NULL, "failed to watch: %s",
				 strerror(-r));
	end(&monitor);
	return r;
}
