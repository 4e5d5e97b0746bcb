/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/judge/exporters.h"
#include "lib/judge/judge-internal.h"

enum { NAMED_MAX = 3 }; /* processes in a reason: a list has them all */

static void decide(struct buffer *buffer, enum verdict verdict, const char *reason)
{
	buffer->revocable = verdict;
	buffer->reason = reason ? reason : "out of memory";
}

/* The attachment whose verdict it is, the gravest first; NULL: none has it. */
static const struct attachment *attachment_with(const struct buffer *buffer,
						enum verdict verdict)
{
	for (size_t i = 0; i < buffer->n_attachments; i++)
		if (buffer->attachments[i].revocable == verdict)
			return &buffer->attachments[i];
	return NULL;
}

static void blame(struct snapshot *snapshot, struct buffer *buffer,
		  const struct attachment *attachment)
{
	const char *importer = attachment->importer;

	decide(buffer, attachment->revocable,
	       snapshot_text(snapshot, "%s%s%s%s: %s", attachment->device,
			     importer ? " (" : "", importer ? importer : "",
			     importer ? ")" : "", attachment->reason));
}

static void judge_by_attachments(struct snapshot *snapshot, struct buffer *buffer)
{
	static const enum verdict gravest_first[] = { VERDICT_NO, VERDICT_UNKNOWN,
						      VERDICT_DEPENDS };

	for (size_t i = 0; i < ARRAY_SIZE(gravest_first); i++) {
		const struct attachment *attachment =
			attachment_with(buffer, gravest_first[i]);

		if (!attachment)
			continue;
		blame(snapshot, buffer, attachment);
		return;
	}
	if (buffer->n_attachments == 0)
		decide(buffer, VERDICT_YES, "VFIO revokes it; nobody is attached");
	else
		decide(buffer, VERDICT_YES,
		       "VFIO revokes it, and every importer can be told to let go");
}

static void judge_vfio(struct snapshot *snapshot, const struct kernel_rules *rules,
		       struct buffer *buffer)
{
	const struct attachment *unwilling = attachment_with(buffer, VERDICT_NO);

	if (buffer->state == BUFFER_STATE_ORPHANED)
		decide(buffer, VERDICT_YES, "its device was closed: revoked for good");
	else if (unwilling)
		blame(snapshot, buffer, unwilling);
	else if (!buffer->attachments_known)
		decide(buffer, VERDICT_UNKNOWN, "no source could list its attachments");
	else if (rules->vfio_waits == TRISTATE_YES)
		judge_by_attachments(snapshot, buffer);
	else if (rules->vfio_waits == TRISTATE_NO)
		decide(buffer, VERDICT_DEPENDS,
		       "VFIO of this kernel revokes without waiting for importers");
	else
		decide(buffer, VERDICT_UNKNOWN,
		       "nothing tells whether VFIO of this kernel waits for importers");
}

/* The processes that keep a buffer: users of its importers, then holders. */
struct keepers {
	const struct process *processes[NAMED_MAX];
	size_t count; /* of all */
};

static void keepers_add(struct keepers *keepers, const struct process *process)
{
	if (!process)
		return;
	for (size_t i = 0; i < keepers->count && i < NAMED_MAX; i++)
		if (keepers->processes[i] == process ||
		    (keepers->processes[i]->pid == 0 && process->pid == 0))
			return;
	if (keepers->count < NAMED_MAX)
		keepers->processes[keepers->count] = process;
	keepers->count++;
}

static void keepers_find(const struct buffer *buffer, struct keepers *ret)
{
	*ret = (struct keepers){ 0 };
	for (size_t i = 0; i < buffer->n_attachments; i++)
		for (size_t j = 0; j < buffer->attachments[i].n_users; j++)
			keepers_add(ret, buffer->attachments[i].users[j].process);
	for (size_t i = 0; i < buffer->n_holders; i++)
		keepers_add(ret, buffer->holders[i].process);
}

/* Room for NAMED_MAX processes, their comms and pids. */
struct keepers_text {
	char text[NAMED_MAX * 40 + 32];
};

static int keeper_text(const struct process *process, const char *separator, char *text,
		       size_t size)
{
	if (process->pid == 0)
		return snprintf(text, size, "%sanother user", separator);
	return snprintf(text, size, "%s%.16s[%d]", separator,
			process->comm ? process->comm : "?", process->pid);
}

/* "; camera[812] or compositor[813] can end it", or nothing, in room. */
static const char *keepers_text(const struct keepers *keepers, struct keepers_text *room)
{
	size_t size = sizeof(room->text), used = 0;

	room->text[0] = '\0';
	for (size_t i = 0; i < keepers->count && i < NAMED_MAX; i++) {
		const char *separator = i == 0			  ? "; "
					: i + 1 == keepers->count ? " or "
								  : ", ";

		used += (size_t)keeper_text(keepers->processes[i], separator,
					    room->text + used, size - used);
	}
	if (keepers->count > 0)
		(void)snprintf(room->text + used, size - used, "%s can end it",
			       keepers->count > NAMED_MAX ? " and others" : "");
	return room->text;
}

/* Nobody can ask its exporter, so its importers do not matter; people do. */
static void judge_other(struct snapshot *snapshot, struct buffer *buffer)
{
	const struct exporter_rule *rule = exporter_rule_find(buffer->exporter);
	struct keepers_text room;
	struct keepers keepers;

	if (!rule) {
		decide(buffer, VERDICT_UNKNOWN,
		       "nothing is known of what this exporter can do");
		return;
	}
	keepers_find(buffer, &keepers);
	decide(buffer, VERDICT_NO,
	       snapshot_text(snapshot, "%s%s", rule->what,
			     keepers_text(&keepers, &room)));
}

void judge_buffer(struct snapshot *snapshot, const struct kernel_rules *rules,
		  struct buffer *buffer)
{
	if (buffer_is_of_vfio(buffer))
		judge_vfio(snapshot, rules, buffer);
	else
		judge_other(snapshot, buffer);
}
