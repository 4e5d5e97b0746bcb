/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An event, for people and for programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cmd/dmabufctl/event-text.h"
#include "lib/base/cleanup.h"
#include "lib/wire/event-json.h"
#include "lib/wire/json.h"

#define MOMENT INT64_C(1795243337000042) /* 2026-11-21 06:42:17.000042 UTC */

static const struct event revoked = {
	.kind = EVENT_REVOKE,
	.cause = CAUSE_MEMORY,
	.time_us = MOMENT,
	.device = "0000:03:00.0",
	.inode = 7,
	.size = 4096,
	.exporter = "vfio_pci_core",
	.pid = 49,
	.comm = "qemu\n\033[2J",
	.duration_us = 3100,
};

static const struct event attached = {
	.kind = EVENT_ATTACH,
	.time_us = MOMENT,
	.inode = 8,
	.size = 4096,
	.exporter = "udmabuf",
	.attached = "0000:07:00.0",
	.importer = "mlx5_ib",
	.duration_us = -1,
};

static void assert_text(const struct event *event, const char *expected)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	assert_non_null(stream);
	assert_int_equal(event_text_print(stream, event), 0);
	assert_int_equal(fclose(stream), 0);
	assert_string_equal(text, expected);
}

static void events_as_text(void **state)
{
	static const struct event lost = { .kind = EVENT_LOST,
					   .duration_us = -1,
					   .lost = 12 };
	static const struct event job = {
		.kind = EVENT_JOB_REMOVED,
		.time_us = MOMENT,
		.device = "0000:03:00.0",
		.duration_us = -1,
		.job = "abc",
		.state = "done",
	};

	(void)state;
	assert_text(&revoked,
		    "2026-11-21 06:42:17.000042 revoke      0000:03:00.0      7 "
		    "-                qemu\\n\\x1b[2J[49]    memory, 3.1 ms\n");
	assert_text(&attached,
		    "2026-11-21 06:42:17.000042 attach      -                 8 "
		    "mlx5_ib          -                    "
		    "0000:07:00.0, of udmabuf\n");
	assert_text(&lost, "-                          lost        -                 - "
			   "-                -                    12 events were lost\n");
	assert_text(&job, "2026-11-21 06:42:17.000042 job-removed 0000:03:00.0      - "
			  "-                -                    abc done\n");
}

static void the_head(void **state)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *stream = open_memstream(&text, &length);

	(void)state;
	assert_non_null(stream);
	event_text_head(stream, EVENTS_TRACE, "bpf: no",
			EVENT_BIT(EVENT_REVOKE) | EVENT_BIT(EVENT_RESTORE));
	assert_int_equal(fclose(stream), 0);
	*strchr(text, '\n') = '\0';
	assert_string_equal(text, "Source: trace (the kernel's trace events of dma-buf); "
				  "bpf: no; not seen: revoke, restore.");
}

/* Takes object. */
static void assert_json(struct json_object *object, const char *expected)
{
	_cleanup_free_ char *text = NULL;

	assert_non_null(object);
	text = wire_print(object, false);
	wire_put(&object);
	assert_string_equal(text, expected);
}

static void events_as_json(void **state)
{
	(void)state;
	assert_json(wire_event(&revoked),
		    "{\"time\":\"2026-11-21T06:42:17.000042Z\",\"event\":\"revoke\","
		    "\"device\":\"0000:03:00.0\",\"inode\":7,\"size\":4096,"
		    "\"exporter\":\"vfio_pci_core\",\"attached\":null,\"importer\":null,"
		    "\"cause\":\"memory\",\"duration_ms\":3.100,\"pid\":49,"
		    "\"comm\":\"qemu\\n\\u001b[2J\",\"job\":null,\"state\":null,"
		    "\"lost\":null}");
	assert_json(wire_event_source(EVENTS_POLL, NULL, EVENT_BIT(EVENT_RESET)),
		    "{\"source\":\"poll\",\"reason\":null,\"unseen\":[\"reset\"]}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_as_text),
		cmocka_unit_test(the_head),
		cmocka_unit_test(events_as_json),
	};

	if (setenv("TZ", "UTC", 1) < 0)
		return EXIT_FAILURE;
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
