/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/snapshot-parse.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/model/snapshot-builder.h"
#include "lib/wire/fields.h"
#include "lib/wire/json.h"

enum { MAX_MAPS = 1 << 16 }; /* nobody maps a BAR more often; bounds the work */

/* A function that reads one object of an array, which belongs to owner. */
typedef int read_function(struct snapshot_builder *builder, struct json_object *object,
			  const void *owner);

/* A missing array counts as an empty one. */
static int read_array(struct snapshot_builder *builder, struct json_object *object,
		      const char *key, read_function *read, const void *owner)
{
	struct json_object *array = NULL, *item;
	int r = wire_get_array(object, key, &array);

	if (r < 0 || !array)
		return r;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_object))
			return -EBADMSG;
		r = read(builder, item, owner);
		if (r < 0)
			return r;
	}
	return 0;
}

/* A number from minimum to INT_MAX; null is fallback. */
static int get_int(struct json_object *object, const char *key, int minimum, int fallback,
		   int *ret)
{
	int64_t number;
	int r = wire_get_number(object, key, fallback, &number);

	if (r < 0)
		return r;
	if (number != fallback && (number < minimum || number > INT_MAX))
		return -EBADMSG;
	*ret = (int)number;
	return 0;
}

/* pid, comm and unit of an object. A pid that was kept from us is 0. */
static int get_process(struct json_object *object, struct process *ret)
{
	int r = get_int(object, "pid", 1, 0, &ret->pid);

	if (r == 0)
		r = wire_get_text(object, "comm", &ret->comm);
	if (r == 0)
		r = wire_get_text(object, "unit", &ret->unit);
	return r;
}

/* Those whose pid was kept from us count as one. */
static int read_process(struct snapshot_builder *builder, struct json_object *object,
			pid_t *ret)
{
	struct process process = { 0 };
	int r = get_process(object, &process);

	if (r == 0)
		r = builder_process(builder, process.pid, process.comm, process.unit);
	if (r == 0)
		*ret = process.pid;
	return r;
}

/* For lists that name each process once: whose pid was kept from us is another one. */
static int read_other_process(struct snapshot_builder *builder,
			      struct json_object *object, pid_t *ret)
{
	struct process process = { 0 };
	int r = get_process(object, &process);

	if (r < 0 || process.pid > 0)
		return r < 0 ? r : read_process(builder, object, ret);
	return builder_hidden_process(builder, process.comm, process.unit, ret);
}

static int read_range(struct snapshot_builder *builder, struct json_object *object,
		      const void *owner)
{
	const struct buffer *buffer = owner;
	uint64_t offset, length;
	int r;

	r = wire_get_unsigned(object, "offset", 0, &offset);
	if (r < 0)
		return r;
	r = wire_get_unsigned(object, "length", 0, &length);
	if (r < 0)
		return r;
	return builder_range(builder, buffer->inode, offset, length);
}

static int read_user(struct snapshot_builder *builder, struct json_object *object,
		     const void *owner)
{
	const struct attachment *attachment = owner;
	pid_t pid = 0;
	int r = read_process(builder, object, &pid);

	if (r < 0)
		return r;
	return builder_user(builder, attachment->device, pid);
}

static int get_attachment_words(struct json_object *object, struct attachment *ret)
{
	int kind, revocable, evidence;

	if (wire_get_word(object, "kind", attachment_kind_parse, ATTACHMENT_KIND_UNKNOWN,
			  &kind) < 0 ||
	    wire_get_word(object, "revocable", verdict_parse, VERDICT_UNKNOWN,
			  &revocable) < 0 ||
	    wire_get_word(object, "evidence", evidence_parse, EVIDENCE_NONE, &evidence) <
		    0 ||
	    wire_get_tristate(object, "restorable", &ret->restorable) < 0 ||
	    wire_get_tristate(object, "peer2peer", &ret->peer2peer) < 0)
		return -EBADMSG;
	ret->kind = (enum attachment_kind)kind;
	ret->revocable = (enum verdict)revocable;
	ret->evidence = (enum evidence)evidence;
	return 0;
}

static int read_attachment(struct snapshot_builder *builder, struct json_object *object,
			   const void *owner)
{
	const struct buffer *buffer = owner;
	struct attachment attachment = { .inode = buffer->inode };
	int r;

	if (wire_get_text(object, "device", &attachment.device) < 0 ||
	    wire_get_text(object, "bus", &attachment.bus) < 0 ||
	    wire_get_text(object, "driver", &attachment.driver) < 0 ||
	    wire_get_text(object, "importer", &attachment.importer) < 0 ||
	    wire_get_text(object, "reason", &attachment.reason) < 0 ||
	    !attachment.device || get_attachment_words(object, &attachment) < 0)
		return -EBADMSG;
	r = builder_attachment(builder, &attachment);
	if (r < 0)
		return r;
	return read_array(builder, object, "users", read_user, &attachment);
}

static int read_holder(struct snapshot_builder *builder, struct json_object *object,
		       const void *owner)
{
	const struct buffer *buffer = owner;
	int kind, fd, r;
	pid_t pid = 0;

	r = read_other_process(builder, object, &pid);
	if (r < 0)
		return r;
	if (wire_get_word(object, "kind", holder_kind_parse, HOLDER_FD, &kind) < 0 ||
	    get_int(object, "fd", 0, -1, &fd) < 0)
		return -EBADMSG;
	return builder_holder(builder, buffer->inode, pid, (enum holder_kind)kind, fd);
}

static int hex_digit(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	return -EBADMSG;
}

/* The bytes of name_bytes, malloc'ed; NULL when there are none. */
static int get_name_bytes(struct json_object *object, char **ret)
{
	_cleanup_free_ char *bytes = NULL;
	const char *hex;
	size_t length;
	int r, high, low;

	r = wire_get_text(object, "name_bytes", &hex);
	if (r < 0 || !hex)
		return r;
	length = strlen(hex);
	bytes = calloc(length / 2 + 1, 1);
	if (!bytes)
		return -ENOMEM;
	if (length % 2 != 0)
		return -EBADMSG;
	for (size_t i = 0; i < length; i += 2) {
		high = hex_digit(hex[i]);
		low = hex_digit(hex[i + 1]);
		if (high < 0 || low < 0 || (high == 0 && low == 0))
			return -EBADMSG;
		bytes[i / 2] = (char)(high << 4 | low);
	}
	*ret = TAKE_PTR(bytes);
	return 0;
}

static int get_buffer_words(struct json_object *object, struct buffer *ret)
{
	int state, evidence, revocable;

	if (wire_get_word(object, "state", buffer_state_parse, BUFFER_STATE_NONE,
			  &state) < 0 ||
	    wire_get_word(object, "state_evidence", evidence_parse, EVIDENCE_NONE,
			  &evidence) < 0 ||
	    wire_get_word(object, "revocable", verdict_parse, VERDICT_UNKNOWN,
			  &revocable) < 0)
		return -EBADMSG;
	ret->state = (enum buffer_state)state;
	ret->state_evidence = (enum evidence)evidence;
	ret->revocable = (enum verdict)revocable;
	return 0;
}

static int get_buffer(struct json_object *object, struct buffer *ret)
{
	uint64_t none = 0;

	if (wire_get_unsigned(object, "inode", none, &ret->inode) < 0 ||
	    wire_get_unsigned(object, "size", none, &ret->size) < 0 ||
	    wire_get_text(object, "exporter", &ret->exporter) < 0 ||
	    wire_get_text(object, "name", &ret->name) < 0 ||
	    wire_get_text(object, "device", &ret->device) < 0 ||
	    get_int(object, "region", 0, -1, &ret->region) < 0 ||
	    wire_get_text(object, "reason", &ret->reason) < 0 ||
	    wire_get_number(object, "references", -1, &ret->references) < 0 ||
	    wire_get_number(object, "mappings", -1, &ret->mappings) < 0)
		return -EBADMSG;
	return get_buffer_words(object, ret);
}

static int read_fences(struct snapshot_builder *builder, struct json_object *object,
		       struct buffer *buffer)
{
	struct json_object *array = NULL, *item;
	int r = wire_get_array(object, "fences", &array);

	if (r < 0 || !array)
		return r;
	buffer->fences_known = true;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_string))
			return -EBADMSG;
		r = builder_fence(builder, buffer->inode, json_object_get_string(item));
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_writer(struct snapshot_builder *builder, struct json_object *object,
		       const struct buffer *buffer)
{
	struct json_object *writer = NULL;
	pid_t pid = 0;
	int r = wire_get_object(object, "writer", &writer);

	if (r < 0 || !writer)
		return r;
	r = read_process(builder, writer, &pid);
	return r < 0 ? r : builder_writer(builder, buffer->inode, pid);
}

/* sources tells whether an empty list of attachments means that there are none. */
static int read_buffer(struct snapshot_builder *builder, struct json_object *object,
		       const void *sources)
{
	_cleanup_free_ char *bytes = NULL;
	struct buffer buffer = { 0 };
	int r;

	r = get_buffer(object, &buffer);
	if (r == 0)
		r = get_name_bytes(object, &bytes);
	if (r < 0)
		return r;
	if (bytes)
		buffer.name = bytes;
	buffer.attachments_known = *(const bool *)sources;
	r = read_fences(builder, object, &buffer);
	if (r == 0)
		r = read_writer(builder, object, &buffer);
	if (r == 0)
		r = builder_buffer(builder, &buffer);
	if (r == 0)
		r = read_array(builder, object, "ranges", read_range, &buffer);
	if (r == 0)
		r = read_array(builder, object, "attachments", read_attachment, &buffer);
	if (r == 0)
		r = read_array(builder, object, "holders", read_holder, &buffer);
	return r;
}

/* The fds through which pid has device open. */
static int read_fds(struct snapshot_builder *builder, struct json_object *object,
		    const char *device, pid_t pid)
{
	struct json_object *array = NULL, *item;
	int64_t fd;
	int r = wire_get_array(object, "fds", &array);

	if (r < 0 || !array)
		return r;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		item = json_object_array_get_idx(array, i);
		fd = json_object_is_type(item, json_type_int)
			     ? json_object_get_int64(item)
			     : -1;
		if (fd < 0 || fd > INT_MAX)
			return -EBADMSG;
		r = builder_owner(builder, device, pid, (int)fd);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_owner(struct snapshot_builder *builder, struct json_object *object,
		      const void *owner)
{
	const struct device *device = owner;
	int maps, r;
	pid_t pid = 0;

	r = read_other_process(builder, object, &pid);
	if (r < 0)
		return r;
	r = read_fds(builder, object, device->address, pid);
	if (r < 0)
		return r;
	r = get_int(object, "maps", 0, 0, &maps);
	if (r < 0)
		return r;
	if (maps > MAX_MAPS)
		return -EBADMSG;
	while (r == 0 && maps-- > 0)
		r = builder_owner(builder, device->address, pid, -1);
	return r;
}

/* The buffer behind an inode that a device names; exported tells by which side. */
static int put_inode(struct snapshot_builder *builder, const struct device *device,
		     uint64_t inode, bool exported)
{
	struct buffer buffer = { .inode = inode, .region = -1, .references = -1 };
	struct attachment attachment = { .inode = inode, .device = device->address };
	int r;

	if (exported)
		buffer.device = device->address;
	r = builder_buffer(builder, &buffer);
	if (r < 0 || exported)
		return r;
	return builder_attachment(builder, &attachment);
}

static int read_inodes(struct snapshot_builder *builder, struct json_object *object,
		       const char *key, const struct device *device, bool exported)
{
	struct json_object *array = NULL, *item;
	int r = wire_get_array(object, key, &array);

	if (r < 0 || !array)
		return r;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_int))
			return -EBADMSG;
		r = put_inode(builder, device, json_object_get_uint64(item), exported);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_mdevs(struct snapshot_builder *builder, struct json_object *object,
		      const struct device *device)
{
	struct json_object *array = NULL, *item;
	int r = wire_get_array(object, "mdevs", &array);

	if (r < 0 || !array)
		return r;
	for (size_t i = 0; i < json_object_array_length(array); i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_string))
			return -EBADMSG;
		r = builder_mdev(builder, device->address, json_object_get_string(item));
		if (r < 0)
			return r;
	}
	return 0;
}

static int get_device(struct json_object *object, struct device *ret)
{
	const char *function;
	int state;

	if (wire_get_text(object, "address", &ret->address) < 0 || !ret->address ||
	    wire_get_text(object, "name", &ret->name) < 0 ||
	    wire_get_text(object, "driver", &ret->driver) < 0 ||
	    wire_get_text(object, "driver_override", &ret->driver_override) < 0 ||
	    get_int(object, "iommu_group", 0, -1, &ret->iommu_group) < 0 ||
	    wire_get_text(object, "function", &function) < 0 ||
	    wire_get_word(object, "state", device_state_parse, DEVICE_STATE_UNKNOWN,
			  &state) < 0 ||
	    wire_get_text(object, "bus", &ret->bus) < 0 ||
	    wire_get_text(object, "parent", &ret->parent) < 0 ||
	    wire_get_text(object, "mdev_type", &ret->mdev_type) < 0)
		return -EBADMSG;
	/* older versions knew no others */
	if (!ret->bus && function)
		ret->bus = "pci";
	ret->is_virtual_function = function && strcmp(function, "virtual") == 0;
	ret->state = (enum device_state)state;
	ret->vfio_bound = state == DEVICE_IDLE || state == DEVICE_OPEN;
	return 0;
}

static int read_device(struct snapshot_builder *builder, struct json_object *object,
		       const void *owner)
{
	struct device device = { 0 };
	int r;

	(void)owner;
	r = get_device(object, &device);
	if (r == 0)
		r = builder_device(builder, &device);
	if (r == 0)
		r = read_array(builder, object, "owners", read_owner, &device);
	if (r == 0)
		r = read_inodes(builder, object, "exports", &device, true);
	if (r == 0)
		r = read_inodes(builder, object, "imports", &device, false);
	if (r == 0)
		r = read_mdevs(builder, object, &device);
	return r;
}

/* "missing: not in this kernel" */
static void parse_source(const char *text, struct source_status *ret)
{
	const char *name;
	size_t length;

	*ret = (struct source_status){ .outcome = SOURCE_MISSING, .why = text };
	for (enum source_outcome i = SOURCE_UNUSED; i <= SOURCE_PARTIAL; i++) {
		name = source_outcome_name(i);
		length = strlen(name);
		if (strncmp(text, name, length) != 0)
			continue;
		if (text[length] == '\0')
			*ret = (struct source_status){ .outcome = i };
		else if (text_starts_with(text + length, ": "))
			*ret = (struct source_status){ .outcome = i,
						       .why = text + length + 2 };
	}
}

int wire_parse_sources(struct json_object *object, struct source_status ret[SOURCE_COUNT])
{
	const char *text;

	for (enum source source = 0; source < SOURCE_COUNT; source++) {
		ret[source] = (struct source_status){ .outcome = SOURCE_UNUSED };
		if (!object)
			continue;
		if (wire_get_text(object, source_name(source), &text) < 0)
			return -EBADMSG;
		if (text)
			parse_source(text, &ret[source]);
	}
	return 0;
}

static bool source_answered(const struct source_status *status)
{
	return status->outcome == SOURCE_OK || status->outcome == SOURCE_PARTIAL;
}

static int read_snapshot(struct snapshot_builder *builder, struct json_object *object)
{
	struct source_status sources[SOURCE_COUNT];
	struct json_object *member = NULL;
	bool attachments_known;
	int r;

	r = wire_get_object(object, "sources", &member);
	if (r == 0)
		r = wire_parse_sources(member, sources);
	for (enum source source = 0; r == 0 && source < SOURCE_COUNT; source++)
		r = builder_source(builder, source, sources[source].outcome,
				   sources[source].why);
	if (r < 0)
		return r;
	attachments_known = source_answered(&sources[SOURCE_BPF]) ||
			    source_answered(&sources[SOURCE_BUFINFO]);
	r = read_array(builder, object, "buffers", read_buffer, &attachments_known);
	if (r < 0)
		return r;
	return read_array(builder, object, "devices", read_device, NULL);
}

int wire_parse_snapshot(struct json_object *object, struct snapshot **ret)
{
	struct snapshot_builder *builder;
	int r;

	if (!json_object_is_type(object, json_type_object) ||
	    (!json_object_object_get_ex(object, "buffers", NULL) &&
	     !json_object_object_get_ex(object, "devices", NULL)))
		return -EBADMSG;
	builder = snapshot_builder_new();
	if (!builder)
		return -ENOMEM;
	r = read_snapshot(builder, object);
	if (r < 0) {
		snapshot_builder_free(builder);
		return r;
	}
	return builder_finish(builder, ret);
}
