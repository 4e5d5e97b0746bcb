/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/act/revoke.h"
#include "lib/act/vfio-config.h"
#include "lib/base/cleanup.h"
#include "lib/base/file.h"

enum { CONFIG = 0x1000, COMMAND = CONFIG + 4 };

static void a_process_is_known_by_its_start(void **state)
{
	/* a name that tries to be the rest of the line */
	static const char name[] = ") S 1 2 3 (";
	struct process_identity before, now, child;
	uint64_t begun;
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(process_identify(getpid(), &before), 0);
	assert_int_equal(before.pid, getpid());
	assert_true(before.start_ticks > 0);
	assert_int_equal(prctl(PR_SET_NAME, name), 0);
	assert_int_equal(process_identify(getpid(), &now), 0);
	assert_int_equal(now.start_ticks, before.start_ticks);

	(void)usleep(50 * 1000); /* more than a tick */
	begun = process_ticks_now();
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		for (;;)
			(void)pause();
	assert_int_equal(process_identify(pid, &child), 0);
	/* born between the two */
	assert_true(child.start_ticks >= begun &&
		    child.start_ticks <= process_ticks_now());
	assert_true(child.start_ticks > before.start_ticks);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(process_identify(pid, &child), -ESRCH);
	assert_int_equal(process_identify(0, &child), -ESRCH);
	assert_int_equal(process_identify(-1, &child), -ESRCH);
}

/* A process with a file at this number. */
static pid_t start_owner(int fd)
{
	pid_t parent = getpid(), pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent ||
	    fcntl(fd, F_SETFD, 0) < 0)
		_exit(1);
	for (;;)
		(void)pause();
}

static void end_owner(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
}

/* Its error, and in stage what it had been at. */
static int try_to_revoke(const struct owner_fd *owner, char stage[OPERATION_TEXT])
{
	const struct revoke_request request = { *owner, METHOD_MEMORY };
	struct operation operation = OPERATION_NONE;

	assert_int_equal(revoke_start(&request, -EBADF, &operation), 0);
	assert_int_equal(operation_wait(&operation, monotonic_ms() + 20000, -EBADF), 0);
	memcpy(stage, operation.report.stage, OPERATION_TEXT);
	assert_true(operation_end(&operation));
	return operation.report.error;
}

static void other_files_are_not_touched(void **state)
{
	static const char *const paths[] = { "/dev/null", "/proc/self/exe", "/" };
	struct owner_fd owner = { .device = "0000:03:00.0" };
	char stage[OPERATION_TEXT];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		_cleanup_close_ int fd = open(paths[i], O_RDONLY | O_CLOEXEC);
		pid_t pid = start_owner(fd);
		int r;

		owner.fd = fd;
		assert_int_equal(process_identify(pid, &owner.owner), 0);
		r = try_to_revoke(&owner, stage);
		end_owner(pid);
		if (r == -EPERM)
			skip(); /* Yama, or no pidfd_getfd() in this sandbox */
		assert_int_equal(r, -ESTALE);
		assert_string_equal(stage, "pidfd_getfd");
	}
}

static void a_file_as_it_was_stays(void **state)
{
	_cleanup_close_ int fd = memfd_create("vfio-device", MFD_CLOEXEC);
	struct owner_fd owner = { .fd = fd, .device = "0000:03:00.0" };
	char stage[OPERATION_TEXT], text[8] = "";
	pid_t pid;
	int r;

	(void)state;
	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff", 7, 0), 7);
	pid = start_owner(fd);
	assert_int_equal(process_identify(pid, &owner.owner), 0);
	r = try_to_revoke(&owner, stage);
	end_owner(pid);
	if (r == -EPERM)
		skip();
	assert_int_equal(r, -ESTALE);
	assert_int_equal(pread(fd, text, 7, 0), 7);
	assert_string_equal(text, "\xff\xff\xff\xff\xff\xff\xff");
}

static void a_closed_fd_is_stale(void **state)
{
	struct owner_fd owner = { .fd = 900, .device = "0000:03:00.0" };
	char stage[OPERATION_TEXT];
	pid_t pid = start_owner(0);
	int r;

	(void)state;
	assert_int_equal(process_identify(pid, &owner.owner), 0);
	r = try_to_revoke(&owner, stage);
	end_owner(pid);
	if (r == -EPERM)
		skip();
	assert_int_equal(r, -ESTALE);
}

static void another_process_of_the_same_number(void **state)
{
	struct owner_fd owner = { .fd = 0, .device = "0000:03:00.0" };
	char stage[OPERATION_TEXT];
	pid_t pid = start_owner(0);

	(void)state;
	assert_int_equal(process_identify(pid, &owner.owner), 0);
	owner.owner.start_ticks--;
	assert_int_equal(try_to_revoke(&owner, stage), -ESRCH);
	assert_string_equal(stage, "pidfd_open");
	owner.owner.start_ticks++;
	end_owner(pid);
	assert_int_equal(try_to_revoke(&owner, stage), -ESRCH);
}

static void methods_that_do_not_act(void **state)
{
	struct revoke_request request = { .owner = { .owner = { .pid = 1 },
						     .device = "0000:03:00.0" } };
	struct operation operation = OPERATION_NONE;

	(void)state;
	request.method = METHOD_AUTO;
	assert_int_equal(revoke_start(&request, -EBADF, &operation), -EINVAL);
	assert_int_equal(restore_start(&request, -EBADF, &operation), -EINVAL);
	request.method = METHOD_BUFFER;
	assert_int_equal(revoke_start(&request, -EBADF, &operation), -EINVAL);
	request.method = METHOD_RESET;
	assert_int_equal(restore_start(&request, -EBADF, &operation), -EINVAL);
	request.method = METHOD_MEMORY;
	request.owner.device[0] = '\0';
	assert_int_equal(revoke_start(&request, -EBADF, &operation), -EINVAL);
	assert_int_equal(operation.child.pid, 0);
}

/* A config space with nothing but PCI_COMMAND, to be written to like the real one. */
static void check_memory(uint16_t before, bool enable, uint8_t low)
{
	_cleanup_close_ int fd = memfd_create("config", MFD_CLOEXEC);
	_cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	const uint8_t around[] = { 0xaa, before & 0xff, before >> 8, 0xaa };
	struct operation_report report = { .duration_us = 0 };
	struct command_change change;
	uint8_t found[4];

	assert_int_equal(pwrite(fd, around, 4, COMMAND - 1), 4);
	assert_int_equal(
		vfio_config_set_memory(fd, CONFIG, enable, null, &report, &change), 0);
	assert_int_equal(change.before, before);
	assert_int_equal(change.after, (before & 0xff00) | low);
	assert_int_equal(pread(fd, found, 4, COMMAND - 1), 4);
	assert_int_equal(found[0], 0xaa);
	assert_int_equal(found[1], low);
	assert_int_equal(found[2], before >> 8);
	assert_int_equal(found[3], 0xaa);
	assert_string_equal(report.stage, "pread PCI_COMMAND");
}

static void only_the_memory_bit_changes(void **state)
{
	(void)state;
	check_memory(0x0407, false, 0x05);
	check_memory(0x0405, false, 0x05);
	check_memory(0x0405, true, 0x07);
	check_memory(0x0000, true, 0x02);
	check_memory(0xffff, false, 0xfd);
	check_memory(0xffff, true, 0xff);
}

static void a_short_config_space_is_an_error(void **state)
{
	_cleanup_close_ int fd = memfd_create("config", MFD_CLOEXEC);
	_cleanup_close_ int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct operation_report report = { .duration_us = 0 };
	struct command_change change;

	(void)state;
	assert_int_equal(pwrite(fd, "x", 1, COMMAND), 1);
	assert_int_equal(vfio_config_set_memory(fd, CONFIG, true, null, &report, &change),
			 -EIO);
	assert_string_equal(report.stage, "pwrite PCI_COMMAND");
}

static void what_the_owner_did_meanwhile_is_told(void **state)
{
	const uint32_t back = REVOKE_MEMORY_CAME_BACK, changed = REVOKE_COMMAND_CHANGED;

	(void)state;
	assert_int_equal(revoke_memory_value(0x0407, 0x0405, false), 0x0407);
	assert_int_equal(revoke_memory_value(0x0405, 0x0405, false), 0x0405);
	assert_int_equal(revoke_memory_value(0x0407, 0x0407, false), 0x0407 | back);
	assert_int_equal(revoke_memory_value(0x0407, 0x0005, false), 0x0407 | changed);
	assert_int_equal(revoke_memory_value(0x0403, 0x0407, false),
			 0x0403 | back | changed);
	assert_int_equal(revoke_memory_value(0x0405, 0x0407, true), 0x0405);
	assert_int_equal(revoke_memory_value(0x0405, 0x0405, true), 0x0405 | back);
	assert_int_equal(revoke_memory_value(0x0405, 0x0403, true), 0x0405 | changed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_process_is_known_by_its_start),
		cmocka_unit_test(other_files_are_not_touched),
		cmocka_unit_test(a_file_as_it_was_stays),
		cmocka_unit_test(a_closed_fd_is_stale),
		cmocka_unit_test(another_process_of_the_same_number),
		cmocka_unit_test(methods_that_do_not_act),
		cmocka_unit_test(only_the_memory_bit_changes),
		cmocka_unit_test(what_the_owner_did_meanwhile_is_told),
		cmocka_unit_test(a_short_config_space_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
