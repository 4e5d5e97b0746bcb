// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Makes dma-bufs of plain memory and holds them: by itself, or in child processes that
 * end with it.
 */
#include "common.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "buffer.h"

#define SYNOPSIS                                                                         \
	"--kind=udmabuf|heap:NAME|drm:DRIVER [--count=N] [--processes=P] [--fds=K] "     \
	"[--mmap] [--map-only] [--size=BYTES] [--name=TEMPLATE] [--files=F]"

/* More buffers than this are not listed in the ready line */
#define LIST_MAX 64

enum {
	OPT_KIND = 1,
	OPT_COUNT,
	OPT_PROCESSES,
	OPT_FDS,
	OPT_MMAP,
	OPT_MAP_ONLY,
	OPT_SIZE,
	OPT_NAME,
	OPT_FILES,
};

static const struct option options[] = {
	{ "kind", required_argument, NULL, OPT_KIND },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "processes", required_argument, NULL, OPT_PROCESSES },
	{ "fds", required_argument, NULL, OPT_FDS },
	{ "mmap", no_argument, NULL, OPT_MMAP },
	{ "map-only", no_argument, NULL, OPT_MAP_ONLY },
	{ "size", required_argument, NULL, OPT_SIZE },
	{ "name", required_argument, NULL, OPT_NAME },
	{ "files", required_argument, NULL, OPT_FILES },
	COMMON_OPTIONS,
};

struct request {
	const char *kind;
	unsigned int count;
	unsigned int processes; /* 0: no children */
	unsigned int fds; /* of every buffer */
	unsigned int files; /* others, of every process */
	size_t size;
	const char *name; /* unescaped; NULL: none */
	bool map;
	bool map_only;
};

struct record {
	unsigned int number;
	int pid;
	int fd; /* -1: only mapped */
	unsigned long inode;
};

/* The first %d of the template becomes the buffer's number */
static void set_name(int fd, const char *template, unsigned int number)
{
	const char *mark = strstr(template, "%d");
	char name[256];
	int ret;

	if (mark)
		snprintf(name, sizeof(name), "%.*s%u%s", (int)(mark - template), template,
			 number, mark + 2);
	else
		snprintf(name, sizeof(name), "%s", template);
	ret = buffer_set_name(fd, name);
	if (ret < 0)
		die("cannot name a buffer %s: %s", name, strerror(-ret));
}

static void map(int fd, size_t size)
{
	if (mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED)
		die_errno("cannot map a buffer");
}

static struct record make_one(const struct request *r, const struct buffer_source *source,
			      unsigned int number)
{
	struct record record = {
		.number = number,
		.pid = getpid(),
		.fd = buffer_make(source),
	};

	if (record.fd < 0)
		die("cannot make buffer %u: %s", number, strerror(-record.fd));
	record.inode = inode_of(record.fd);
	if (r->name)
		set_name(record.fd, r->name, number);
	if (r->map || r->map_only)
		map(record.fd, r->size);
	if (r->map_only) {
		close(record.fd);
		record.fd = -1;
		return record;
	}
	for (unsigned int i = 1; i < r->fds; i++)
		if (fcntl(record.fd, F_DUPFD_CLOEXEC, 0) < 0)
			die_errno("cannot duplicate an fd");
	return record;
}

static void open_files(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (open("/dev/null", O_RDONLY | O_CLOEXEC) < 0)
			die_errno("cannot open /dev/null %u times", count);
}

/* Makes the buffers of one process, numbers first to first + count - 1 */
static void make_share(const struct request *r, unsigned int first, unsigned int count,
		       struct record *ret_records)
{
	struct buffer_source source;

	buffer_source_open(&source, r->kind, r->size);
	for (unsigned int i = 0; i < count; i++)
		ret_records[i] = make_one(r, &source, first + i);
	buffer_source_close(&source);
	open_files(r->files);
}

/* In pieces that a pipe keeps together, since all children write to the same one */
static void send_records(int fd, const struct record *records, unsigned int count)
{
	const unsigned int most = PIPE_BUF / sizeof(*records);

	while (count > 0) {
		unsigned int n = count < most ? count : most;

		if (write(fd, records, n * sizeof(*records)) < 0)
			die_errno("cannot report the buffers");
		records += n;
		count -= n;
	}
}

static void detach_from_stdio(void)
{
	int null = open("/dev/null", O_RDWR);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0)
		die_errno("cannot open /dev/null");
	close(null);
}

static void run_child(const struct request *r, pid_t parent, int report_fd,
		      unsigned int first, unsigned int count, struct record *records)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		die("the parent is gone");
	detach_from_stdio();
	make_share(r, first, count, records);
	send_records(report_fd, records, count);
	close(report_fd);
	for (;;)
		pause();
}

static unsigned int receive_records(int fd, struct record *ret_records,
				    unsigned int count)
{
	size_t done = 0, wanted = count * sizeof(*ret_records);

	while (done < wanted) {
		ssize_t n = read(fd, (char *)ret_records + done, wanted - done);

		if (n < 0 && errno != EINTR)
			die_errno("cannot read from the children");
		if (n == 0)
			break;
		done += n > 0 ? n : 0;
	}
	return done / sizeof(*ret_records);
}

/* Numbers are dealt out in order, the remainder to the first processes */
static void make_in_children(const struct request *r, struct record *ret_records)
{
	unsigned int first = 0, done;
	pid_t parent = getpid();
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		die_errno("cannot make a pipe");
	for (unsigned int i = 0; i < r->processes; i++) {
		unsigned int count =
			r->count / r->processes + (i < r->count % r->processes);
		pid_t pid = fork();

		if (pid < 0)
			die_errno("cannot fork");
		if (pid == 0) {
			close(fds[0]);
			run_child(r, parent, fds[1], first, count, ret_records);
		}
		first += count;
	}
	close(fds[1]);
	done = receive_records(fds[0], ret_records, r->count);
	if (done != r->count)
		die("only %u of %u buffers could be made", done, r->count);
	/* A child opens its files before it closes its end, also one without buffers */
	receive_records(fds[0], ret_records + r->count, 1);
	close(fds[0]);
}

static void raise_limit(const struct request *r)
{
	unsigned int share = r->processes ? r->count / r->processes + 1 : r->count;
	rlim_t wanted = (rlim_t)share * r->fds + r->files + 64;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		die_errno("cannot read the limit of open files");
	if (limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = wanted;
	if (limit.rlim_max < wanted)
		limit.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		die_errno("cannot raise the limit of open files to %lu",
			  (unsigned long)wanted);
}

static int compare_records(const void *a, const void *b)
{
	const struct record *left = a, *right = b;

	return (left->number > right->number) - (left->number < right->number);
}

/* By number: from children they arrive in any order */
static void report(const struct request *r, struct record *records)
{
	char list[LIST_MAX * 48] = "";
	size_t length = 0;

	qsort(records, r->count, sizeof(*records), compare_records);
	for (unsigned int i = 0; i < r->count && r->count <= LIST_MAX; i++)
		length += snprintf(list + length, sizeof(list) - length, "%s%d:%d:%lu",
				   i ? "," : " buffers=", records[i].pid, records[i].fd,
				   records[i].inode);
	say_ready("pid=%d processes=%u count=%u size=%zu%s", getpid(), r->processes,
		  r->count, r->size, list);
}

/* Only buffers that are not in children */
static void run_name(int argc, char **argv)
{
	unsigned long long fd;
	int r;

	(void)argc;
	if (!number_from_text(argv[1], &fd) || fd > INT_MAX || !unescape(argv[2])) {
		say_error("%s: bad number or escape", argv[0]);
		return;
	}
	r = buffer_set_name(fd, argv[2]);
	if (r < 0)
		say_error("%s: %s", argv[0], strerror(-r));
	else
		say_ok("%s", argv[0]);
}

static const struct command commands[] = {
	{ "name", 2, 2, run_name },
};

static bool parse_option(struct request *r, int c)
{
	switch (c) {
	case OPT_KIND:
		r->kind = optarg;
		return true;
	case OPT_COUNT:
		r->count = number_or_die(optarg, "count");
		return true;
	case OPT_PROCESSES:
		r->processes = number_or_die(optarg, "processes");
		return true;
	case OPT_FDS:
		r->fds = number_or_die(optarg, "fds");
		return r->fds > 0;
	case OPT_MMAP:
		return r->map = true;
	case OPT_MAP_ONLY:
		return r->map_only = true;
	case OPT_SIZE:
		r->size = number_or_die(optarg, "size");
		return true;
	case OPT_NAME:
		r->name = optarg;
		return unescape(optarg);
	case OPT_FILES:
		r->files = number_or_die(optarg, "files");
		return true;
	}
	return common_option(c);
}

int main(int argc, char **argv)
{
	struct request r = { .count = 1, .fds = 1, .size = 4096 };
	struct buffer_source probe;
	struct record *records;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!parse_option(&r, c))
			die_usage(SYNOPSIS);
	if (argc != optind || !r.kind)
		die_usage(SYNOPSIS);
	raise_limit(&r);
	records = allocate((r.count + 1) * sizeof(*records));
	if (r.processes) {
		/* Here, so that the exit status can tell that the kernel has none */
		buffer_source_open(&probe, r.kind, r.size);
		buffer_source_close(&probe);
		make_in_children(&r, records);
	} else {
		make_share(&r, 0, r.count, records);
	}
	report(&r, records);
	run_commands(commands, ARRAY_SIZE(commands));
}
