/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/uses.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

/* Consoles and USB devices. */

#define VTCONSOLES "sys/class/vtconsole"
#define USB_DEVICES "sys/bus/usb/devices"

/* Do the virtual terminals show on a frame buffer? 0, 1, or negative errno. */
static int has_frame_buffer_console(struct uses *uses)
{
	_cleanup_closedir_ DIR *directory = NULL;
	const struct dirent *entry;
	int r = root_open_directory(uses->root, uses->root->fd, VTCONSOLES, &directory);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	while ((entry = readdir(directory))) {
		_cleanup_free_ char *name = NULL;
		char path[PATH_MAX];

		(void)snprintf(path, sizeof(path), VTCONSOLES "/%s", entry->d_name);
		if (!text_starts_with(entry->d_name, "vtcon") ||
		    !uses_attribute_is(uses, path, "bind", "1"))
			continue;
		if (uses_read_attribute(uses, path, "name", &name) == 0 &&
		    strstr(name, "frame buffer"))
			return 1;
	}
	return 0;
}

/* Which of several it shows on only an ioctl tells; any may be it. */
static int look_at_frame_buffer(struct uses *uses, const char *name,
				const struct use_devices *devices)
{
	if (text_starts_with(name, "fb"))
		uses_put_all(uses, devices, HOST_USE_CONSOLE, name,
			     "virtual terminals show on it", NULL);
	return 0;
}

/* "tty0 ttyS0" */
static int find_serial_consoles(struct uses *uses)
{
	_cleanup_free_ char *active = NULL;
	char *cursor, *name;
	int r = root_read_line(uses->root, uses->root->fd, "sys/class/tty/console/active",
			       &active);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	for (cursor = active; r == 0 && (name = strsep(&cursor, " "));) {
		_cleanup_use_devices_ struct use_devices devices = { 0 };
		char path[PATH_MAX];

		if (!*name || strchr(name, '/'))
			continue;
		(void)snprintf(path, sizeof(path), "sys/class/tty/%.64s", name);
		r = uses_devices_of_link(uses, uses->root->fd, path, &devices);
		uses_put_all(uses, &devices, HOST_USE_CONSOLE, name,
			     "console of the kernel", NULL);
	}
	return r;
}

int uses_find_consoles(struct uses *uses)
{
	int r = has_frame_buffer_console(uses);

	if (r > 0)
		r = uses_for_each(uses, "sys/class/graphics", look_at_frame_buffer);
	return r < 0 ? r : find_serial_consoles(uses);
}

/* The name it gave itself, else "1d6b:0002". */
static void describe_usb(struct uses *uses, const char *directory, char *text,
			 size_t size)
{
	_cleanup_free_ char *name = NULL, *vendor = NULL, *product = NULL;

	if (uses_read_attribute(uses, directory, "product", &name) == 0 && *name) {
		(void)snprintf(text, size, "%s", name);
		return;
	}
	(void)uses_read_attribute(uses, directory, "idVendor", &vendor);
	(void)uses_read_attribute(uses, directory, "idProduct", &product);
	if (vendor && product)
		(void)snprintf(text, size, "%s:%s", vendor, product);
}

/* "1-2", "1-2.4": not the root hub "usb1", not the interface "1-2:1.0", not a hub. */
static int look_at_usb(struct uses *uses, const char *name,
		       const struct use_devices *devices)
{
	char directory[PATH_MAX], text[RECORD_WHY] = "";

	(void)snprintf(directory, sizeof(directory), USB_DEVICES "/%s", name);
	if (text_starts_with(name, "usb") || strchr(name, ':') ||
	    uses_attribute_is(uses, directory, "bDeviceClass", "09"))
		return 0;
	describe_usb(uses, directory, text, sizeof(text));
	uses_put_all(uses, devices, HOST_USE_USB, name, text, NULL);
	return 0;
}

int uses_find_usb(struct uses *uses)
{
	return uses_for_each(uses, USB_DEVICES, look_at_usb);
}
