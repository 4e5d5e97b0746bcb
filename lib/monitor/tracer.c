/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/monitor/tracer.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/monitor/monitor.skel.h"
#include "lib/monitor/revoke-cause.h"
#include "lib/monitor/trace-record.h"
#include "lib/observe/observers.h"
#include "lib/observe/record.h"

#define TYPES "/sys/kernel/btf/"

enum { RECORDS_A_TURN = 256 }; /* then others have theirs */

struct tracer {
	struct monitor_bpf *skeleton;
	struct ring_buffer *ring;
	event_function *put;
	void *context;
	unsigned int kinds;
	unsigned int turn; /* records that were taken in it */
	uint64_t lost; /* that was told */
	int64_t clock_us; /* CLOCK_REALTIME less CLOCK_MONOTONIC, when it was read */
};

/* What a program tells of, by the name it has in monitor.bpf.c. */
static const struct {
	const char *program;
	unsigned int kinds;
} programs[] = {
	{ "buffer_exported", EVENT_BIT(EVENT_EXPORT) },
	{ "buffer_released", EVENT_BIT(EVENT_RELEASE) },
	{ "importer_attached", EVENT_BIT(EVENT_ATTACH) },
	{ "importer_detached", EVENT_BIT(EVENT_DETACH) },
	{ "device_opened", EVENT_BIT(EVENT_OPEN) },
	{ "device_closed", EVENT_BIT(EVENT_CLOSE) },
	{ "move_entered", EVENT_BIT(EVENT_REVOKING) },
	{ "move_left", EVENT_BIT(EVENT_REVOKE) | EVENT_BIT(EVENT_RESTORE) },
	{ "function_reset", EVENT_BIT(EVENT_RESET) },
};

static unsigned int kinds_of(const struct bpf_program *program)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (strcmp(programs[i].program, bpf_program__name(program)) == 0)
			return programs[i].kinds;
	return 0;
}

static void cleanup_types(struct btf **types)
{
	btf__free(*types);
}

static bool has_function(const struct btf *types, const char *function)
{
	return types && btf__find_by_name_kind(types, function, BTF_KIND_FUNC) >= 0;
}

/* Leaves out every program whose function is not in this kernel. */
static int choose_programs(struct monitor_bpf *skeleton)
{
	_cleanup_(cleanup_types) struct btf *kernel = btf__parse(TYPES "vmlinux", NULL),
					    *core = NULL;
	struct bpf_program *program;

	if (!kernel)
		return -EOPNOTSUPP;
	core = btf__parse_split(TYPES "vfio_pci_core", kernel);
	bpf_object__for_each_program(program, skeleton->obj)
	{
		const char *function = strchr(bpf_program__section_name(program), '/');

		if (!function || (!has_function(kernel, function + 1) &&
				  !has_function(core, function + 1)))
			(void)bpf_program__set_autoload(program, false);
	}
	return 0;
}

/* A function may be in the types and yet not be traceable: then it is only missing. */
static int attach_programs(struct tracer *tracer)
{
	struct bpf_object_skeleton *skeleton = tracer->skeleton->skeleton;
	unsigned int kinds = 0;

	for (int i = 0; i < skeleton->prog_cnt; i++) {
		struct bpf_program *program = *skeleton->progs[i].prog;

		if (!bpf_program__autoload(program))
			continue;
		*skeleton->progs[i].link = bpf_program__attach(program);
		if (*skeleton->progs[i].link)
			kinds |= kinds_of(program);
	}
	tracer->kinds = kinds | EVENT_BIT(EVENT_LOST);
	return kinds ? 0 : -EOPNOTSUPP;
}

static const char *text_or_null(const char *text)
{
	return *text ? text : NULL;
}

static int64_t moment(const struct tracer *tracer, uint64_t monotonic_ns)
{
	return tracer->clock_us + (int64_t)(monotonic_ns / 1000);
}

static enum event_cause cause_of(const struct trace_record *record, size_t size)
{
	const struct trace_record_move *move = (const void *)record;

	if (size < sizeof(*move) || record->cause != CAUSE_UNKNOWN)
		return (enum event_cause)record->cause;
	return revoke_cause(move->callers[0], TRACE_CALLERS, TRACE_CALLER);
}

static int on_record(void *context, void *data, size_t size)
{
	struct tracer *tracer = context;
	const struct trace_record *record = data;
	char symbol[TRACE_SYMBOL];
	struct event event;

	if (size < sizeof(*record) || record->kind >= EVENT_COUNT ||
	    record->cause >= CAUSE_COUNT)
		return 0;
	memcpy(symbol, record->symbol, sizeof(symbol));
	event = (struct event){
		.kind = (enum event_kind)record->kind,
		.cause = cause_of(record, size),
		.time_us = moment(tracer, record->time_ns),
		.device = text_or_null(record->device),
		.inode = record->inode,
		.size = record->size,
		.exporter = text_or_null(record->exporter),
		.attached = text_or_null(record->attached),
		.module = record_split_module(symbol),
		.symbol = text_or_null(symbol),
		.pid = (pid_t)record->pid,
		.comm = text_or_null(record->comm),
		.duration_us = record->duration_ns < 0 ? -1 : record->duration_ns / 1000,
	};
	tracer->put(tracer->context, &event);
	return ++tracer->turn < RECORDS_A_TURN ? 0 : -EAGAIN;
}

static int load(struct tracer *tracer)
{
	int r;

	tracer->skeleton = monitor_bpf__open();
	if (!tracer->skeleton)
		return -errno;
	r = choose_programs(tracer->skeleton);
	if (r == 0)
		r = monitor_bpf__load(tracer->skeleton);
	if (r < 0)
		return r;
	tracer->ring = ring_buffer__new(bpf_map__fd(tracer->skeleton->maps.ring),
					on_record, tracer, NULL);
	if (!tracer->ring)
		return -errno;
	return 0;
}

static const char *why_not(const struct root *root, int error)
{
	if (access(TYPES "vmlinux", F_OK) < 0)
		return "this kernel has no type information (CONFIG_DEBUG_INFO_BTF)";
	if (kernel_is_confidential(root))
		return "the kernel is locked down";
	if (error == -EPERM || error == -EACCES)
		return "we may not load BPF programs (CAP_BPF, CAP_PERFMON)";
	return strerror(-error);
}

/* It is not attached to anything yet. */
static int prepare(const struct root *root, event_function *put, void *context,
		   struct tracer **ret, const char **ret_why)
{
	struct tracer *tracer = calloc(1, sizeof(*tracer));
	int r;

	if (!tracer) {
		*ret_why = strerror(ENOMEM);
		return -ENOMEM;
	}
	tracer->put = put;
	tracer->context = context;
	(void)libbpf_set_print(NULL);
	r = load(tracer);
	if (r < 0) {
		*ret_why = why_not(root, r);
		tracer_free(tracer);
		return r;
	}
	*ret = tracer;
	return 0;
}

static int begin(struct tracer *tracer, const char **ret_why)
{
	int r = attach_programs(tracer);

	if (r < 0)
		*ret_why = "none of its functions can be traced";
	else
		tracer->skeleton->bss->enabled = 1;
	return r;
}

int tracer_new(const struct root *root, event_function *put, void *context,
	       struct tracer **ret, const char **ret_why)
{
	struct tracer *tracer;
	int r = prepare(root, put, context, &tracer, ret_why);

	if (r < 0)
		return r;
	r = begin(tracer, ret_why);
	if (r < 0) {
		tracer_free(tracer);
		return r;
	}
	*ret = tracer;
	return 0;
}

int tracer_renew(const struct root *root, struct tracer **tracer, const char **ret_why)
{
	struct tracer *old = *tracer, *new;
	int r;

	if (old->kinds & EVENT_BIT(EVENT_OPEN) || access(TYPES "vfio_pci_core", F_OK) < 0)
		return 0;
	r = prepare(root, old->put, old->context, &new, ret_why);
	if (r < 0)
		return r;
	/* first: with both at the same functions the lab saw no end of it in 10 s */
	(void)tracer_read(old);
	tracer_free(old);
	*tracer = new;
	r = begin(new, ret_why);
	return r < 0 ? r : 1;
}

void tracer_free(struct tracer *tracer)
{
	if (!tracer)
		return;
	ring_buffer__free(tracer->ring);
	monitor_bpf__destroy(tracer->skeleton);
	free(tracer);
}

int tracer_fd(const struct tracer *tracer)
{
	return ring_buffer__epoll_fd(tracer->ring);
}

static void tell_lost(struct tracer *tracer)
{
	uint64_t lost = __atomic_load_n(&tracer->skeleton->bss->lost, __ATOMIC_RELAXED);
	struct event event = {
		.kind = EVENT_LOST,
		.time_us = realtime_us(),
		.duration_us = -1,
		.lost = lost - tracer->lost,
	};

	if (lost == tracer->lost)
		return;
	tracer->lost = lost;
	tracer->put(tracer->context, &event);
}

int tracer_read(struct tracer *tracer)
{
	int r;

	tracer->clock_us = realtime_us() - (int64_t)monotonic_us();
	tracer->turn = 0;
	r = ring_buffer__consume(tracer->ring);
	tell_lost(tracer);
	return r < 0 && r != -EAGAIN ? r : 0;
}

unsigned int tracer_kinds(const struct tracer *tracer)
{
	return tracer->kinds;
}
