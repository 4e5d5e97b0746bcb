/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "lib/base/child.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/model/feature.h"
#include "lib/observe/observers.h"
#include "lib/observe/snapshot.h"

/*
 * How long a source may say nothing before its process is given up. bufinfo answers
 * in one go, and while it waits every dma-buf export of the host waits with it; one
 * process of /proc is a matter of milliseconds.
 */
enum {
	SILENCE_MS = 2500,
	SILENCE_BUFINFO_MS = 1500,
	SILENCE_PROCESS_MS = 500,
	SILENCE_DETAILS_MS = 1000,
	READ_BYTES = 256 * 1024,
};

enum stage {
	STAGE_SOURCES,
	STAGE_DETAILS, /* of what the sources named */
	STAGE_CIRCUMSTANCES, /* what is around the devices */
	STAGE_TASKS, /* that sleep in the kernel */
};

struct look {
	const struct observe_request *request;
	const char *root; /* absolute; NULL: the live system */
	unsigned int sources; /* SOURCE_BIT() of those still to be asked */
	pid_t after; /* where proc goes on */
	bool dma_buf_list_stuck; /* somebody holds dmabuf_list_mutex */
	enum stage stage;
	uint64_t deadline; /* monotonic_ms() */
	struct joiner *joiner;
	struct child child;
	char *bytes; /* READ_BYTES: what is not joined yet */
	size_t used;
};

static bool wanted(const struct look *look, enum source source)
{
	return look->sources & SOURCE_BIT(source);
}

/* The rest runs in the observer process. */

/* A list of all buffers that is there already spares proc to make one. */
static unsigned int proc_flags(const struct look *look, bool listed)
{
	const struct source_progress *bufinfo =
		joiner_progress(look->joiner, SOURCE_BUFINFO);
	unsigned int flags = look->dma_buf_list_stuck ? PROC_FIND_BLOCKER : 0;

	/* after a process that got stuck, an earlier observer may have listed them */
	if (!listed && !(bufinfo->ended && bufinfo->outcome == SOURCE_OK))
		flags |= PROC_BUFFERS;
	return flags;
}

static void observe_sources(const struct look *look, const struct root *root,
			    struct sink *sink)
{
	bool complete = false, listed = false;

	if (wanted(look, SOURCE_BPF) && !root->captured)
		complete = observe_bpf(root, sink);
	if (wanted(look, SOURCE_BUFINFO))
		listed = observe_bufinfo(root, sink,
					 !complete || look->request->cross_check);
	if (wanted(look, SOURCE_SYSFS))
		observe_sysfs(root, sink, !complete && !listed);
	if (wanted(look, SOURCE_PROC) && !complete)
		observe_proc(root, sink, look->after, proc_flags(look, listed));
}

static void observe_node(const struct root *root, struct sink *sink, struct node node)
{
	struct record_node record = { .major = node.major, .minor = node.minor };

	if (device_of_node(root, node.major, node.minor, record.device,
			   record.subsystem) < 0)
		return;
	record_init(&record.header, RECORD_NODE, SOURCE_BPF, sizeof(record));
	sink_put(sink, &record.header);
}

/* Without BPF only all devices, and what sleeps, can tell what became of buffers. */
static bool needs_tasks(const struct look *look)
{
	return look->request->circumstances || joiner_needs_judgement(look->joiner);
}

/* How importers are judged depends on the kernel; BPF has told, if it ran. */
static bool needs_features(const struct look *look)
{
	if (joiner_features(look->joiner))
		return false;
	return look->request->features || joiner_needs_judgement(look->joiner) ||
	       joiner_has_attachments(look->joiner);
}

static void observe_devices(const struct look *look, const struct root *root,
			    struct sink *sink)
{
	const struct unexplained *unexplained = joiner_unexplained(look->joiner);
	bool safe_override = joiner_features(look->joiner) & FEATURE_SAFE_OVERRIDE;

	observe_mdevs(root, sink);
	if (look->request->devices == OBSERVE_DEVICES_ALL || needs_tasks(look)) {
		if (observe_pci_devices(root, sink, safe_override) == 0)
			sink_pass(sink, SOURCE_PROC, PASS_DEVICES);
	} else {
		for (size_t i = 0; i < unexplained->devices.count; i++)
			(void)observe_pci_device(root, sink,
						 unexplained->devices.items[i].text,
						 safe_override);
	}
	sink_flush(sink);
}

/* What the sources only named: PCI devices, devices behind nodes, units of processes. */
static void observe_details(const struct look *look, const struct root *root,
			    struct sink *sink)
{
	const struct unexplained *unexplained = joiner_unexplained(look->joiner);

	observe_host(root, sink);
	if (needs_features(look))
		observe_features(root, sink);
	observe_devices(look, root, sink);
	for (size_t i = 0; i < unexplained->nodes.count; i++)
		observe_node(root, sink, unexplained->nodes.items[i]);
	for (size_t i = 0; i < unexplained->pids.count; i++)
		observe_unit(root, sink, unexplained->pids.items[i]);
}

/* The last of these may get stuck behind some process: then it alone is lost. */
static void observe_circumstances(const struct look *look, const struct root *root,
				  struct sink *sink)
{
	observe_settings(root, sink);
	sink_flush(sink);
	observe_release_log(root, sink);
	sink_flush(sink);
	if (look->request->uses)
		observe_uses(root, sink);
}

static void run_stage(const struct look *look, const struct root *root, struct sink *sink)
{
	switch (look->stage) {
	case STAGE_SOURCES:
		observe_sources(look, root, sink);
		break;
	case STAGE_DETAILS:
		observe_details(look, root, sink);
		break;
	case STAGE_CIRCUMSTANCES:
		observe_circumstances(look, root, sink);
		break;
	case STAGE_TASKS:
		observe_tasks(root, sink, look->after);
		break;
	}
}

static void work(int output, void *context)
{
	const struct look *look = context;
	struct sink *sink = sink_new(output);
	struct record_done done;
	struct root root;

	if (!sink || root_open(look->root, &root) < 0)
		return;
	run_stage(look, &root, sink);
	record_init(&done.header, RECORD_DONE, SOURCE_BPF, sizeof(done));
	sink_put(sink, &done.header);
	sink_flush(sink);
}

/* From here on everything runs in the process that waits. */

/* The source that has begun and not ended; SOURCE_COUNT: none. */
static enum source current_source(struct look *look)
{
	for (int i = 0; i < SOURCE_COUNT; i++) {
		struct source_progress *progress =
			joiner_progress(look->joiner, (enum source)i);

		if (progress->begun && !progress->ended)
			return (enum source)i;
	}
	return SOURCE_COUNT;
}

static unsigned int silence_allowed(struct look *look)
{
	if (look->stage != STAGE_SOURCES)
		return SILENCE_DETAILS_MS;
	switch (current_source(look)) {
	case SOURCE_BUFINFO:
		return SILENCE_BUFINFO_MS;
	case SOURCE_PROC:
		return joiner_current_process(look->joiner) ? SILENCE_PROCESS_MS
							    : SILENCE_MS;
	default:
		return SILENCE_MS;
	}
}

/* 1: there is more, 0: the process has ended, -ETIMEDOUT: it says nothing. */
static int wait_for_output(struct look *look)
{
	struct pollfd output = { .fd = look->child.output, .events = POLLIN };
	uint64_t now = monotonic_ms();
	unsigned int timeout = silence_allowed(look);
	int r;

	if (now >= look->deadline)
		return -ETIMEDOUT;
	if (look->deadline - now < timeout)
		timeout = (unsigned int)(look->deadline - now);
	r = poll(&output, 1, (int)timeout);
	if (r < 0)
		return errno == EINTR ? 1 : -errno;
	return r == 0 ? -ETIMEDOUT : 1;
}

/* Reads and joins once; 1: go on, 0: end of output, or negative errno. */
static int take_output(struct look *look)
{
	ssize_t taken, n;

	n = read(look->child.output, look->bytes + look->used, READ_BYTES - look->used);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 1 : -errno;
	if (n == 0)
		return 0;
	look->used += (size_t)n;
	taken = joiner_take(look->joiner, look->bytes, look->used);
	if (taken < 0)
		return (int)taken;
	look->used -= (size_t)taken;
	memmove(look->bytes, look->bytes + taken, look->used);
	return 1;
}

/*
 * 0: the observer has told everything, -ETIMEDOUT: it was given up, -ECHILD: it died
 * before its last record, or another negative errno.
 */
static int run_observer(struct look *look)
{
	int r;

	joiner_begin_observer(look->joiner);
	look->used = 0;
	r = child_spawn(work, look, &look->child);
	if (r < 0)
		return r;
	do {
		r = wait_for_output(look);
		if (r > 0)
			r = take_output(look);
	} while (r > 0);
	(void)child_end(&look->child);
	return r == 0 && !joiner_is_done(look->joiner) ? -ECHILD : r;
}

static void end_source(struct look *look, enum source source, enum source_outcome outcome,
		       const char *why)
{
	struct source_progress *progress = joiner_progress(look->joiner, source);

	progress->begun = progress->ended = true;
	progress->outcome = outcome;
	(void)snprintf(progress->why, sizeof(progress->why), "%s", why);
	look->sources &= ~SOURCE_BIT(source);
}

static void forget_ended_sources(struct look *look)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (joiner_progress(look->joiner, (enum source)i)->ended)
			look->sources &= ~SOURCE_BIT(i);
}

/* All that are still wanted end with the same words. */
static void end_wanted_sources(struct look *look, const char *why)
{
	for (int i = 0; i < SOURCE_COUNT; i++)
		if (wanted(look, (enum source)i))
			end_source(look, (enum source)i, SOURCE_BLOCKED, why);
}

/*
 * The observer said nothing for too long and is gone, or left behind where no signal
 * reaches it; or it died. Decides what the next one still may ask: every call ends a
 * source or a process.
 */
static void give_up(struct look *look, int reason)
{
	enum source source = current_source(look);
	pid_t pid = joiner_current_process(look->joiner);

	forget_ended_sources(look);
	if (source == SOURCE_PROC && pid > 0) {
		joiner_give_up_process(look->joiner, pid);
		look->after = pid;
		return;
	}
	if (source == SOURCE_COUNT) {
		end_wanted_sources(look, "its reader did not begin");
		return;
	}
	if (reason == -ECHILD) {
		end_source(look, source, SOURCE_PARTIAL, "its reader died");
		return;
	}
	end_source(look, source, SOURCE_BLOCKED, "no answer in time");
	if (source == SOURCE_BPF || source == SOURCE_BUFINFO) {
		look->dma_buf_list_stuck = true;
		look->sources &= ~SOURCE_BIT(SOURCE_BUFINFO);
	}
}

/* Asks the sources one observer after the other until none is left or time is over. */
static int ask_sources(struct look *look)
{
	int r;

	while (look->sources) {
		if (monotonic_ms() >= look->deadline) {
			end_wanted_sources(look, "the time was over");
			break;
		}
		r = run_observer(look);
		if (r == 0)
			break;
		if (r != -ETIMEDOUT && r != -ECHILD)
			return r;
		give_up(look, r);
	}
	return 0;
}

/* The details deserve a moment even when the sources used up the time. */
static int ask_details(struct look *look)
{
	uint64_t least = monotonic_ms() + SILENCE_DETAILS_MS / 2;
	int r;

	look->stage = STAGE_DETAILS;
	if (look->deadline < least)
		look->deadline = least;
	r = run_observer(look);
	if (r != -ETIMEDOUT && r != -ECHILD)
		return r;
	joiner_weaken(look->joiner, "units and devices were not all read");
	return 0;
}

/* What is not seen in the end is missing in snapshot.seen, and nobody claims more. */
static int ask_circumstances(struct look *look)
{
	int r;

	look->stage = STAGE_CIRCUMSTANCES;
	r = run_observer(look);
	return r == -ETIMEDOUT || r == -ECHILD ? 0 : r;
}

/* A process that does not answer costs itself alone. */
static int ask_tasks(struct look *look)
{
	pid_t pid;
	int r;

	look->stage = STAGE_TASKS;
	look->after = 0;
	do {
		r = run_observer(look);
		if (r != -ETIMEDOUT && r != -ECHILD)
			return r;
		pid = joiner_current_process(look->joiner);
		if (pid <= look->after)
			return 0;
		joiner_give_up_process(look->joiner, pid);
		look->after = pid;
	} while (monotonic_ms() < look->deadline);
	return 0;
}

static int look_around(struct look *look)
{
	int r = ask_sources(look);

	if (r == 0)
		r = ask_details(look);
	if (r == 0 && look->request->circumstances)
		r = ask_circumstances(look);
	if (r == 0 && needs_tasks(look))
		r = ask_tasks(look);
	return r;
}

int observe(const struct observe_request *request, struct snapshot **ret)
{
	unsigned int deadline_ms = request->deadline_ms ?: OBSERVE_DEADLINE_MS;
	struct look look = {
		.request = request,
		.sources = request->sources ?: SOURCE_BIT(SOURCE_COUNT) - 1,
		.deadline = monotonic_ms() + deadline_ms,
		.child = CHILD_NONE,
	};
	_cleanup_free_ char *bytes = malloc(READ_BYTES), *directory = NULL;
	int r;

	if (request->root) {
		directory = realpath(request->root, NULL);
		if (!directory)
			return -errno;
	}
	look.root = directory;
	look.bytes = bytes;
	look.joiner = joiner_new();
	if (!bytes || !look.joiner) {
		joiner_free(look.joiner);
		return -ENOMEM;
	}
	r = look_around(&look);
	if (r < 0) {
		joiner_free(look.joiner);
		return r;
	}
	r = joiner_finish(look.joiner, ret);
	if (r == 0 && request->sources)
		(*ret)->left_out = ~request->sources & (SOURCE_BIT(SOURCE_COUNT) - 1);
	return r;
}
