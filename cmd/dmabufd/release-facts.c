/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/release-facts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/react.h"
#include "cmd/dmabufd/release-answer.h"
#include "cmd/dmabufd/release-moments.h"
#include "lib/act/device-fd.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/wire/json.h"

enum { RECORDS_MAX = 256 }; /* of ended jobs: a job for a release is not long ago */

/* CLOCK_REALTIME; 0: there is no such process. */
static int64_t process_begun_us(uint64_t pid)
{
	struct process_identity process;
	uint64_t ticks = process_ticks_now();

	if (pid == 0 || pid > INT_MAX || process_identify((pid_t)pid, &process) < 0 ||
	    process.start_ticks > ticks)
		return 0;
	ticks -= process.start_ticks;
	return realtime_us() -
	       (int64_t)(ticks * 1000000 / (uint64_t)sysconf(_SC_CLK_TCK));
}

int64_t release_not_before(struct json_object *entry)
{
	struct json_object *owners;
	size_t count = wire_array_or_none(entry, "owners", &owners);
	int64_t first_us = 0;

	for (size_t i = 0; i < count; i++) {
		struct json_object *owner = json_object_array_get_idx(owners, i);
		uint64_t pid = 0;
		int64_t begun_us;

		if (json_object_is_type(owner, json_type_object))
			(void)wire_get_unsigned(owner, "pid", 0, &pid);
		begun_us = process_begun_us(pid);
		if (begun_us == 0)
			return 0;
		if (first_us == 0 || begun_us < first_us)
			first_us = begun_us;
	}
	return first_us;
}

/* What is kept may be that of an earlier release, which ended while we were away. */
int64_t release_since(struct json_object *entry, int moments)
{
	int64_t since_us = release_entry_since(entry);
	uint64_t moment_us;

	if (since_us > 0)
		return since_us;
	moment_us = release_moment(moments, release_entry_device(entry));
	if (moment_us == 0)
		return 0;
	since_us = realtime_us() - (int64_t)(monotonic_us() - moment_us);
	return since_us < release_not_before(entry) ? 0 : since_us;
}

bool release_was_handled(const struct manager *manager, const char *address,
			 int64_t since_us)
{
	_cleanup_(job_array_done) job_array records = { 0 };
	const struct job *job;

	if (since_us <= 0)
		since_us = realtime_boot_us();
	for (size_t i = 0; (job = jobs_get(manager->jobs, i)); i++)
		if (react_job_handles(job, address, since_us))
			return true;
	if (job_store_list_since(&manager->store, since_us, RECORDS_MAX, &records) < 0)
		return false;
	for (size_t i = 0; i < records.count; i++)
		if (react_job_handles(records.items[i], address, since_us))
			return true;
	return false;
}

bool release_awaits_kind(const struct manager *manager, const char *address)
{
	const struct job *job;

	for (size_t i = 0; (job = jobs_get(manager->jobs, i)); i++)
		if (react_job_awaits_kind(job, address))
			return true;
	return false;
}

bool release_has_ended(const struct manager *manager, const char *address)
{
	char path[sizeof("sys/bus/pci/devices//driver") + PCI_ADDRESS_TEXT];
	int fd = manager->root.fd;

	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s", address);
	if (faccessat(fd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT;
	(void)snprintf(path, sizeof(path), "sys/bus/pci/devices/%s/driver", address);
	return faccessat(fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}
