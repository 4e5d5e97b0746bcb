/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Jobs that wait for the owner to end, or for the last attachment to go. Nothing in the
 * kernel tells who opens a device or attaches to a buffer: while there is such a job, and
 * only then, the observer is asked again and again.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd/dmabufd/jobs-internal.h"
#include "cmd/dmabufd/observe-client.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/jobs/request-store.h"
#include "lib/wire/json.h"

enum { CONFIRM_US = 100000, AT_ONCE_US = 1 };

struct awaited {
	struct entry *entry;
	pid_t pid;
	bool confirmed; /* it was the owner while we had its pidfd */
	bool named; /* by the last answer */
	sd_event_source *source; /* of its pidfd */
};

static void owner_free(struct awaited *owner)
{
	(void)sd_event_source_disable_unref(owner->source);
	free(owner);
}

static void forget_owner(struct entry *entry, size_t index)
{
	owner_free(entry->owners.items[index]);
	entry->owners.count--;
	entry->owners.items[index] = entry->owners.items[entry->owners.count];
}

void watch_disarm(struct entry *entry)
{
	if (entry->asking)
		observe_client_forget(entry->jobs->manager->observe, entry);
	entry->asking = false;
	while (entry->owners.count > 0)
		forget_owner(entry, entry->owners.count - 1);
	free(entry->owners.items);
	memset(&entry->owners, 0, sizeof(entry->owners));
	if (entry->phase == PHASE_WAITS)
		(void)sd_event_source_set_enabled(entry->timer, SD_EVENT_OFF);
	entry->polls = 0;
}

/* In this boot: what came to its end by a reboot is no news. */
static bool was_busy(const struct entry *entry)
{
	return entry->job->schedule.busy_us >= realtime_boot_us();
}

/* On disk: another one of us may have to tell that it has ended. */
static void note_busy(struct entry *entry)
{
	int r;

	if (was_busy(entry))
		return;
	entry->job->schedule.busy_us = realtime_us();
	r = request_write(&entry->jobs->manager->store, entry->job);
	if (r < 0)
		log_failed(entry->job, "that it is in use could not be written", r);
}

void watch_arm(struct entry *entry)
{
	entry_wake_in(entry, AT_ONCE_US);
}

static void poll_later(struct entry *entry)
{
	entry_wake_in(entry, rule_poll_us(entry->polls));
	entry->polls++;
}

/* The last of those who had it open when we looked. */
static int on_owner_exit(sd_event_source *source, int fd, uint32_t events, void *context)
{
	struct awaited *owner = context;
	struct entry *entry = owner->entry;
	size_t i = 0;

	(void)source;
	(void)fd;
	(void)events;
	while (entry->owners.items[i] != owner)
		i++;
	forget_owner(entry, i);
	if (entry->owners.count == 0)
		entry_fire(entry);
	return 0;
}

static int watch_pidfd(struct awaited *owner)
{
	int fd = (int)syscall(SYS_pidfd_open, owner->pid, 0);
	int r = fd < 0 ? -errno : 0;

	if (r == 0)
		r = sd_event_add_io(owner->entry->jobs->manager->event, &owner->source,
				    fd, EPOLLIN, on_owner_exit, owner);
	if (r >= 0)
		r = sd_event_source_set_io_fd_own(owner->source, 1);
	else
		cleanup_close(&fd);
	return r < 0 ? r : 0;
}

/* -ESRCH: it has ended since. */
static int add_owner(struct entry *entry, pid_t pid)
{
	struct awaited *owner = calloc(1, sizeof(*owner));
	int r;

	if (!owner)
		return -ENOMEM;
	*owner = (struct awaited){ .entry = entry, .pid = pid, .named = true };
	r = watch_pidfd(owner);
	if (r == 0)
		r = ARRAY_PUSH(&entry->owners, owner);
	if (r < 0)
		owner_free(owner);
	return r;
}

static struct awaited *find_owner(const struct entry *entry, pid_t pid)
{
	for (size_t i = 0; i < entry->owners.count; i++)
		if (entry->owners.items[i]->pid == pid)
			return entry->owners.items[i];
	return NULL;
}

/*
 * A number is only a process once it was named again while we had its pidfd: it may have
 * been given to another in between.
 */
static int compare_owners(struct entry *entry, const rule_pids *pids, bool *ret_ended)
{
	int r = 0;

	*ret_ended = false;
	for (size_t i = 0; i < entry->owners.count; i++)
		entry->owners.items[i]->named = false;
	for (size_t i = 0; r == 0 && i < pids->count; i++) {
		struct awaited *owner = find_owner(entry, pids->items[i]);

		if (owner) {
			owner->confirmed = owner->named = true;
			continue;
		}
		r = add_owner(entry, pids->items[i]);
		*ret_ended |= r == -ESRCH;
		r = r == -ESRCH ? 0 : r;
	}
	return r;
}

static bool has_confirmed(const struct entry *entry)
{
	for (size_t i = 0; i < entry->owners.count; i++)
		if (entry->owners.items[i]->confirmed)
			return true;
	return false;
}

/* Is there one that was not confirmed? One that let go before it could be is dropped. */
static bool tidy_owners(struct entry *entry)
{
	bool open = false;

	for (size_t i = entry->owners.count; i-- > 0;) {
		const struct awaited *owner = entry->owners.items[i];

		if (owner->confirmed)
			continue;
		open |= owner->named;
		if (!owner->named)
			forget_owner(entry, i);
	}
	return open;
}

static void take_owners(struct entry *entry, struct json_object *answer)
{
	rule_pids pids = { 0 };
	bool ended = false, open;
	int r = rule_owners(answer, entry->job->wish.device, &pids);

	if (r == 0)
		r = compare_owners(entry, &pids, &ended);
	free(pids.items);
	open = tidy_owners(entry);
	if (has_confirmed(entry))
		note_busy(entry);
	/* those that were seen before a restart have let go since */
	ended |= was_busy(entry) && rule_is_free(answer, entry->job->wish.device);
	if (r == 0 && ended && entry->owners.count == 0)
		entry_fire(entry);
	else if (r == 0 && open)
		entry_wake_in(entry, CONFIRM_US);
	else if (r < 0 || entry->owners.count == 0)
		poll_later(entry);
}

static bool is_there(const struct entry *entry)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s",
		       entry->job->wish.device);
	return faccessat(entry->jobs->manager->root.fd, path, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0;
}

/* One that runs always has to see it busy first, or it would run again and again. */
static void take_attachments(struct entry *entry, struct json_object *answer)
{
	int count = rule_attachments(answer, entry->job->wish.device);

	if (count == -ENODATA && !entry->told) {
		log_untold(entry->job);
		entry->told = true;
	}
	if (count > 0 && !was_busy(entry)) {
		note_busy(entry);
		entry->polls = 0;
	}
	if (count == 0 && (was_busy(entry) || !entry->job->schedule.always) &&
	    is_there(entry))
		entry_fire(entry);
	else
		poll_later(entry);
}

static void on_answer(void *context, int error, struct json_object *answer)
{
	struct entry *entry = context;
	struct json_object *complaint;

	entry->asking = false;
	if (error < 0 || json_object_object_get_ex(answer, "error", &complaint))
		poll_later(entry);
	else if (entry->job->trigger == JOB_ON_EXIT)
		take_owners(entry, answer);
	else
		take_attachments(entry, answer);
}

/* NULL: out of memory. */
static struct json_object *make_question(const struct entry *entry)
{
	_cleanup_(wire_put) struct json_object *question = json_object_new_object();
	bool exits = entry->job->trigger == JOB_ON_EXIT;
	struct json_object *filter;

	if (!question ||
	    wire_add_text(question, "verb", exits ? "devices" : "list") < 0 ||
	    wire_add_null(question, "for_uid") < 0)
		return NULL;
	if (exits)
		return TAKE_PTR(question);
	filter = json_object_new_object();
	if (wire_add(question, "filter", filter) < 0 ||
	    wire_add_text(filter, "device", entry->job->wish.device) < 0)
		return NULL;
	return TAKE_PTR(question);
}

void watch_poll(struct entry *entry)
{
	struct json_object *question;

	if (entry->asking)
		return;
	question = make_question(entry);
	entry->asking = question && observe_client_ask(entry->jobs->manager->observe,
						       question, on_answer, entry) == 0;
	if (!entry->asking)
		poll_later(entry);
}
