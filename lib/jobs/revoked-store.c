/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jobs/job-store.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/jobs/record-file.h"
#include "lib/wire/act-json.h"
#include "lib/wire/act-parse.h"
#include "lib/wire/json.h"

static int open_directory(const struct job_store *store)
{
	return record_directory_open(store->runtime_fd, "revoked");
}

/* Better no revoke than one that nobody can restore. */
static int check(struct json_object *object)
{
	struct revoked again;

	return object && wire_parse_revoked(object, &again) < 0 ? -EINVAL : 0;
}

int revoked_store_write(const struct job_store *store, const struct revoked *revoked)
{
	_cleanup_close_ int fd = -EBADF;
	_cleanup_(wire_put) struct json_object *object = wire_revoked(revoked);
	int r = check(object);

	if (r < 0)
		return r;
	fd = open_directory(store);
	if (fd < 0)
		return fd;
	return record_write(fd, revoked->device, TAKE_PTR(object), 0600, true);
}

int revoked_store_read(const struct job_store *store, const char *device,
		       struct revoked *ret)
{
	_cleanup_(wire_put) struct json_object *object = NULL;
	_cleanup_close_ int fd = -EBADF;
	struct revoked revoked;
	int r;

	if (!pci_address_is_kernel_name(device))
		return -ENOENT;
	fd = open_directory(store);
	if (fd < 0)
		return fd;
	r = record_read(fd, device, RECORD_LIMIT, &object);
	if (r == 0)
		r = wire_parse_revoked(object, &revoked);
	if (r < 0)
		return r;
	if (strcmp(revoked.device, device) != 0)
		return -EBADMSG;
	*ret = revoked;
	return 0;
}

int revoked_store_remove(const struct job_store *store, const char *device)
{
	_cleanup_close_ int fd = -EBADF;

	if (!pci_address_is_kernel_name(device))
		return -EINVAL;
	fd = open_directory(store);
	return fd < 0 ? fd : record_remove(fd, device);
}
