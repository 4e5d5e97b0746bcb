/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/observe/observers.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/model/feature.h"
#include "lib/observe/observe.lskel.h"
#include "lib/observe/proc-visibility.h"

enum { READ_BYTES = 64 * 1024, LOADS_MAX = 5 };

static void cleanup_skeleton(struct observe_bpf **skeleton)
{
	observe_bpf__destroy(*skeleton);
}

/* Passes on the records of a whole read; they never stop in the middle of one. */
static int put_records(struct sink *sink, const char *bytes, size_t length)
{
	union {
		struct record header;
		char bytes[1024];
	} record;

	while (length > 0) {
		if (length < sizeof(record.header))
			return -EBADMSG;
		memcpy(&record.header, bytes, sizeof(record.header));
		if (record.header.length < sizeof(record.header) ||
		    record.header.length > sizeof(record) ||
		    record.header.length > length)
			return -EBADMSG;
		memcpy(&record, bytes, record.header.length);
		sink_put(sink, &record.header);
		bytes += record.header.length;
		length -= record.header.length;
	}
	return sink_error(sink);
}

/* Runs one iterator to its end. 0 or negative errno. */
static int iterate(struct sink *sink, const struct bpf_prog_desc *program)
{
	_cleanup_close_ int link = -EBADF, fd = -EBADF;
	_cleanup_free_ char *bytes = malloc(READ_BYTES);
	ssize_t n;
	int r;

	if (!bytes)
		return -ENOMEM;
	link = bpf_link_create(program->prog_fd, 0, BPF_TRACE_ITER, NULL);
	if (link < 0)
		return link;
	fd = bpf_iter_create(link);
	if (fd < 0)
		return fd;
	for (;;) {
		n = read(fd, bytes, READ_BYTES);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		r = put_records(sink, bytes, (size_t)n);
		if (r < 0)
			return r;
	}
}

/* Does this kernel iterate over dma-bufs? Only asked when loading has failed. */
static bool has_iterator(void)
{
	struct btf *types;
	bool found;

	(void)libbpf_set_print(NULL);
	types = btf__load_vmlinux_btf();
	found = types &&
		btf__find_by_name_kind(types, "bpf_iter__dmabuf", BTF_KIND_STRUCT) >= 0;
	btf__free(types);
	return found;
}

/* Lockdown makes the verifier refuse what reads kernel memory, with various errors. */
static enum source_outcome outcome_of_load(const struct root *root, int error,
					   const char **ret_why)
{
	if (access("/sys/kernel/btf/vmlinux", F_OK) < 0) {
		*ret_why = "this kernel has no type information (CONFIG_DEBUG_INFO_BTF)";
		return SOURCE_MISSING;
	}
	if (!has_iterator()) {
		*ret_why = "this kernel has no dma-buf iterator (since 6.16)";
		return SOURCE_MISSING;
	}
	if (kernel_is_confidential(root))
		*ret_why = "the kernel is locked down";
	else if (error == -EPERM || error == -EACCES)
		*ret_why = "we may not load BPF programs (CAP_BPF, CAP_PERFMON)";
	else
		*ret_why = strerror(-error);
	return SOURCE_REFUSED;
}

static int run_pass(struct sink *sink, const struct bpf_prog_desc *program,
		    enum record_pass_kind pass)
{
	int r = iterate(sink, program);

	if (r == 0)
		sink_pass(sink, SOURCE_BPF, pass);
	sink_flush(sink);
	return r;
}

static int run_passes(struct sink *sink, const struct observe_bpf *skeleton)
{
	int r = run_pass(sink, &skeleton->progs.observe_buffers, PASS_BUFFERS);

	if (r == 0)
		r = run_pass(sink, &skeleton->progs.observe_files, PASS_FILES);
	if (r == 0)
		r = run_pass(sink, &skeleton->progs.observe_mappings, PASS_MAPPINGS);
	return r;
}

/*
 * Owners are read from VFIO's own types: a module without BTF leaves them to proc. Where it
 * is not loaded there is nobody.
 */
static bool sees_owners(const struct root *root, const struct observe_bpf *skeleton)
{
	_cleanup_close_ int fd = -EBADF;

	if (skeleton->bss->kernel_features & FEATURE_VFIO_OWNERS)
		return true;
	fd = root_open_at(root, root->fd, "sys/class/vfio", O_PATH | O_DIRECTORY);
	return fd == -ENOENT;
}

/* A signal makes the kernel give up in the middle, with -EAGAIN. */
static int load(struct observe_bpf **ret)
{
	int r = -EAGAIN;

	for (int i = 0; r == -EAGAIN && i < LOADS_MAX; i++) {
		observe_bpf__destroy(*ret);
		*ret = observe_bpf__open();
		r = *ret ? observe_bpf__load(*ret) : -errno;
	}
	return r;
}

bool observe_bpf(const struct root *root, struct sink *sink)
{
	_cleanup_(cleanup_skeleton) struct observe_bpf *skeleton = NULL;
	enum source_outcome outcome;
	const char *why;
	bool complete;
	int r;

	sink_source_begin(sink, SOURCE_BPF);
	sink_flush(sink);
	if (!pid_namespace_is_initial(root)) {
		sink_source_end(sink, SOURCE_BPF, SOURCE_REFUSED,
				"its process numbers are not those of this container");
		return false;
	}
	r = load(&skeleton);
	if (r < 0) {
		outcome = outcome_of_load(root, r, &why);
		sink_source_end(sink, SOURCE_BPF, outcome, why);
		return false;
	}
	r = run_passes(sink, skeleton);
	complete = r == 0 && sees_owners(root, skeleton);
	if (complete)
		sink_pass(sink, SOURCE_BPF, PASS_OWNERS);
	sink_source_end(sink, SOURCE_BPF, r < 0 ? SOURCE_PARTIAL : SOURCE_OK,
			r < 0 ? strerror(-r) : NULL);
	return complete;
}
