/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/release-log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

#define RELAYING "Relaying device request to user (#"
#define NO_CHANNEL "No device request channel registered, blocked until released by user"
#define IN_USE "Device is currently in use, task "

enum {
	KERNEL_PRIORITIES = 8, /* facility 0 */
	DEVICES_MAX = 4096,
	ROUND_US = 10 * 1000 * 1000, /* vfio_unregister_group_dev() asks every 10 s */
};

struct message {
	int64_t time_us;
	char device[PCI_ADDRESS_TEXT];
	uint64_t round; /* how often the owner had been asked before */
	bool in_use; /* a signal has come; the round is unknown */
};

void release_log_free(struct release_log *log)
{
	free(log->entries.items);
}

/* A decimal number, and the character behind it; NULL if there is none. */
static const char *read_number(const char *text, char behind, uint64_t *ret)
{
	char digits[21];
	size_t length = strspn(text, "0123456789");

	if (length >= sizeof(digits) || text[length] != behind)
		return NULL;
	memcpy(digits, text, length);
	digits[length] = '\0';
	return text_to_u64(digits, 10, ret) < 0 ? NULL : text + length + 1;
}

/* "PRIORITY,SEQUENCE,MICROSECONDS,FLAGS...;TEXT": returns TEXT. */
static const char *read_prefix(const char *line, int64_t *ret_time_us)
{
	uint64_t priority, sequence, time;
	const char *rest = read_number(line, ',', &priority);

	if (rest)
		rest = read_number(rest, ',', &sequence);
	if (rest)
		rest = read_number(rest, ',', &time);
	if (!rest || priority >= KERNEL_PRIORITIES || time > INT64_MAX)
		return NULL;
	rest = strchr(rest, ';');
	if (!rest)
		return NULL;
	*ret_time_us = (int64_t)time;
	return rest + 1;
}

/* "DRIVER ADDRESS: ", as dev_printk() begins: returns what follows. */
static const char *read_device(const char *text, char device[PCI_ADDRESS_TEXT])
{
	const char *address = strchr(text, ' ');
	const char *end = address ? strstr(++address, ": ") : NULL;
	size_t length = end ? (size_t)(end - address) : 0;

	if (length == 0 || length >= PCI_ADDRESS_TEXT)
		return NULL;
	memcpy(device, address, length);
	device[length] = '\0';
	return pci_address_is_kernel_name(device) ? end + 2 : NULL;
}

static bool read_message(const char *line, struct message *ret)
{
	const char *text = read_prefix(line, &ret->time_us);

	text = text ? read_device(text, ret->device) : NULL;
	if (!text)
		return false;
	ret->round = 0;
	ret->in_use = text_starts_with(text, IN_USE);
	if (text_starts_with(text, RELAYING))
		return read_number(text + strlen(RELAYING), ')', &ret->round) &&
		       ret->round <= INT64_MAX / ROUND_US;
	return ret->in_use || strcmp(text, NO_CHANNEL) == 0;
}

static struct release_log_entry *find_entry(struct release_log *log, const char *device)
{
	for (size_t i = 0; i < log->entries.count; i++)
		if (strcmp(log->entries.items[i].device, device) == 0)
			return &log->entries.items[i];
	return NULL;
}

/*
 * Round 0 begins a wait. A later one whose beginning the log has lost tells about when
 * that was: a signal cuts one round short, and the timer of each may be late by 5 %.
 */
static bool is_another_wait(const struct release_log_entry *known,
			    const struct message *message, int64_t since_us)
{
	int64_t rounds_us = (int64_t)message->round * ROUND_US;

	if (message->in_use)
		return false;
	return message->round == 0 ||
	       since_us - known->since_us > 2 * (int64_t)ROUND_US + rounds_us / 16;
}

static int take_message(struct release_log *log, const struct message *message)
{
	struct release_log_entry *known = find_entry(log, message->device);
	struct release_log_entry entry;

	memcpy(entry.device, message->device, sizeof(entry.device));
	entry.since_us = message->time_us - (int64_t)message->round * ROUND_US;
	if (known) {
		if (is_another_wait(known, message, entry.since_us))
			*known = entry;
		return 0;
	}
	if (log->entries.count >= DEVICES_MAX)
		return 0;
	return ARRAY_PUSH(&log->entries, entry);
}

int release_log_add(struct release_log *log, const char *text)
{
	struct message message;
	char line[512];
	int r = 0;

	/* What is longer is none of VFIO's; a line that goes on begins with a blank. */
	while (r == 0 && *text) {
		size_t length = strcspn(text, "\n");

		if (length < sizeof(line)) {
			memcpy(line, text, length);
			line[length] = '\0';
			if (read_message(line, &message))
				r = take_message(log, &message);
		}
		text += length + (text[length] != '\0');
	}
	return r;
}
