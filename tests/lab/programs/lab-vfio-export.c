// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The owner of a VFIO device: opens it, exports parts of a BAR as dma-bufs, and then
 * does what it is told.
 */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffer.h"
#include "guard.h"
#include "uapi.h"
#include "vfio.h"

#define SYNOPSIS                                                                         \
	"ADDRESS|UUID [--cdev] [--region=N] "                                            \
	"[--buffer=OFFSET:LENGTH[,OFFSET:LENGTH...][@NAME]]... [--map-bar] "             \
	"[--no-dma-buf] [--vf-token]"

#define MAX_BUFFERS 256
#define MAX_RANGES 64

enum { OPT_CDEV = 1, OPT_REGION, OPT_BUFFER, OPT_MAP_BAR, OPT_NO_DMA_BUF, OPT_VF_TOKEN };

static const struct option options[] = {
	{ "cdev", no_argument, NULL, OPT_CDEV },
	{ "region", required_argument, NULL, OPT_REGION },
	{ "buffer", required_argument, NULL, OPT_BUFFER },
	{ "map-bar", no_argument, NULL, OPT_MAP_BAR },
	{ "no-dma-buf", no_argument, NULL, OPT_NO_DMA_BUF },
	{ "vf-token", no_argument, NULL, OPT_VF_TOKEN },
	COMMON_OPTIONS,
};

static struct vfio device = {
	.device_fd = -1,
	.group_fd = -1,
	.container_fd = -1,
	.iommufd = -1,
	.region = VFIO_PCI_BAR2_REGION_INDEX,
};
static int buffers[MAX_BUFFERS];
static size_t buffer_count;
static int request_fd = -1;
static bool close_on_request;

/* SPEC in place; *ret_name is NULL without a name */
static bool parse_spec(char *spec, struct lab_vfio_dma_range *ret_ranges,
		       size_t *ret_count, const char **ret_name)
{
	char *name = strchr(spec, '@'), *range;
	unsigned long long offset, length;
	size_t count = 0;

	if (name) {
		*name++ = '\0';
		if (!unescape(name))
			return false;
	}
	while ((range = strsep(&spec, ","))) {
		char *colon = strchr(range, ':');

		if (!colon || count == MAX_RANGES)
			return false;
		*colon = '\0';
		if (!number_from_text(range, &offset) ||
		    !number_from_text(colon + 1, &length))
			return false;
		ret_ranges[count++] = (struct lab_vfio_dma_range){ offset, length };
	}
	*ret_count = count;
	*ret_name = name;
	return true;
}

/* An fd that is also noted in buffers, or a negative errno */
static int export_buffer(char *spec)
{
	struct lab_vfio_dma_range ranges[MAX_RANGES];
	const char *name;
	size_t count;
	int fd, r;

	if (buffer_count == MAX_BUFFERS)
		return -EMFILE;
	if (!parse_spec(spec, ranges, &count, &name))
		return -EINVAL;
	fd = vfio_export(&device, ranges, count);
	if (fd < 0)
		return fd;
	r = name ? buffer_set_name(fd, name) : 0;
	if (r < 0) {
		close(fd);
		return r;
	}
	buffers[buffer_count++] = fd;
	return fd;
}

static void say_result(const char *what, int r)
{
	if (r < 0)
		say_error("%s: %s", what, strerror(-r));
	else
		say_ok("%s", what);
}

static void run_export(int argc, char **argv)
{
	int fd = export_buffer(argv[1]);

	(void)argc;
	if (fd < 0)
		say_error("export: %s", strerror(-fd));
	else
		say_ok("export fd=%d inode=%lu", fd, inode_of(fd));
}

static bool find_buffer(const char *text, size_t *ret_index)
{
	unsigned long long fd;

	if (!number_from_text(text, &fd))
		return false;
	for (size_t i = 0; i < buffer_count; i++) {
		if ((unsigned long long)buffers[i] != fd)
			continue;
		*ret_index = i;
		return true;
	}
	return false;
}

static void run_close_buffer(int argc, char **argv)
{
	size_t i;

	(void)argc;
	if (!find_buffer(argv[1], &i)) {
		say_error("close-buffer: no buffer has fd %s", argv[1]);
		return;
	}
	close(buffers[i]);
	buffers[i] = buffers[--buffer_count];
	say_ok("close-buffer");
}

static void run_close_buffers(int argc, char **argv)
{
	(void)argc;
	while (buffer_count > 0)
		close(buffers[--buffer_count]);
	say_ok("%s", argv[0]);
}

static void run_name(int argc, char **argv)
{
	size_t i;

	(void)argc;
	if (!find_buffer(argv[1], &i))
		say_error("name: no buffer has fd %s", argv[1]);
	else if (!unescape(argv[2]))
		say_error("name: bad escape");
	else
		say_result("name", buffer_set_name(buffers[i], argv[2]));
}

static void run_close_device(int argc, char **argv)
{
	(void)argc;
	vfio_close(&device);
	say_ok("%s", argv[0]);
}

static void run_switch(const char *what, const char *value, const char *on,
		       const char *off, int (*set)(const struct vfio *, bool))
{
	bool is_on = strcmp(value, on) == 0;

	if (!is_on && strcmp(value, off) != 0)
		say_error("%s: neither %s nor %s: %s", what, on, off, value);
	else
		say_result(what, set(&device, is_on));
}

static void run_memory(int argc, char **argv)
{
	(void)argc;
	run_switch("memory", argv[1], "on", "off", vfio_set_memory);
}

static void run_guard(int argc, char **argv)
{
	bool on = strcmp(argv[1], "on") == 0;

	(void)argc;
	if (!on && strcmp(argv[1], "off") != 0)
		say_error("%s: neither on nor off: %s", argv[0], argv[1]);
	else
		say_result(argv[0], on ? guard_start(&device) : guard_stop());
}

/* The high byte of PCI_COMMAND: none of it has to do with memory */
static void run_command_high(int argc, char **argv)
{
	unsigned long long value;

	(void)argc;
	if (!number_from_text(argv[1], &value) || value > UINT8_MAX)
		say_error("%s: not a byte: %s", argv[0], argv[1]);
	else
		say_result(argv[0], vfio_command_write_high(&device, value));
}

static void run_low_power(int argc, char **argv)
{
	(void)argc;
	run_switch("low-power", argv[1], "enter", "exit", vfio_low_power);
}

static void run_reset(int argc, char **argv)
{
	(void)argc;
	say_result(argv[0], vfio_reset(&device));
}

/* D3hot, or back in D0 */
static void run_power(int argc, char **argv)
{
	(void)argc;
	run_switch("power", argv[1], "d3hot", "d0", vfio_set_d3hot);
}

static void run_flr(int argc, char **argv)
{
	(void)argc;
	say_result(argv[0], vfio_flr(&device));
}

static void run_hot_reset(int argc, char **argv)
{
	(void)argc;
	say_result(argv[0], vfio_hot_reset(&device));
}

static void run_command_read(int argc, char **argv)
{
	uint16_t command;
	int r = vfio_command_read(&device, &command);

	(void)argc;
	if (r < 0)
		say_error("%s: %s", argv[0], strerror(-r));
	else
		say_ok("%s value=0x%04x", argv[0], command);
}

static void run_map_bar(int argc, char **argv)
{
	(void)argc;
	say_result(argv[0], vfio_map_bar(&device));
}

static void run_unmap_bar(int argc, char **argv)
{
	(void)argc;
	say_result(argv[0], vfio_unmap_bar(&device));
}

static sigjmp_buf after_bus_error;
static volatile sig_atomic_t bus_error_code;

static void on_bus_error(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	bus_error_code = info->si_code;
	siglongjmp(after_bus_error, 1);
}

static void run_touch_bar(int argc, char **argv)
{
	struct sigaction catch = { .sa_sigaction = on_bus_error, .sa_flags = SA_SIGINFO };

	(void)argc;
	if (!device.bar) {
		say_error("%s: the BAR is not mapped", argv[0]);
		return;
	}
	sigaction(SIGBUS, &catch, NULL);
	if (sigsetjmp(after_bus_error, 1) == 0) {
		uint32_t value = *(volatile uint32_t *)device.bar;

		say_ok("%s value=0x%08x", argv[0], value);
	} else {
		say_error("%s: SIGBUS code=%d", argv[0], (int)bus_error_code);
	}
	signal(SIGBUS, SIG_DFL);
}

static void run_poke_bar(int argc, char **argv)
{
	unsigned long long value;

	(void)argc;
	if (!device.bar || !number_from_text(argv[1], &value)) {
		say_error("%s: the BAR is not mapped, or this is no number", argv[0]);
		return;
	}
	*(volatile uint32_t *)device.bar = (uint32_t)value;
	say_ok("%s", argv[0]);
}

/* A line of its own, between the answers */
static void handle_request(void)
{
	static unsigned long long total;
	uint64_t count;

	if (read(request_fd, &count, sizeof(count)) != sizeof(count))
		return;
	total += count;
	printf("request count=%llu\n", total);
	fflush(stdout);
	if (close_on_request)
		vfio_close(&device);
}

static void run_request_eventfd(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "close") != 0) {
		say_error("%s: only close may follow", argv[0]);
		return;
	}
	if (request_fd >= 0) {
		say_error("%s: is set already", argv[0]);
		return;
	}
	close_on_request = argc > 1;
	request_fd = vfio_request_eventfd(&device);
	say_result(argv[0], request_fd);
	if (request_fd >= 0)
		watch_fd(request_fd, handle_request);
}

static bool is_buffer(int fd)
{
	for (size_t i = 0; i < buffer_count; i++)
		if (buffers[i] == fd)
			return true;
	return false;
}

static void close_all_but_buffers(void)
{
	int last = STDERR_FILENO;

	for (size_t i = 0; i < buffer_count; i++)
		if (buffers[i] > last)
			last = buffers[i];
	for (int fd = STDERR_FILENO + 1; fd <= last; fd++)
		if (!is_buffer(fd))
			close(fd);
	close_range(last + 1, ~0U, 0);
}

/* Everything but the buffers goes, so that the holder keeps no device open */
static void hold_buffers(void)
{
	int null = open("/dev/null", O_RDWR);

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (dup2(null, fd) < 0)
			_exit(EXIT_FAILURE);
	vfio_unmap_bar(&device);
	close_all_but_buffers();
	for (;;)
		pause();
}

static void run_fork_holder(int argc, char **argv)
{
	int fds[2];
	char none;
	pid_t pid;

	(void)argc;
	if (pipe2(fds, O_CLOEXEC) < 0) {
		say_errno("%s", argv[0]);
		return;
	}
	pid = fork();
	if (pid == 0)
		hold_buffers();
	close(fds[1]);
	if (pid < 0) {
		say_errno("%s", argv[0]);
	} else {
		/* It ends when the child has closed its copy, after that of the device:
		 * fds are closed in order, and the device was opened earlier */
		while (read(fds[0], &none, 1) < 0 && errno == EINTR)
			;
		say_ok("%s pid=%d", argv[0], pid);
	}
	close(fds[0]);
}

static void keep_over_exec(void)
{
	fcntl(device.device_fd, F_SETFD, 0);
	for (size_t i = 0; i < buffer_count; i++)
		fcntl(buffers[i], F_SETFD, 0);
}

/* The same process becomes another program; with "keep" it keeps device and buffers */
static void run_exec(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "keep") != 0) {
		say_error("%s: only keep may follow", argv[0]);
		return;
	}
	if (argc > 1)
		keep_over_exec();
	say_ok("%s", argv[0]);
	execlp("sleep", "sleep", "infinity", NULL);
	die_errno("cannot run sleep");
}

static const struct command commands[] = {
	{ "export", 1, 1, run_export },
	{ "close-buffer", 1, 1, run_close_buffer },
	{ "close-buffers", 0, 0, run_close_buffers },
	{ "close-device", 0, 0, run_close_device },
	{ "memory", 1, 1, run_memory },
	{ "guard", 1, 1, run_guard },
	{ "command-high", 1, 1, run_command_high },
	{ "exec", 0, 1, run_exec },
	{ "low-power", 1, 1, run_low_power },
	{ "reset", 0, 0, run_reset },
	{ "flr", 0, 0, run_flr },
	{ "hot-reset", 0, 0, run_hot_reset },
	{ "power", 1, 1, run_power },
	{ "command-read", 0, 0, run_command_read },
	{ "touch-bar", 0, 0, run_touch_bar },
	{ "poke-bar", 1, 1, run_poke_bar },
	{ "map-bar", 0, 0, run_map_bar },
	{ "unmap-bar", 0, 0, run_unmap_bar },
	{ "name", 2, 2, run_name },
	{ "request-eventfd", 0, 1, run_request_eventfd },
	{ "fork-holder", 0, 0, run_fork_holder },
};

struct request {
	bool cdev;
	bool map_bar;
	bool no_dma_buf;
	bool vf_token;
	char *specs[MAX_BUFFERS];
	size_t count;
};

static bool parse_option(struct request *r, int c)
{
	switch (c) {
	case OPT_CDEV:
		return r->cdev = true;
	case OPT_REGION:
		device.region = number_or_die(optarg, "region");
		return true;
	case OPT_BUFFER:
		if (r->count == MAX_BUFFERS)
			die("more than %d buffers", MAX_BUFFERS);
		r->specs[r->count++] = optarg;
		return true;
	case OPT_MAP_BAR:
		return r->map_bar = true;
	case OPT_NO_DMA_BUF:
		return r->no_dma_buf = true;
	case OPT_VF_TOKEN:
		return r->vf_token = true;
	}
	return common_option(c);
}

static void export_or_die(char *spec)
{
	char *shown = strdup(spec);
	int fd = export_buffer(spec);

	if (fd == -ENOTTY || fd == -EOPNOTSUPP)
		die_unsupported("cannot export dma-bufs: the kernel or the driver lacks "
				"VFIO_DEVICE_FEATURE_DMA_BUF: %s",
				strerror(-fd));
	if (fd < 0)
		die("cannot export %s of region %u: %s", shown, device.region,
		    strerror(-fd));
	free(shown);
}

static void set_up(struct request *r, const char *address)
{
	static char whole_page[] = "0:4096";
	int error;

	if (r->cdev)
		vfio_open_cdev(&device, address);
	else
		vfio_open_group(&device, address, r->vf_token);
	error = vfio_set_memory(&device, true);
	if (error < 0)
		die("cannot enable the memory of %s: %s", address, strerror(-error));
	if (!r->no_dma_buf && r->count == 0)
		r->specs[r->count++] = whole_page;
	for (size_t i = 0; i < r->count; i++)
		export_or_die(r->specs[i]);
	error = r->map_bar ? vfio_map_bar(&device) : 0;
	if (error < 0)
		die("cannot map region %u of %s: %s", device.region, address,
		    strerror(-error));
}

static void report(void)
{
	static char list[MAX_BUFFERS * 36];
	size_t length = 0;

	for (size_t i = 0; i < buffer_count; i++)
		length += snprintf(list + length, sizeof(list) - length, "%s%d:%lu",
				   i ? "," : "", buffers[i], inode_of(buffers[i]));
	say_ready("pid=%d device_fd=%d group_fd=%d iommufd=%d buffers=%s", getpid(),
		  device.device_fd, device.group_fd, device.iommufd, list);
}

int main(int argc, char **argv)
{
	static struct request r;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!parse_option(&r, c))
			die_usage(SYNOPSIS);
	if (argc - optind != 1 || (r.no_dma_buf && r.count > 0))
		die_usage(SYNOPSIS);
	signal(SIGCHLD, SIG_IGN);
	set_up(&r, argv[optind]);
	report();
	run_commands(commands, ARRAY_SIZE(commands));
}
