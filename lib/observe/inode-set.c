/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/inode-set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void inode_set_free(struct inode_set *set)
{
	free(set->slots);
	memset(set, 0, sizeof(*set));
}

void inode_set_clear(struct inode_set *set)
{
	if (set->count > 0)
		memset(set->slots, 0, set->capacity * sizeof(*set->slots));
	set->count = 0;
}

/* The slot that holds inode, or the empty one where it belongs. */
static uint64_t *find_slot(const struct inode_set *set, uint64_t inode)
{
	size_t mask = set->capacity - 1;
	size_t i = (size_t)(inode * UINT64_C(0x9e3779b97f4a7c15) >> 20) & mask;

	while (set->slots[i] != 0 && set->slots[i] != inode)
		i = (i + 1) & mask;
	return &set->slots[i];
}

static int grow(struct inode_set *set)
{
	struct inode_set grown = { .capacity = set->capacity ? set->capacity * 2 : 64 };
	size_t i;

	grown.slots = calloc(grown.capacity, sizeof(*grown.slots));
	if (!grown.slots)
		return -ENOMEM;
	for (i = 0; i < set->capacity; i++)
		if (set->slots[i] != 0)
			*find_slot(&grown, set->slots[i]) = set->slots[i];
	grown.count = set->count;
	free(set->slots);
	*set = grown;
	return 0;
}

bool inode_set_add(struct inode_set *set, uint64_t inode)
{
	uint64_t *slot;

	if (set->count * 2 >= set->capacity && grow(set) < 0)
		return true;
	slot = find_slot(set, inode);
	if (*slot == inode)
		return false;
	*slot = inode;
	set->count++;
	return true;
}
