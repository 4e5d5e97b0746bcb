/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/uses.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

enum {
	MOUNTINFO_MAX = 64 * 1024 * 1024,
	SWAPS_MAX = 1024 * 1024,
	MOUNTS_TOLD = 16, /* of one device: a container host has thousands */
};

/* The parts of a line of mountinfo (proc_pid_mountinfo(5)) that matter here. */
struct mount {
	unsigned int major, minor;
	const char *where;
	const char *type;
	char *source;
};

static bool is_octal(char c)
{
	return c >= '0' && c <= '7';
}

void uses_unescape(char *text)
{
	char *out = text;

	while (*text) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    is_octal(text[2]) && is_octal(text[3])) {
			*out++ = (char)((text[1] - '0') * 64 + (text[2] - '0') * 8 +
					(text[3] - '0'));
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

/* Cuts the next word off; an empty one is one too (a source may be). NULL: no more. */
static char *next_word(char **cursor)
{
	return strsep(cursor, " ");
}

/* "36 35 98:0 /root /where rw,noatime master:1 - ext4 /dev/sda1 rw": cut into pieces. */
static bool parse_mount(char *line, struct mount *ret)
{
	char *number, *where, *word;

	(void)next_word(&line);
	(void)next_word(&line);
	number = next_word(&line);
	(void)next_word(&line);
	where = next_word(&line);
	if (!where || sscanf(number, "%u:%u", &ret->major, &ret->minor) != 2)
		return false;
	do
		word = next_word(&line);
	while (word && strcmp(word, "-") != 0);
	ret->type = next_word(&line);
	ret->source = next_word(&line);
	if (!ret->source)
		return false;
	uses_unescape(where);
	uses_unescape(ret->source);
	ret->where = where;
	return true;
}

void uses_put_mount(struct uses *uses, struct use_block *block, const char *where,
		    const struct use_process *process)
{
	if (block->mounts < MOUNTS_TOLD)
		uses_put_all(uses, &block->devices, HOST_USE_MOUNT, block->name, where,
			     process);
	else if (block->mounts == MOUNTS_TOLD)
		uses_put_all(uses, &block->devices, HOST_USE_MOUNT, block->name,
			     "and more", process);
	block->mounts++;
}

/* That the host itself has it mounted says enough. */
static void take_block(struct uses *uses, struct use_block *block, const char *where,
		       const struct use_process *process)
{
	if (block && (!process || block->mounts == 0))
		uses_put_mount(uses, block, where, process);
}

/*
 * These have numbers of their own, and only an administrator mounts them: the source of
 * what users mount (FUSE) is whatever they say. bcachefs names all its disks.
 */
static bool is_told_by_source(const char *type)
{
	return strcmp(type, "btrfs") == 0 || strcmp(type, "bcachefs") == 0;
}

static void look_at_mount(struct uses *uses, struct mount *mount,
			  const struct use_process *process)
{
	const char *path;

	take_block(uses, uses_block_by_number(uses, mount->major, mount->minor),
		   mount->where, process);
	if (!is_told_by_source(mount->type))
		return;
	while ((path = strsep(&mount->source, ":")))
		take_block(uses, uses_block_by_path(uses, path), mount->where, process);
}

static void look_at_mounts(struct uses *uses, char *mountinfo,
			   const struct use_process *process)
{
	struct mount mount;
	char *line;

	while ((line = strsep(&mountinfo, "\n")))
		if (parse_mount(line, &mount))
			look_at_mount(uses, &mount, process);
}

/* "mnt:[4026531841]". 0: it cannot be told. */
static uint64_t mount_namespace(struct uses *uses, int dir_fd)
{
	_cleanup_free_ char *name = NULL;
	unsigned long long number;

	if (root_read_link(uses->root, dir_fd, "ns/mnt", &name) < 0 ||
	    sscanf(name, "mnt:[%llu]", &number) != 1)
		return 0;
	return number;
}

int uses_read_mounts_of(struct uses *uses, int dir_fd, const struct use_process *process)
{
	uint64_t namespace = mount_namespace(uses, dir_fd);
	_cleanup_free_ char *text = NULL;
	int r;

	/* A captured tree need not have it. */
	if (namespace == 0 && process && uses->root->captured)
		return 0;
	if (namespace != 0 && !inode_set_add(&uses->mount_namespaces, namespace))
		return 0;
	r = root_read(uses->root, dir_fd, "mountinfo", MOUNTINFO_MAX, &text, NULL);
	if (r == -EINVAL)
		return -ESRCH; /* it is exiting and has none any more */
	if (r == 0)
		look_at_mounts(uses, text, process);
	return r;
}

static int read_mounts_of_pid(struct uses *uses, const char *directory)
{
	_cleanup_close_ int fd =
		root_open_at(uses->root, uses->root->fd, directory, O_PATH | O_DIRECTORY);

	return fd < 0 ? fd : uses_read_mounts_of(uses, fd, NULL);
}

int uses_find_mounts(struct uses *uses)
{
	int r = read_mounts_of_pid(uses, "proc/1");

	if (r < 0)
		r = read_mounts_of_pid(uses, "proc/self");
	if (r < 0)
		uses_put_unreadable_blocks(uses, "mounts", strerror(-r));
	return 0;
}

/* "/dev/dm-0   partition  1048572  0  -2". Files lie on what is mounted. */
static void look_at_swap(struct uses *uses, char *line)
{
	char *path = strsep(&line, " \t");
	const struct use_block *block;

	if (!line || !text_starts_with(line + strspn(line, " \t"), "partition"))
		return;
	uses_unescape(path);
	block = uses_block_by_path(uses, path);
	if (block)
		uses_put_all(uses, &block->devices, HOST_USE_SWAP, block->name, NULL,
			     NULL);
	else
		uses_put_unreadable_blocks(uses, "swap", path);
}

int uses_find_swap(struct uses *uses)
{
	_cleanup_free_ char *text = NULL;
	int r = root_read(uses->root, uses->root->fd, "proc/swaps", SWAPS_MAX, &text,
			  NULL);
	char *cursor = text, *line;

	if (r < 0 && r != -ENOENT)
		uses_put_unreadable_blocks(uses, "swap", strerror(-r));
	while (r == 0 && (line = strsep(&cursor, "\n")))
		look_at_swap(uses, line);
	return 0;
}
