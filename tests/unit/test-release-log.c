/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The records from Debian 7.2.13 (sid) in the lab: /dev/kmsg after an unbind whose
 * writer got a SIGTERM, a removal, and sriov_numvfs=0, each under an owner without a
 * request eventfd. The relayed requests are put together from vfio_pci_core_request().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <time.h>

#include "lib/observe/observers.h"
#include "lib/observe/release-log.h"
#include "tests/unit/records.h"

#define DICTIONARY(device) " SUBSYSTEM=pci\n DEVICE=+pci:" device "\n"
#define RECORD(time, device, text)                                                       \
	"4,644," time ",-;vfio-pci " device ": " text "\n" DICTIONARY(device)
#define NO_CHANNEL "No device request channel registered, blocked until released by user"
#define RELAYING(round) "Relaying device request to user (#" round ")"

static const char recorded[] =
	"4,644,12599025,-;vfio-pci 0000:03:00.0: " NO_CHANNEL "\n"
	" SUBSYSTEM=pci\n"
	" DEVICE=+pci:0000:03:00.0\n"
	"4,645,14576057,-;vfio-pci 0000:03:00.0: Device is currently in use, task "
	"\"rec.sh\" (230) blocked until device is released\n"
	" SUBSYSTEM=pci\n"
	" DEVICE=+pci:0000:03:00.0\n"
	"4,650,19813749,-;vfio-pci 0000:03:00.0: " NO_CHANNEL "\n"
	" SUBSYSTEM=pci\n"
	" DEVICE=+pci:0000:03:00.0\n"
	"4,669,27061830,-;vfio-pci 0000:05:00.1: " NO_CHANNEL "\n"
	" SUBSYSTEM=pci\n"
	" DEVICE=+pci:0000:05:00.1\n";

/* Since when, by the log's clock; -1: nothing is said of the device. */
static int64_t since(const char *text, const char *device)
{
	struct release_log log = { 0 };
	int64_t result = -1;

	assert_int_equal(release_log_add(&log, text), 0);
	for (size_t i = 0; i < log.entries.count; i++)
		if (strcmp(log.entries.items[i].device, device) == 0)
			result = log.entries.items[i].since_us;
	release_log_free(&log);
	return result;
}

static int64_t since_one(const char *text)
{
	return since(text, "0000:03:00.0");
}

static void the_latest_wait_counts(void **state)
{
	(void)state;
	assert_int_equal(since_one(recorded), 19813749);
	assert_int_equal(since(recorded, "0000:05:00.1"), 27061830);
	assert_int_equal(since(recorded, "0000:04:00.0"), -1);
}

static void a_wait_began_with_round_zero(void **state)
{
	(void)state;
	assert_int_equal(
		since_one(RECORD("1000000", "0000:03:00.0", RELAYING("0")) RECORD(
			"101200000", "0000:03:00.0", RELAYING("10"))
				  RECORD("201900000", "0000:03:00.0", RELAYING("20"))),
		1000000);
	/* one round was cut short by a signal */
	assert_int_equal(
		since_one(RECORD("1000000", "0000:03:00.0", RELAYING("0"))
				  RECORD("92000000", "0000:03:00.0", RELAYING("10"))),
		1000000);
	/* timers of HZ=1000 that run late, for an hour and a half */
	assert_int_equal(
		since_one(RECORD("1000000", "0000:03:00.0", RELAYING("0"))
				  RECORD("5671000000", "0000:03:00.0", RELAYING("540"))),
		1000000);
}

static void a_lost_beginning_is_counted_back(void **state)
{
	(void)state;
	assert_int_equal(
		since_one(RECORD("301000000", "0000:03:00.0", RELAYING("20"))
				  RECORD("401000000", "0000:03:00.0", RELAYING("30"))),
		101000000);
	/* what is known belongs to a wait before it */
	assert_int_equal(
		since_one(RECORD("1000000", "0000:03:00.0", RELAYING("0"))
				  RECORD("901000000", "0000:03:00.0", RELAYING("10"))),
		801000000);
	/* it may have begun before the clock did */
	assert_int_equal(since_one(RECORD("1000000", "0000:03:00.0", RELAYING("10"))),
			 -99000000);
}

static void a_signal_alone_tells_at_least_that(void **state)
{
	static const char in_use[] =
		RECORD("7", "0000:03:00.0",
		       "Device is currently in use, task \"a: 0000:04:00.0: b\" (7) "
		       "blocked until device is released");

	(void)state;
	assert_int_equal(since_one(in_use), 7);
	assert_int_equal(since(in_use, "0000:04:00.0"), -1);
}

static void only_the_kernel_is_believed(void **state)
{
	static const char *const others[] = {
		/* facility 1: written to /dev/kmsg */
		"12,644,1,-;vfio-pci 0000:03:00.0: " NO_CHANNEL "\n",
		"6,644,1,-;other: vfio-pci 0000:03:00.0: " NO_CHANNEL "\n",
		"6,644,1,-;vfio-pci 0000:03:00.0: Relaying device request to user (#x)\n",
		"6,644,1,-;vfio-pci 0000:03:00.0: Relaying device request to user (#)\n",
		"6,644,1,-;vfio-pci 0000:03:00.0: " RELAYING("99999999999999999999") "\n",
		"6,644,1,-;vfio-pci 0000:03:00.0: " RELAYING("9999999999999999999") "\n",
		"6,644,1,-;vfio-pci 03:00.0: " NO_CHANNEL "\n",
		"6,644,1,-;vfio_mdev 0000:03:00.0x: " NO_CHANNEL "\n",
		"6,644,1,-;vfio-pci 0000:03:00.0: " NO_CHANNEL "!\n",
		"6,644,99999999999999999999,-;vfio-pci 0000:03:00.0: " NO_CHANNEL "\n",
		"6,644,1,-vfio-pci 0000:03:00.0: " NO_CHANNEL "\n",
		" 6,644,1,-;vfio-pci 0000:03:00.0: " NO_CHANNEL "\n",
		"-6,644,1,-;vfio-pci 0000:03:00.0: " NO_CHANNEL "\n",
		"6,644;vfio-pci 0000:03:00.0: " NO_CHANNEL "\n",
		"6,644,1,-;vfio-pci\n",
		"6,644,1,-;\n",
		",,,;\n",
		"\n",
		"",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_int_equal(since_one(others[i]), -1);
	/* kernels with CONFIG_PRINTK_CALLER, and those with more to come */
	assert_int_equal(
		since_one("6,644,1,-,caller=T230;vfio-pci 0000:03:00.0: " NO_CHANNEL), 1);
	/* drivers by any name */
	assert_int_equal(since_one("6,1,1,-;mlx5_vfio_pci 0000:03:00.0: " NO_CHANNEL), 1);
}

/* A regular file instead of the device: all of its records come with one read. */
static void it_is_reported_by_the_wall_clock(void **state)
{
	struct recording recording;
	struct record_release release;
	struct timespec now, up;
	struct tree tree;
	struct root live;
	int64_t expected;

	(void)state;
	tree_begin(&tree);
	tree_file(&tree, "dev/kmsg",
		  RECORD("1000000", "0000:03:00.0", RELAYING("0"))
			  RECORD("2000000", "0000:04:00.0", NO_CHANNEL));
	live = (struct root){ .fd = tree.root.fd };
	recording_begin(&recording);
	observe_release_log(&live, recording.sink);
	(void)clock_gettime(CLOCK_REALTIME, &now);
	(void)clock_gettime(CLOCK_MONOTONIC_RAW, &up);
	recording_read(&recording);
	assert_int_equal(recording_count(&recording, RECORD_RELEASE), 2);
	assert_true(FIND(&recording, RECORD_RELEASE, 1, &release));
	assert_string_equal(release.device, "0000:04:00.0");
	expected = (int64_t)(now.tv_sec - up.tv_sec) * 1000000 +
		   (now.tv_nsec - up.tv_nsec) / 1000 + 2000000;
	assert_in_range(release.since_us, expected - 1000000, expected + 1000000);
	recording_end(&recording);
	tree_end(&tree);
}

static void nothing_where_there_is_no_log(void **state)
{
	struct recording recording;
	struct tree tree;

	(void)state;
	tree_begin(&tree);
	recording_begin(&recording);
	observe_release_log(&tree.root, recording.sink);
	observe_release_log(&(struct root){ .fd = tree.root.fd }, recording.sink);
	/* whose clock a captured log has is not known */
	tree_file(&tree, "dev/kmsg", recorded);
	observe_release_log(&tree.root, recording.sink);
	recording_read(&recording);
	assert_int_equal(recording.length, 0);
	recording_end(&recording);
	tree_end(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_latest_wait_counts),
		cmocka_unit_test(a_wait_began_with_round_zero),
		cmocka_unit_test(a_lost_beginning_is_counted_back),
		cmocka_unit_test(a_signal_alone_tells_at_least_that),
		cmocka_unit_test(only_the_kernel_is_believed),
		cmocka_unit_test(it_is_reported_by_the_wall_clock),
		cmocka_unit_test(nothing_where_there_is_no_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
