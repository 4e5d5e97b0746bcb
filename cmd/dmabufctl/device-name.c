/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/device-name.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/model/pci-address.h"
#include "lib/observe/root.h"

static const char vfio_nodes[] = "/dev/vfio/devices/";

static int parse_pci(const char *text, struct device_name *ret)
{
	struct pci_address address;
	char name[PCI_ADDRESS_TEXT];

	if (pci_address_parse(text, &address) < 0)
		return -EINVAL;
	pci_address_format(&address, name);
	ret->kind = DEVICE_NAME_PCI;
	(void)snprintf(ret->text, sizeof(ret->text), "%s", name);
	return 0;
}

static int parse_mdev(const char *text, struct device_name *ret)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";

	if (strlen(text) != sizeof(form) - 1)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == '-' ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return -EINVAL;
	ret->kind = DEVICE_NAME_MDEV;
	for (size_t i = 0; i < sizeof(form); i++)
		ret->text[i] = (char)tolower((unsigned char)text[i]);
	return 0;
}

/* The last component that is the name of a device: what is below belongs to it. */
static int parse_path(const char *path, struct device_name *ret)
{
	_cleanup_free_ char *copy = strdup(path);
	char *rest = copy, *component;
	int r = -EINVAL;

	if (!copy)
		return -ENOMEM;
	while ((component = strsep(&rest, "/"))) {
		if (pci_address_is_kernel_name(component))
			r = parse_pci(component, ret);
		else if (parse_mdev(component, ret) == 0)
			r = 0;
	}
	return r;
}

/* vfio0, and noiommu-vfio0 */
static bool is_vfio_name(const char *text)
{
	if (text_starts_with(text, "noiommu-"))
		text += strlen("noiommu-");
	if (!text_starts_with(text, "vfio"))
		return false;
	text += strlen("vfio");
	return *text && strspn(text, "0123456789") == strlen(text);
}

static void cleanup_root(struct root *root)
{
	if (root->fd >= 0)
		root_close(root);
}

static int parse_vfio(const char *directory, const char *name, struct device_name *ret)
{
	_cleanup_(cleanup_root) struct root root = { .fd = -EBADF };
	_cleanup_free_ char *target = NULL;
	char path[64];
	int r;

	if (snprintf(path, sizeof(path), "sys/class/vfio-dev/%s", name) >=
	    (int)sizeof(path))
		return -EINVAL;
	r = root_open(directory, &root);
	if (r < 0)
		return r;
	r = root_read_link(&root, root.fd, path, &target);
	if (r < 0)
		return r;
	return parse_path(target, ret);
}

int device_name_parse(const char *root, const char *text, struct device_name *ret)
{
	struct device_name name = { 0 };
	int r;

	if (text_starts_with(text, vfio_nodes))
		text += strlen(vfio_nodes);
	if (is_vfio_name(text))
		r = parse_vfio(root, text, &name);
	else if (text_starts_with(text, "/"))
		r = parse_path(text, &name);
	else if (text_starts_with(text, "pci-"))
		r = parse_pci(text + strlen("pci-"), &name);
	else if (parse_pci(text, &name) == 0)
		r = 0;
	else
		r = parse_mdev(text, &name);
	if (r < 0)
		return r;
	*ret = name;
	return 0;
}
