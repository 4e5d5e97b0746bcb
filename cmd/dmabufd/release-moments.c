/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufd/release-moments.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/model/pci-address.h"

enum { MOMENT_TEXT = 24 };

int release_moments_open(const struct root *root)
{
	return root_open_at(root, root->fd, "run/dmabufd", O_RDONLY | O_DIRECTORY);
}

void release_moment_forget(int fd, const char *address)
{
	if (fd >= 0)
		(void)unlinkat(fd, address, 0);
}

void release_moment_keep(int fd, const char *address, uint64_t begun_us)
{
	char text[MOMENT_TEXT];

	if (fd < 0)
		return;
	(void)snprintf(text, sizeof(text), "%" PRIu64, begun_us);
	release_moment_forget(fd, address);
	(void)symlinkat(text, fd, address);
}

uint64_t release_moment(int fd, const char *address)
{
	char text[MOMENT_TEXT] = "", *end;
	uint64_t begun_us;

	if (fd < 0 || readlinkat(fd, address, text, sizeof(text) - 1) <= 0)
		return 0;
	begun_us = strtoull(text, &end, 10);
	return *end == '\0' && begun_us <= monotonic_us() ? begun_us : 0;
}

void release_moments_sweep(int fd, const struct releases *releases)
{
	int copy = fd < 0 ? -EBADF : openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *directory = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;

	if (!directory) {
		cleanup_close(&copy);
		return;
	}
	while ((entry = readdir(directory)))
		if (pci_address_is_kernel_name(entry->d_name) &&
		    !releases_is_under_way(releases, entry->d_name))
			release_moment_forget(fd, entry->d_name);
}
