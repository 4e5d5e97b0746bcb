/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/base/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"

#define POOL_CHUNK 16384

struct chunk {
	struct chunk *next;
	size_t used;
	size_t size;
	char bytes[];
};

struct pool {
	struct chunk *chunks;
	const char *last;
	size_t last_length;
};

struct pool *pool_new(void)
{
	return calloc(1, sizeof(struct pool));
}

void pool_free(struct pool *pool)
{
	struct chunk *chunk, *next;

	if (!pool)
		return;
	for (chunk = pool->chunks; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(pool);
}

static struct chunk *chunk_with_room(struct pool *pool, size_t size)
{
	struct chunk *chunk = pool->chunks;
	size_t capacity = size > POOL_CHUNK ? size : POOL_CHUNK;

	if (chunk && chunk->size - chunk->used >= size)
		return chunk;
	chunk = malloc(sizeof(*chunk) + capacity);
	if (!chunk)
		return NULL;
	chunk->next = pool->chunks;
	chunk->used = 0;
	chunk->size = capacity;
	pool->chunks = chunk;
	return chunk;
}

const char *pool_copy(struct pool *pool, const char *text, size_t length)
{
	struct chunk *chunk;
	char *copy;

	if (pool->last && pool->last_length == length &&
	    memcmp(pool->last, text, length) == 0)
		return pool->last;
	chunk = chunk_with_room(pool, length + 1);
	if (!chunk)
		return NULL;
	copy = chunk->bytes + chunk->used;
	memcpy(copy, text, length);
	copy[length] = '\0';
	chunk->used += length + 1;
	pool->last = copy;
	pool->last_length = length;
	return copy;
}

const char *pool_vformat(struct pool *pool, const char *format, va_list arguments)
{
	_cleanup_free_ char *text = NULL;
	int length = vasprintf(&text, format, arguments);

	if (length < 0) {
		text = NULL;
		return NULL;
	}
	return pool_copy(pool, text, (size_t)length);
}
