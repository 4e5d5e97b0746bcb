/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/release-facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/react.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

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
	if (job_store_list(&manager->store, true, &records, NULL) < 0)
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
