/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_OBSERVE_INODE_SET_H
#define DMABUFCTL_OBSERVE_INODE_SET_H

/* Which inodes were seen already. Zero it before use. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inode_set {
	uint64_t *slots; /* 0: empty. No inode has that number */
	size_t count;
	size_t capacity; /* a power of two */
};

void inode_set_free(struct inode_set *set);
void inode_set_clear(struct inode_set *set);

/*
 * Returns true if inode is new to the set, and when memory runs out: then something
 * is told twice.
 */
bool inode_set_add(struct inode_set *set, uint64_t inode);

#endif
