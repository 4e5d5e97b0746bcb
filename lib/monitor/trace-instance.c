/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/monitor/trace-instance.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/file.h"
#include "lib/monitor/trace-line.h"
#include "lib/observe/root.h"

enum {
	READ_BYTES = 64 * 1024,
	REMOVE_TRIES = 100, /* our own files below it are about to be closed */
	REMOVE_PAUSE_NS = 20 * 1000 * 1000,
	FIRST_FREE_FD = 5,
};

/* What the keeper has: its end of the pipe that it waits on, and the instances. */
enum { KEEPER_PIPE = 3, KEEPER_INSTANCES = 4 };

struct trace_instance {
	char name[32];
	int instances; /* the directory that it is in */
	int directory, pipe;
	int keeper; /* the pipe whose end the keeper waits for */
	pid_t keeper_pid;
	event_function *put;
	void *context;
	size_t length; /* bytes of a line that has no end yet */
	char text[READ_BYTES + 1];
};

static int write_file(int directory, const char *path, const char *text)
{
	_cleanup_close_ int fd = openat(directory, path, O_WRONLY | O_CLOEXEC);
	size_t length = strlen(text);

	if (fd < 0)
		return -errno;
	return write(fd, text, length) == (ssize_t)length ? 0 : -errno;
}

static void remove_instance(int instances, const char *name)
{
	const struct timespec pause = { .tv_nsec = REMOVE_PAUSE_NS };

	for (int i = 0; i < REMOVE_TRIES; i++) {
		if (unlinkat(instances, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

/* Nothing of ours may stay open in it: who reads our output waits for its end. */
static void keep(int pipe, int instances, const char *name)
{
	int high_pipe = fcntl(pipe, F_DUPFD, FIRST_FREE_FD);
	int high_instances = fcntl(instances, F_DUPFD, FIRST_FREE_FD);
	sigset_t all;
	char byte;

	(void)sigfillset(&all);
	(void)sigprocmask(SIG_BLOCK, &all, NULL);
	(void)prctl(PR_SET_NAME, "monitor-keeper");
	if (dup2(high_pipe, KEEPER_PIPE) < 0 ||
	    dup2(high_instances, KEEPER_INSTANCES) < 0 ||
	    syscall(SYS_close_range, FIRST_FREE_FD, ~0U, 0) < 0)
		_exit(EXIT_FAILURE);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)close(fd);
	(void)setsid();
	while (read(KEEPER_PIPE, &byte, 1) < 0 && errno == EINTR)
		continue;
	remove_instance(KEEPER_INSTANCES, name);
	_exit(EXIT_SUCCESS);
}

static int start_keeper(struct trace_instance *instance)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	instance->keeper_pid = fork();
	if (instance->keeper_pid == 0) {
		(void)close(ends[1]);
		keep(ends[0], instance->instances, instance->name);
	}
	cleanup_close(&ends[0]);
	if (instance->keeper_pid < 0) {
		cleanup_close(&ends[1]);
		return -errno;
	}
	instance->keeper = ends[1];
	return 0;
}

/* tracefs where it belongs, or where old systems have it. */
static int open_instances(const struct root *root)
{
	int fd = root_open_at(root, root->fd, "sys/kernel/tracing/instances",
			      O_RDONLY | O_DIRECTORY);

	if (fd == -ENOENT)
		fd = root_open_at(root, root->fd, "sys/kernel/debug/tracing/instances",
				  O_RDONLY | O_DIRECTORY);
	return fd;
}

/* Only the events that trace_line_parse() knows, with a clock that we can translate. */
static int configure(const struct trace_instance *instance)
{
	static const char *const files[][2] = {
		{ "trace_clock", "mono" },
		{ "buffer_percent", "0" }, /* wakes us at once */
		{ "events/dma_buf/dma_buf_export/enable", "1" },
		{ "events/dma_buf/dma_buf_dynamic_attach/enable", "1" },
		{ "events/dma_buf/dma_buf_detach/enable", "1" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		int r = write_file(instance->directory, files[i][0], files[i][1]);

		if (r < 0)
			return r == -ENOENT ? -EOPNOTSUPP : r;
	}
	return 0;
}

static int create(struct trace_instance *instance)
{
	int r;

	(void)snprintf(instance->name, sizeof(instance->name), "dmabufctl-%d",
		       (int)getpid());
	if (mkdirat(instance->instances, instance->name, 0700) < 0)
		return -errno;
	r = start_keeper(instance);
	if (r < 0) {
		(void)unlinkat(instance->instances, instance->name, AT_REMOVEDIR);
		return r;
	}
	instance->directory = openat(instance->instances, instance->name,
				     O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (instance->directory < 0)
		return -errno;
	r = configure(instance);
	if (r < 0)
		return r;
	instance->pipe = openat(instance->directory, "trace_pipe",
				O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return instance->pipe < 0 ? -errno : 0;
}

static const char *why_not(int error)
{
	if (error == -ENOENT)
		return "no tracefs is mounted";
	if (error == -EOPNOTSUPP)
		return "this kernel has no trace events of dma-buf (since 7.0)";
	return strerror(-error);
}

int trace_instance_new(const struct root *root, event_function *put, void *context,
		       struct trace_instance **ret, const char **ret_why)
{
	struct trace_instance *instance = calloc(1, sizeof(*instance));
	int r = -ENOMEM;

	if (instance) {
		instance->directory = instance->pipe = instance->keeper = -EBADF;
		instance->put = put;
		instance->context = context;
		r = instance->instances = open_instances(root);
	}
	if (r >= 0)
		r = create(instance);
	if (r < 0) {
		*ret_why = why_not(r);
		trace_instance_free(instance);
		return r == -ENOENT ? -EOPNOTSUPP : r;
	}
	*ret = instance;
	return 0;
}

void trace_instance_free(struct trace_instance *instance)
{
	if (!instance)
		return;
	cleanup_close(&instance->pipe);
	cleanup_close(&instance->directory);
	cleanup_close(&instance->keeper);
	if (instance->keeper_pid > 0)
		while (waitpid(instance->keeper_pid, NULL, 0) < 0 && errno == EINTR)
			continue;
	cleanup_close(&instance->instances);
	free(instance);
}

int trace_instance_fd(const struct trace_instance *instance)
{
	return instance->pipe;
}

static void put_line(char *line, int64_t clock_us, event_function *put, void *context)
{
	struct event event = { .kind = EVENT_LOST, .duration_us = -1, .lost = 1 };

	if (trace_line_parse(line, &event) == 0 && event.time_us > 0)
		event.time_us += clock_us;
	if (event.time_us == 0)
		event.time_us = realtime_us();
	put(context, &event);
}

size_t trace_lines(char *text, int64_t clock_us, event_function *put, void *context)
{
	char *line = text, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		put_line(line, clock_us, put, context);
	}
	return (size_t)(line - text);
}

int trace_instance_read(struct trace_instance *instance)
{
	char *text = instance->text;
	ssize_t n = read(instance->pipe, text + instance->length,
			 READ_BYTES - instance->length);
	size_t taken;

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	instance->length += (size_t)n;
	text[instance->length] = '\0';
	taken = trace_lines(text, realtime_us() - (int64_t)monotonic_us(), instance->put,
			    instance->context);
	if (taken == 0 && instance->length == READ_BYTES)
		taken = READ_BYTES; /* no line is that long */
	instance->length -= taken;
	memmove(text, text + taken, instance->length);
	return 0;
}
