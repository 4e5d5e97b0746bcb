/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_RECORDS_H
#define DMABUFCTL_TESTS_RECORDS_H

/*
 * A sink whose records can be read back, and small trees to observe. Included after
 * cmocka.h. Every failure here is a failure of the test.
 */

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/observe/root.h"
#include "lib/observe/sink.h"

struct recording {
	int fd;
	struct sink *sink;
	char *bytes; /* after recording_read() */
	size_t length;
};

static inline void recording_begin(struct recording *recording)
{
	*recording = (struct recording){ .fd = memfd_create("records", MFD_CLOEXEC) };
	assert_true(recording->fd >= 0);
	recording->sink = sink_new(recording->fd);
	assert_non_null(recording->sink);
}

static inline void recording_read(struct recording *recording)
{
	sink_flush(recording->sink);
	assert_int_equal(sink_error(recording->sink), 0);
	assert_true(lseek(recording->fd, 0, SEEK_SET) == 0);
	free(recording->bytes);
	recording->bytes = NULL;
	assert_int_equal(file_read_fd(recording->fd, 1 << 30, &recording->bytes,
				      &recording->length),
			 0);
}

static inline void recording_end(struct recording *recording)
{
	sink_free(recording->sink);
	free(recording->bytes);
	(void)close(recording->fd);
}

/* The index-th record of this type, copied to *ret. False if there are fewer. */
static inline bool recording_find(const struct recording *recording,
				  enum record_type type, size_t index, void *ret,
				  size_t size)
{
	size_t offset = 0;

	while (offset < recording->length) {
		struct record header;

		memcpy(&header, recording->bytes + offset, sizeof(header));
		assert_true(header.length >= sizeof(header));
		if (header.type == type && index-- == 0) {
			assert_int_equal(header.length, size);
			memcpy(ret, recording->bytes + offset, size);
			return true;
		}
		offset += header.length;
	}
	return false;
}

#define FIND(recording, type, index, ret)                                                \
	recording_find((recording), (type), (index), (ret), sizeof(*(ret)))

static inline size_t recording_count(const struct recording *recording,
				     enum record_type type)
{
	size_t offset = 0, count = 0;

	while (offset < recording->length) {
		struct record header;

		memcpy(&header, recording->bytes + offset, sizeof(header));
		count += header.type == type;
		offset += header.length;
	}
	return count;
}

/* The outcome the source ended with. */
static inline struct record_source recording_outcome(const struct recording *recording)
{
	struct record_source record = { 0 };

	assert_true(FIND(recording, RECORD_SOURCE, 0, &record));
	assert_int_equal(record.outcome, -1);
	assert_true(FIND(recording, RECORD_SOURCE, 1, &record));
	return record;
}

/* A temporary directory that plays the host. */
struct tree {
	char path[64];
	struct root root;
};

static inline void tree_begin(struct tree *tree)
{
	strcpy(tree->path, "/tmp/dmabufctl-test-XXXXXX");
	assert_non_null(mkdtemp(tree->path));
	assert_int_equal(root_open(tree->path, &tree->root), 0);
}

static inline int tree_remove_one(const char *path, const struct stat *status, int type,
				  struct FTW *ftw)
{
	(void)status;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void tree_end(struct tree *tree)
{
	root_close(&tree->root);
	assert_int_equal(nftw(tree->path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* The full name of path; everything above it is made. */
static inline void tree_path(const struct tree *tree, const char *path,
			     char full[PATH_MAX])
{
	char *slash = full;

	(void)snprintf(full, PATH_MAX, "%s/%s", tree->path, path);
	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		(void)mkdir(full, 0755);
		*slash = '/';
	}
}

static inline void tree_file_bytes(const struct tree *tree, const char *path,
				   const char *text, size_t length)
{
	_cleanup_fclose_ FILE *file = NULL;
	char full[PATH_MAX];

	tree_path(tree, path, full);
	file = fopen(full, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
}

static inline void tree_file(const struct tree *tree, const char *path, const char *text)
{
	tree_file_bytes(tree, path, text, strlen(text));
}

static inline void tree_link(const struct tree *tree, const char *path,
			     const char *target)
{
	char full[PATH_MAX];

	tree_path(tree, path, full);
	assert_int_equal(symlink(target, full), 0);
}

static inline void tree_directory(const struct tree *tree, const char *path)
{
	char full[PATH_MAX];

	tree_path(tree, path, full);
	assert_int_equal(mkdir(full, 0755), 0);
}

#endif
