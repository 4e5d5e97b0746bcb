/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The pure parts of monitor: lines of a trace, callers of a revoke, two snapshots. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/monitor/difference.h"
#include "lib/monitor/revoke-cause.h"
#include "lib/monitor/trace-instance.h"
#include "lib/monitor/trace-line.h"

enum { HEARD_MAX = 32 };

/* Every event as "kind inode device attached exporter cause pid comm lost", with dashes. */
struct heard {
	size_t count;
	char texts[HEARD_MAX][160];
	int64_t times[HEARD_MAX];
};

static const char *dash(const char *text)
{
	return text ? text : "-";
}

static void hear(void *context, const struct event *event)
{
	struct heard *heard = context;

	assert_true(heard->count < HEARD_MAX);
	(void)snprintf(heard->texts[heard->count], sizeof(heard->texts[0]),
		       "%s %ju %s %s %s %s %d %s %ju", event_kind_name(event->kind),
		       (uintmax_t)event->inode, dash(event->device),
		       dash(event->attached), dash(event->exporter),
		       dash(event_cause_name(event->cause)), (int)event->pid,
		       dash(event->comm), (uintmax_t)event->lost);
	heard->times[heard->count++] = event->time_us;
}

static void assert_heard(const struct heard *heard, const char *const *texts,
			 size_t count)
{
	for (size_t i = 0; i < count && i < heard->count; i++)
		assert_string_equal(heard->texts[i], texts[i]);
	assert_int_equal(heard->count, count);
}

static void lines_of_a_trace(void **state)
{
	char text[] =
		"       lab-owner-412     [001] .....   123.456789: dma_buf_export: "
		"exp_name=vfio_pci_core size=4096 ino=7\n"
		"    we [1] ird x-99999   [000] d..1.     1.000002: "
		"dma_buf_dynamic_attach: "
		"exp_name=udmabuf size=8192 ino=12 attachment:00000000f2a4c1d7 "
		"is_dynamic=1 dev_name=0000:07:00.0\n"
		"CPU:1 [LOST 123 EVENTS]\n"
		"           <...>-1       [000] .....     2.000000: dma_buf_detach: "
		"exp_name=system size=1 ino=13 attachment:0 is_dynamic=0 dev_name=vgem\n"
		"           <...>-1       [000] ..... half a line";
	static const char *const texts[] = {
		"export 7 - - vfio_pci_core - 412 lab-owner 0",
		"attach 12 - 0000:07:00.0 udmabuf - 99999 we [1] ird x 0",
		"lost 0 - - - - 0 - 123",
		"detach 13 - vgem system - 1 <...> 0",
	};
	struct heard heard = { 0 };
	size_t taken = trace_lines(text, 1000000, hear, &heard);

	(void)state;
	assert_string_equal(text + taken,
			    "           <...>-1       [000] ..... half a line");
	assert_heard(&heard, texts, ARRAY_SIZE(texts));
	assert_int_equal(heard.times[0], 124456789);
	assert_int_equal(heard.times[1], 2000002);
}

/* One that a kernel has printed: tests/unit/traces/README. */
static void a_recorded_trace(void **state)
{
	static const char *const texts[] = {
		"export 4 - - vfio_pci_core - 580 lab-owner 0",
		"export 5 - - udmabuf - 588 lab [1] x-3 0",
		"export 6 - - udmabuf - 588 lab [1] x-3 0",
		"attach 5 - vgem udmabuf - 604 lab-vgem 0",
		"detach 5 - vgem udmabuf - 604 lab-vgem 0",
	};
	_cleanup_close_ int fd = open(TRACES "/sid-7.2.txt", O_RDONLY | O_CLOEXEC);
	_cleanup_free_ char *text = NULL;
	struct heard heard = { 0 };
	size_t length;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(file_read_fd(fd, 65536, &text, &length), 0);
	assert_int_equal(trace_lines(text, 0, hear, &heard), length);
	assert_heard(&heard, texts, ARRAY_SIZE(texts));
	assert_int_equal(heard.times[4], 111431811);
}

/* What cannot be read is not passed over in silence. */
static void lines_that_are_none(void **state)
{
	static const char *const lines[] = {
		"",
		"dma_buf_export: exp_name=a size=1 ino=1",
		"     : dma_buf_a: -1       [000] .....     2.000000: sched_switch: x",
		"               a-1x      [000] .....     2.000000: dma_buf_export: "
		"exp_name=a size=1 ino=1",
		"               a-1       [000] .....     2.00: dma_buf_export: "
		"exp_name=a size=1 ino=1",
		"               a-1       [000] .....     2.000000: dma_buf_export: "
		"exp_name=a size=1 ino=-1",
		"               a-1       [000] .....     2.000000: dma_buf_export: "
		"exp_name=a ino=1",
		"               a-1       [000] .....     2.000000: dma_buf_put: "
		"exp_name=a size=1 ino=1",
		"               a-1       [000] .....     2.000000: dma_buf_detach: "
		"exp_name=a size=1 ino=1",
		"CPU:1 [LOST many EVENTS]",
		"CPU:1 [LOST 1",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		char line[256];
		struct event event;

		(void)snprintf(line, sizeof(line), "%s", lines[i]);
		if (trace_line_parse(line, &event) != -EBADMSG)
			fail_msg("an event: %s", lines[i]);
	}
}

/* A comm that looks like an event of its own does not hide the real one. */
static void a_hostile_comm(void **state)
{
	char line[] = ": dma_buf_get: -77      [000] .....     2.000000: dma_buf_export: "
		      "exp_name=a size=1 ino=9";
	char whole[128];
	struct event event;

	(void)state;
	(void)snprintf(whole, sizeof(whole), " %s", line);
	assert_int_equal(trace_line_parse(whole, &event), 0);
	assert_int_equal(event.pid, 77);
	assert_int_equal(event.inode, 9);
}

struct callers {
	char functions[4][40];
	enum event_cause cause;
};

static void callers_of_a_revoke(void **state)
{
	static const struct callers cases[] = {
		{ { "vfio_pci_dma_buf_move [vfio_pci_core]",
		    "vfio_basic_config_write [vfio_pci_core]",
		    "vfio_pci_config_rw_single" },
		  CAUSE_MEMORY },
		{ { "bpf_trampoline_6442", "vfio_pci_dma_buf_cleanup",
		    "vfio_pci_core_close_device" },
		  CAUSE_CLOSE },
		{ { "vfio_lock_and_set_power_state.part.0" }, CAUSE_POWER_STATE },
		{ { "vfio_pci_core_ioctl [vfio_pci_core]" }, CAUSE_RESET },
		{ { "vfio_pci_dev_set_hot_reset", "vfio_pci_core_ioctl" },
		  CAUSE_HOT_RESET },
		{ { "vfio_pci_core_ioctl_feature" }, CAUSE_LOW_POWER },
		{ { "vfio_exp_config_write" }, CAUSE_FLR },
		{ { "vfio_pci_core_ioctl_of_another_kernel" }, CAUSE_UNKNOWN },
		{ { "", "vfio_exp_config_write" }, CAUSE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		enum event_cause cause = revoke_cause(cases[i].functions[0], 4,
						      sizeof(cases[i].functions[0]));

		if (cause != cases[i].cause)
			fail_msg("%s: %s", cases[i].functions[0],
				 dash(event_cause_name(cause)));
	}
}

static const struct process owner = { .pid = 49, .comm = "qemu" };

static struct attachment attachment_of(const char *device)
{
	return (struct attachment){ .device = device, .symbol = device };
}

static void buffers_that_differ(void **state)
{
	const struct holder holder = { .inode = 9, .process = &owner };
	struct attachment then_on_8[] = { attachment_of("iommu"), attachment_of("vgem") };
	struct attachment now_on_8[] = { attachment_of("iommu"), attachment_of("iommu") };
	struct attachment now_on_9[] = { attachment_of("vgem") };
	struct buffer then[] = {
		{ .inode = 7, .device = "a", .attachments_known = true },
		{ .inode = 8,
		  .attachments_known = true,
		  .attachments = then_on_8,
		  .n_attachments = 2 },
	};
	struct buffer now[] = {
		{ .inode = 8,
		  .attachments_known = true,
		  .attachments = now_on_8,
		  .n_attachments = 2 },
		{ .inode = 9,
		  .exporter = "udmabuf",
		  .holders = &holder,
		  .n_holders = 1,
		  .attachments_known = true,
		  .attachments = now_on_9,
		  .n_attachments = 1 },
	};
	struct snapshot before = { .buffers = then, .n_buffers = 2 };
	struct snapshot after = { .buffers = now, .n_buffers = 2 };
	static const char *const texts[] = {
		"attach 8 - iommu - - 0 - 0",	   "export 9 - - udmabuf - 49 qemu 0",
		"attach 9 - vgem udmabuf - 0 - 0", "release 7 a - - - 0 - 0",
		"detach 8 - vgem - - 0 - 0",
	};
	struct heard heard = { 0 };

	(void)state;
	difference(&before, &after, 5, hear, &heard);
	assert_heard(&heard, texts, ARRAY_SIZE(texts));
	assert_int_equal(heard.times[0], 5);
	heard.count = 0;
	difference(&after, &after, 5, hear, &heard);
	assert_int_equal(heard.count, 0);
}

/* A source that sees no attachments has not seen them go. */
static void attachments_out_of_sight(void **state)
{
	struct attachment attachment = attachment_of("vgem");
	struct buffer then = { .inode = 8,
			       .attachments_known = true,
			       .attachments = &attachment,
			       .n_attachments = 1 };
	struct buffer now = { .inode = 8 };
	struct snapshot before = { .buffers = &then, .n_buffers = 1 };
	struct snapshot after = { .buffers = &now, .n_buffers = 1 };
	struct heard heard = { 0 };

	(void)state;
	difference(&before, &after, 5, hear, &heard);
	difference(&after, &before, 5, hear, &heard);
	assert_int_equal(heard.count, 0);
}

static const char *change(enum buffer_state from, enum buffer_state to,
			  struct heard *heard)
{
	struct buffer then = { .inode = 8, .state = from },
		      now = { .inode = 8, .state = to, .writer = &owner };
	struct snapshot before = { .buffers = &then, .n_buffers = 1 };
	struct snapshot after = { .buffers = &now, .n_buffers = 1 };

	heard->count = 0;
	difference(&before, &after, 5, hear, heard);
	return heard->count == 0 ? "" : heard->texts[0];
}

static void states_that_differ(void **state)
{
	struct heard heard;

	(void)state;
	assert_string_equal(change(BUFFER_STATE_LIVE, BUFFER_STATE_REVOKING, &heard),
			    "revoking 8 - - - - 49 qemu 0");
	assert_string_equal(change(BUFFER_STATE_REVOKING, BUFFER_STATE_REVOKED, &heard),
			    "revoke 8 - - - - 0 - 0");
	assert_string_equal(change(BUFFER_STATE_LIVE, BUFFER_STATE_ORPHANED, &heard),
			    "revoke 8 - - - close 0 - 0");
	assert_string_equal(change(BUFFER_STATE_REVOKED, BUFFER_STATE_LIVE, &heard),
			    "restore 8 - - - - 0 - 0");
	assert_string_equal(change(BUFFER_STATE_REVOKED, BUFFER_STATE_ORPHANED, &heard),
			    "");
	assert_string_equal(change(BUFFER_STATE_LIVE, BUFFER_STATE_UNKNOWN, &heard), "");
	assert_string_equal(change(BUFFER_STATE_UNKNOWN, BUFFER_STATE_REVOKED, &heard),
			    "");
}

static void devices_that_differ(void **state)
{
	const struct owner owners[] = { { .device = "a", .process = &owner } };
	struct device closed[] = { { .address = "a" } };
	struct device open[] = { { .address = "a", .owners = owners, .n_owners = 1 } };
	struct snapshot before = { .devices = closed, .n_devices = 1 };
	struct snapshot after = { .devices = open, .n_devices = 1 };
	struct snapshot none = { 0 };
	struct heard heard = { 0 };
	static const char *const texts[] = {
		"open 0 a - - - 49 qemu 0",
		"close 0 a - - - 49 qemu 0",
		"open 0 a - - - 49 qemu 0",
	};

	(void)state;
	difference(&before, &after, 5, hear, &heard);
	difference(&after, &before, 5, hear, &heard);
	difference(&none, &after, 5, hear, &heard);
	assert_heard(&heard, texts, ARRAY_SIZE(texts));
}

static void looks_that_are_of_no_use(void **state)
{
	struct snapshot snapshot = { 0 };

	(void)state;
	assert_false(difference_is_of_use(&snapshot));
	snapshot.sources[SOURCE_PROC].outcome = SOURCE_PARTIAL;
	assert_true(difference_is_of_use(&snapshot));
	snapshot.sources[SOURCE_BPF].outcome = SOURCE_BLOCKED;
	assert_false(difference_is_of_use(&snapshot));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_a_trace),
		cmocka_unit_test(a_recorded_trace),
		cmocka_unit_test(lines_that_are_none),
		cmocka_unit_test(a_hostile_comm),
		cmocka_unit_test(callers_of_a_revoke),
		cmocka_unit_test(buffers_that_differ),
		cmocka_unit_test(attachments_out_of_sight),
		cmocka_unit_test(states_that_differ),
		cmocka_unit_test(devices_that_differ),
		cmocka_unit_test(looks_that_are_of_no_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
