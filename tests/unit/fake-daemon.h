/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DMABUFCTL_TESTS_UNIT_FAKE_DAEMON_H
#define DMABUFCTL_TESTS_UNIT_FAKE_DAEMON_H

/*
 * The bus half of dmabufd on a private bus, with stand-ins for its jobs, and for polkit,
 * systemd and the observer, which answer as each test says.
 */

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "cmd/dmabufd/bus-call.h"
#include "cmd/dmabufd/bus.h"
#include "cmd/dmabufd/jobs.h"
#include "cmd/dmabufd/manager-bus.h"
#include "cmd/dmabufd/observe-client.h"
#include "tests/unit/private-bus.h"

#define DEVICE "0000:03:00.0"
#define JOB_ID "20261121a1-7"
#define JOB_PATH "/org/dmabufctl1/job/20261121a1_7"
#define BUFFERS "{\"buffers\":[],\"sources\":{}}"

enum { JOBS_MAX = 8 };

/* The stand-in of cmd/dmabufd/jobs.c. */
struct jobs {
	struct job items[JOBS_MAX];
	size_t count;
	int add_result;
	char cancelled[JOB_ID_TEXT];
};

struct daemon {
	struct private_bus bus;
	struct manager manager;
	struct jobs jobs;
	unsigned int reloads, idle_checks;
	bool name_dropped;
	sd_bus *polkit;
	const char *yes, *challenge; /* which actions; NULL: none */
	bool temporary; /* they were allowed before, by a password */
	bool slow; /* polkit does not answer */
	unsigned int checks, interactive_checks, cancellations;
	char checked[256]; /* actions, in their order */
	char checked_device[64];
	int listen_fd;
	sd_event_source *observer, *connection;
	const char *answer; /* NULL: the observer is mute */
	char asked[4096]; /* the last question */
	unsigned int questions;
};

static inline int fake_read_subject(struct daemon *daemon, sd_bus_message *message,
				    const char **ret_action, uint32_t *ret_flags)
{
	const char *kind, *key, *value, *device = "";
	int r = sd_bus_message_enter_container(message, 'r', "sa{sv}");

	if (r >= 0)
		r = sd_bus_message_read(message, "s", &kind);
	if (r >= 0)
		r = sd_bus_message_skip(message, "a{sv}");
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r >= 0)
		r = sd_bus_message_read(message, "s", ret_action);
	if (r >= 0)
		r = sd_bus_message_enter_container(message, 'a', "{ss}");
	while (r >= 0 && (r = sd_bus_message_read(message, "{ss}", &key, &value)) > 0)
		device = value;
	if (r >= 0)
		r = sd_bus_message_exit_container(message);
	if (r >= 0)
		r = sd_bus_message_read(message, "u", ret_flags);
	(void)snprintf(daemon->checked_device, sizeof(daemon->checked_device), "%s",
		       device);
	return r;
}

static inline int fake_check(struct daemon *daemon, sd_bus_message *message)
{
	const char *action = "";
	uint32_t flags = 0;
	size_t length = strlen(daemon->checked);
	bool yes, challenge;

	assert_true(fake_read_subject(daemon, message, &action, &flags) >= 0);
	assert_true(strncmp(action, "org.dmabufctl1.", 15) == 0);
	daemon->checks++;
	daemon->interactive_checks += flags & 1;
	(void)snprintf(daemon->checked + length, sizeof(daemon->checked) - length, "%s%s",
		       length ? " " : "", action + 15);
	if (daemon->slow)
		return 1;
	challenge = daemon->challenge && strstr(daemon->challenge, action + 15);
	yes = (daemon->yes && strstr(daemon->yes, action + 15)) ||
	      (challenge && flags & 1);
	if (yes && daemon->temporary)
		return sd_bus_reply_method_return(message, "(bba{ss})", 1, 0, 1,
						  "polkit.temporary_authorization_id",
						  "tmpauthz0");
	return sd_bus_reply_method_return(message, "(bba{ss})", yes, !yes && challenge,
					  0);
}

static inline int fake_on_polkit(sd_bus_message *message, void *context,
				 sd_bus_error *error)
{
	struct daemon *daemon = context;

	(void)error;
	if (sd_bus_message_is_method_call(message, NULL, "CheckAuthorization"))
		return fake_check(daemon, message);
	if (!sd_bus_message_is_method_call(message, NULL, "CancelCheckAuthorization"))
		return 0;
	daemon->cancellations++;
	return 1;
}

/* A connection: the question, and the answer. */
static inline int fake_on_question(sd_event_source *source, int fd, uint32_t events,
				   void *context)
{
	struct daemon *daemon = context;
	ssize_t n = recv(fd, daemon->asked, sizeof(daemon->asked) - 1, 0);
	size_t length = daemon->answer ? strlen(daemon->answer) : 0;
	bool is_line = length > 0 && daemon->answer[length - 1] == '\n';

	(void)source;
	(void)events;
	daemon->asked[n > 0 ? n : 0] = '\0';
	if (n > 0)
		(void)dprintf(fd, "%s%s", daemon->answer, is_line ? "" : "\n");
	daemon->connection = sd_event_source_disable_unref(daemon->connection);
	return 0;
}

/* There is one at a time. A mute one stays, as a stuck one does. */
static inline int fake_on_connection(sd_event_source *source, int fd, uint32_t events,
				     void *context)
{
	struct daemon *daemon = context;
	int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	(void)source;
	(void)events;
	assert_true(connection >= 0);
	assert_null(daemon->connection);
	daemon->questions++;
	assert_true(sd_event_add_io(daemon->bus.event, &daemon->connection, connection,
				    daemon->answer ? EPOLLIN : 0, fake_on_question,
				    daemon) >= 0);
	assert_true(sd_event_source_set_io_fd_own(daemon->connection, 1) >= 0);
	return 0;
}

static inline void fake_observer_begin(struct daemon *daemon)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/observe",
		       daemon->bus.tree.path);
	daemon->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(
		bind(daemon->listen_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(daemon->listen_fd, 16), 0);
	assert_true(sd_event_add_io(daemon->bus.event, &daemon->observer,
				    daemon->listen_fd, EPOLLIN, fake_on_connection,
				    daemon) >= 0);
	assert_int_equal(observe_client_new(daemon->bus.event, address.sun_path,
					    &daemon->manager.observe),
			 0);
}

static inline void fake_polkit_begin(struct daemon *daemon)
{
	daemon->polkit = private_bus_connect(&daemon->bus, 0);
	assert_true(sd_bus_add_filter(daemon->polkit, NULL, fake_on_polkit, daemon) >= 0);
	assert_true(sd_bus_request_name(daemon->polkit, "org.freedesktop.PolicyKit1",
					0) >= 0);
}

/* Until the daemon has its name. */
static inline void fake_wait_for_name(struct daemon *daemon)
{
	sd_bus *client = private_bus_connect(&daemon->bus, 0);
	uint64_t end = monotonic_us() + SOON_US;

	while (sd_bus_get_name_creds(client, BUS_NAME, 0, NULL) < 0) {
		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(daemon->bus.event, 1000) >= 0);
	}
	sd_bus_flush_close_unref(client);
}

static inline int daemon_begin(void **state)
{
	static struct daemon daemon;

	daemon = (struct daemon){ .answer = BUFFERS "\n", .yes = NULL };
	private_bus_begin(&daemon.bus);
	tree_file(&daemon.bus.tree, "sys/bus/pci/devices/" DEVICE "/vendor", "0x10de\n");
	tree_file(&daemon.bus.tree, "sys/bus/pci/devices/" DEVICE "/device", "0x2330\n");
	daemon.manager.event = daemon.bus.event;
	daemon.manager.root = daemon.bus.tree.root;
	daemon.manager.jobs = &daemon.jobs;
	fake_observer_begin(&daemon);
	fake_polkit_begin(&daemon);
	assert_int_equal(manager_bus_open(&daemon.manager), 0);
	fake_wait_for_name(&daemon);
	*state = &daemon;
	return 0;
}

static inline int daemon_end(void **state)
{
	struct daemon *daemon = *state;

	manager_bus_close(&daemon->manager);
	observe_client_free(daemon->manager.observe);
	sd_event_source_disable_unref(daemon->connection);
	sd_event_source_disable_unref(daemon->observer);
	(void)close(daemon->listen_fd);
	sd_bus_flush_close_unref(daemon->polkit);
	for (size_t i = 0; i < daemon->jobs.count; i++)
		result_free(daemon->jobs.items[i].result);
	private_bus_end(&daemon->bus);
	return 0;
}

/* A call of client, which may be asked for a password. Waits for what comes of it. */
static inline sd_bus_message *daemon_call(const struct daemon *daemon,
					  sd_bus_message *call, bool interactive)
{
	sd_bus *client = sd_bus_message_get_bus(call);
	sd_bus_message *reply = NULL;

	assert_true(sd_bus_message_set_allow_interactive_authorization(call,
								       interactive) >= 0);
	assert_true(sd_bus_call_async(client, NULL, call, private_bus_on_reply, &reply,
				      SOON_US) >= 0);
	return private_bus_wait(&daemon->bus, &reply);
}

static inline sd_bus_message *daemon_new_call(sd_bus *client, const char *method)
{
	sd_bus_message *call = NULL;

	assert_true(sd_bus_message_new_method_call(client, &call, BUS_NAME, BUS_PATH,
						   BUS_MANAGER, method) >= 0);
	return call;
}

static inline void assert_error(sd_bus_message *reply, const char *name)
{
	const sd_bus_error *error = sd_bus_message_get_error(reply);

	assert_non_null(error);
	assert_string_equal(error->name, name);
}

/* What stands in for the other modules of the daemon. */
int jobs_add(struct jobs *jobs, struct job *job)
{
	if (jobs->add_result < 0)
		return jobs->add_result;
	assert_true(jobs->count < JOBS_MAX);
	strcpy(job->id, JOB_ID);
	job->id[strlen(JOB_ID) - 1] = (char)('7' - jobs->count);
	jobs->items[jobs->count++] = *job;
	return 0;
}

int jobs_cancel(struct jobs *jobs, const char *id)
{
	const struct job *job = jobs_find(jobs, id);

	if (!job)
		return -ENOENT;
	if (job_has_ended(job))
		return -EALREADY;
	strcpy(jobs->cancelled, id);
	return 0;
}

const struct job *jobs_find(const struct jobs *jobs, const char *id)
{
	for (size_t i = 0; i < jobs->count; i++)
		if (strcmp(jobs->items[i].id, id) == 0)
			return &jobs->items[i];
	return NULL;
}

const struct job *jobs_get(const struct jobs *jobs, size_t index)
{
	return index < jobs->count ? &jobs->items[index] : NULL;
}

static inline struct daemon *daemon_of(struct manager *manager)
{
	return (struct daemon *)((char *)manager - offsetof(struct daemon, manager));
}

int manager_reload(struct manager *manager)
{
	daemon_of(manager)->reloads++;
	return 0;
}

void manager_check_idle(struct manager *manager)
{
	daemon_of(manager)->idle_checks++;
}

void manager_name_dropped(struct manager *manager)
{
	daemon_of(manager)->name_dropped = true;
}

const char *release_kind_name(enum release_kind kind)
{
	return kind == RELEASE_UNPLUG ? "unplug" : "unknown";
}

#endif
