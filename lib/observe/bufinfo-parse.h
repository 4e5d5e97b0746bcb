/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_BUFINFO_PARSE_H
#define DMABUFCTL_OBSERVE_BUFINFO_PARSE_H

/*
 * The text of dma_buf_debug_show() (drivers/dma-buf/dma-buf.c), as kernels since 5.19
 * print it. Buffer names in it are up to 31 raw bytes of a user, newlines included:
 *
 *	<blank>
 *	Dma-buf Objects:
 *	size  flags  mode  count  exp_name  ino  name		(tabs between)
 *	00004096  00080007  00080007  00000002  udmabuf  00000007  NAME
 *		read fence:...					(none or more)
 *		Attached Devices:
 *		0000:03:00.0					(one a line)
 *	Total 1 devices attached
 *	<blank>
 *	<blank>
 *	Total 1 objects, 4096 bytes
 *
 * Six columns of at least eight digits are longer than any name, so an object line
 * cannot be forged. What the kernel prints behind the name cannot be forged either:
 * it is read backwards from the next object line.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Texts point into the parsed text and are not NUL-terminated. */
struct bufinfo_object {
	uint64_t size;
	uint64_t count; /* references of the file; 0: about to go */
	uint64_t inode;
	const char *exporter;
	size_t exporter_length;
	const char *name;
	size_t name_length; /* 0: not named */
	bool devices_known; /* false: the list and its total disagree */
	uint32_t n_devices;
	const char *devices; /* n_devices times "\tNAME\n" */
};

struct bufinfo_totals {
	uint64_t objects; /* seen */
	uint64_t bytes;
	uint64_t unclear; /* objects whose devices are not known */
	bool complete; /* the last line was there */
	uint64_t announced_objects; /* by the last line */
	uint64_t announced_bytes;
};

typedef void (*bufinfo_object_function)(const struct bufinfo_object *object, void *data);

/* Calls function for every object. 0, or -EBADMSG if this is no such text. */
int bufinfo_parse(const char *text, size_t length, bufinfo_object_function function,
		  void *data, struct bufinfo_totals *ret);

/* The next device of an object, and where the one behind it begins. */
const char *bufinfo_next_device(const char *line, const char **ret_name,
				size_t *ret_length);

#endif
