/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd/dmabufctl/driver-name.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/dmabufctl/suggest.h"
#include "lib/base/cleanup.h"
#include "lib/base/pool.h"

/* Of modules.dep: 700 KiB where everything is a module. */
enum { LIST_LIMIT = 16 * 1024 * 1024 };

struct search {
	const char *name;
	bool found;
	bool mistyped; /* a registered one is almost it: the kernel wants it exactly */
	struct pool *names; /* of what was offered */
	struct suggestion suggestion;
};

static bool same_module(const char *one, const char *other)
{
	for (; *one && *other; one++, other++)
		if ((*one == '-' ? '_' : *one) != (*other == '-' ? '_' : *other))
			return false;
	return *one == *other;
}

/* A copy that lives as long as the search; NULL: out of memory. */
static const char *offer(struct search *search, const char *name, size_t length)
{
	const char *copy = pool_copy(search->names, name, length);

	if (copy)
		suggest_offer(&search->suggestion, copy);
	return copy;
}

/* No directory: no drivers. */
static int search_registered(struct search *search, const struct root *root)
{
	_cleanup_closedir_ DIR *directory = NULL;
	struct dirent *entry;

	if (root_open_directory(root, root->fd, "sys/bus/pci/drivers", &directory) < 0)
		return 0;
	while ((entry = readdir(directory))) {
		const char *name = entry->d_name;

		if (name[0] == '.')
			continue;
		if (!offer(search, name, strlen(name)))
			return -ENOMEM;
		search->found |= strcmp(search->name, name) == 0;
		search->mistyped |= same_module(search->name, name);
	}
	return 0;
}

/* "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/..." */
static int offer_line(struct search *search, const char *line, size_t length)
{
	const char *path_end = memchr(line, ':', length), *name, *suffix;

	length = path_end ? (size_t)(path_end - line) : length;
	name = memrchr(line, '/', length);
	name = name ? name + 1 : line;
	length -= (size_t)(name - line);
	suffix = memmem(name, length, ".ko", 3);
	if (!suffix)
		return 0;
	name = offer(search, name, (size_t)(suffix - name));
	if (!name)
		return -ENOMEM;
	search->found |= same_module(search->name, name);
	return 0;
}

static int search_list(struct search *search, const struct root *root,
		       const char *release, const char *list)
{
	_cleanup_free_ char *path = NULL, *text = NULL;
	const char *line;
	int r = 0;

	if (asprintf(&path, "lib/modules/%s/%s", release, list) < 0) {
		path = NULL;
		return -ENOMEM;
	}
	if (root_read(root, root->fd, path, LIST_LIMIT, &text, NULL) < 0)
		return 0;
	for (line = text; r == 0 && *line; line += strspn(line, "\n")) {
		size_t length = strcspn(line, "\n");

		r = offer_line(search, line, length);
		line += length;
	}
	return r;
}

static int search_all(struct search *search, const struct root *root, const char *release)
{
	int r = search_registered(search, root);

	if (search->mistyped || !release || strchr(release, '/'))
		return r;
	if (r == 0)
		r = search_list(search, root, release, "modules.dep");
	if (r == 0)
		r = search_list(search, root, release, "modules.builtin");
	return r;
}

int driver_name_is_known(const struct root *root, const char *release, const char *name,
			 bool *ret, char **ret_hint)
{
	struct search search = {
		.name = name,
		.names = pool_new(),
		.suggestion = { .typed = name },
	};
	int r = search.names ? search_all(&search, root, release) : -ENOMEM;

	if (r == 0 && !search.found)
		*ret_hint = suggest_hint(&search.suggestion, "",
					 "'ls /sys/bus/pci/drivers' names those that "
					 "are registered.");
	if (r == 0 && !search.found && !*ret_hint)
		r = -ENOMEM;
	if (r == 0)
		*ret = search.found;
	pool_free(search.names);
	return r;
}
