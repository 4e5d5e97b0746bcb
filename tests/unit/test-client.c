/* SPDX-License-Identifier: GPL-2.0-or-later */
/* dmabufctl without root: the program itself, and the bus half of dmabufd, on one bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <grp.h>

#include "lib/wire/act-json.h"
#include "lib/wire/json.h"
#include "tests/unit/fake-daemon.h"

#define NO_BUFFERS "{\"buffers\":[],\"sources\":{\"bpf\":\"ok\"}}"

enum { ARGUMENTS_MAX = 12, SKIPPED = 77 };

/* A run of the tool that is under way, or over. */
struct tool {
	pid_t pid;
	int input; /* its standard input; -EBADF: nothing */
	int status; /* of its exit */
	char *out, *err; /* what it has written */
};

static int open_output(const struct daemon *daemon, const char *name)
{
	char path[PATH_MAX];

	tree_path(&daemon->bus.tree, name, path);
	return open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
}

/* Nobody, if we may be somebody else. */
static void become_nobody(void)
{
	if (geteuid() == 0 &&
	    (setgroups(0, NULL) < 0 || setresgid(NOBODY, NOBODY, NOBODY) < 0 ||
	     setresuid(NOBODY, NOBODY, NOBODY) < 0))
		_exit(99);
}

/* Like a case of tests/cli/run. */
static void become_tool(const struct daemon *daemon, const struct tool *tool,
			char *const *words)
{
	int in = tool->input >= 0 ? tool->input : open("/dev/null", O_RDONLY);

	if (dup2(in, 0) < 0 || dup2(open_output(daemon, "out"), 1) < 0 ||
	    dup2(open_output(daemon, "err"), 2) < 0)
		_exit(99);
	become_nobody();
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	(void)setenv("TERM", "dumb", 1);
	(void)setenv("TZ", "UTC", 1);
	(void)execv(TOOL, words);
	_exit(99);
}

/* A folder of root's may be in the way. */
static bool tool_can_run(void)
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		become_nobody();
		_exit(access(TOOL, X_OK) < 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status == 0;
}

/* command: words with a blank between them. */
static void tool_begin(const struct daemon *daemon, const char *command,
		       struct tool *tool)
{
	_cleanup_free_ char *copy = strdup(command);
	char *words[ARGUMENTS_MAX + 2] = { (char *)"dmabufctl" }, *rest = copy;
	size_t count = 1;

	while (rest && count <= ARGUMENTS_MAX)
		words[count++] = strsep(&rest, " ");
	tool->pid = fork();
	assert_true(tool->pid >= 0);
	if (tool->pid == 0)
		become_tool(daemon, tool, words);
}

static char *read_file(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text;

	assert_true(fd >= 0);
	assert_int_equal(file_read_fd(fd, 1 << 20, &text, NULL), 0);
	return text;
}

static char *take_output(const struct daemon *daemon, const char *name)
{
	char path[PATH_MAX];

	tree_path(&daemon->bus.tree, name, path);
	return read_file(path);
}

static bool tool_has_ended(struct tool *tool)
{
	int status;

	if (waitpid(tool->pid, &status, WNOHANG) != tool->pid)
		return false;
	tool->status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	return true;
}

static void tool_end(struct daemon *daemon, struct tool *tool)
{
	uint64_t end = monotonic_us() + SOON_US;

	while (!tool_has_ended(tool)) {
		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(daemon->bus.event, 10000) >= 0);
	}
	tool->out = take_output(daemon, "out");
	tool->err = take_output(daemon, "err");
}

static void tool_done(struct tool *tool)
{
	free(tool->out);
	free(tool->err);
	tool->out = tool->err = NULL;
}

#define TOOL_NONE                                                                        \
	{                                                                                \
		.input = -EBADF                                                          \
	}

static void run_tool(struct daemon *daemon, const char *command, struct tool *tool)
{
	tool_done(tool);
	tool_begin(daemon, command, tool);
	tool_end(daemon, tool);
}

static void assert_has(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no '%s' in: %s", part, text);
}

/* A file of a case of tests/cli. */
static char *case_file(const char *name, const char *file)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), CASES "/%s/%s", name, file);
	return read_file(path);
}

/* What dmabufd answers is shown as what another host answers. */
static void answers_are_shown_as_everywhere(void **state)
{
	static const struct {
		const char *name, *command;
		int status;
	} cases[] = {
		{ "host-list", "list", 0 },
		{ "host-devices", "devices", 0 },
		{ "host-check", "check 03:00.0", 6 },
		{ "host-check-several", "check --all", 6 },
		{ "host-status", "status", 0 },
	};
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "read";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_free_ char *answer = case_file(cases[i].name, "answer.json");
		_cleanup_free_ char *text = case_file(cases[i].name, "expected.txt");
		_cleanup_free_ char *command = NULL, *json = NULL;
		_cleanup_(wire_put) struct json_object *asked = NULL, *told = NULL;

		daemon->answer = answer;
		run_tool(daemon, cases[i].command, &tool);
		assert_string_equal(tool.err, "");
		assert_string_equal(tool.out, text);
		assert_int_equal(tool.status, cases[i].status);
		assert_true(asprintf(&command, "%s --json=short", cases[i].command) > 0);
		run_tool(daemon, command, &tool);
		assert_int_equal(tool.status, cases[i].status);
		json = case_file(cases[i].name, "expected.json");
		assert_int_equal(wire_parse_text(json, strlen(json), &asked), 0);
		assert_int_equal(wire_parse_text(tool.out, strlen(tool.out), &told), 0);
		assert_true(json_object_equal(asked, told));
	}
	tool_done(&tool);
}

static void options_reach_the_observer(void **state)
{
	static const struct {
		const char *command, *answer, *asked;
	} cases[] = {
		{ "list --sources=bpf,proc --state=live,none --revocable=yes,depends "
		  "--pid=7 --device=03:00.0",
		  NO_BUFFERS,
		  "\"filter\":{\"device\":\"0000:03:00.0\",\"pid\":7,"
		  "\"revocable\":\"yes,depends\",\"state\":\"none,live\"},"
		  "\"sources\":\"bpf,proc\"" },
		{ "list --name=a* --exporter=vfio*", NO_BUFFERS,
		  "\"exporter\":\"vfio*\",\"name\":\"a*\"" },
		{ "devices --unit=vm.scope", "{\"devices\":[],\"sources\":{}}",
		  "{\"verb\":\"devices\",\"filter\":{\"unit\":\"vm.scope\"}," },
		{ "check --all", "{\"checks\":[],\"errors\":[],\"sources\":{}}",
		  "{\"verb\":\"check\",\"all\":true," },
	};
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "read";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		daemon->answer = cases[i].answer;
		run_tool(daemon, cases[i].command, &tool);
		if (tool.status != 0)
			fail_msg("%s: %s", cases[i].command, tool.err);
		assert_has(daemon->asked, cases[i].asked);
	}
	tool_done(&tool);
}

static void several_devices_are_one_answer(void **state)
{
	static const char one[] = "{\"device\":\"0000:03:00.0\",\"ready\":true,"
				  "\"obstacles\":[],\"notes\":[],\"plan\":null,"
				  "\"sources\":{\"bpf\":\"ok\"}}";
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "read";
	daemon->answer = one;
	run_tool(daemon, "check 03:00.0 04:00.0 nonsense --json=short", &tool);
	/* what is no device is asked for as well: one without an address may be called so */
	assert_int_equal(daemon->questions, 3);
	assert_int_equal(tool.status, 0);
	assert_has(tool.out, "{\"checks\":[{\"device\"");
	assert_has(tool.out, "\"sources\":{\"bpf\":\"ok\"");
	daemon->answer = "{\"error\":{\"status\":3,\"message\":\"no\",\"hint\":null}}";
	run_tool(daemon, "check 03:00.0 nonsense --json=short", &tool);
	assert_int_equal(tool.status, 3);
	assert_has(tool.out, "{\"checks\":[],\"errors\":[{\"device\":\"03:00.0\","
			     "\"status\":");
	tool_done(&tool);
}

#define CHECK_ANSWER(ready, obstacles)                                                   \
	"{\"device\":\"0000:03:00.0\",\"ready\":" ready ",\"obstacles\":[" obstacles     \
	"],\"notes\":[],\"plan\":null,\"sources\":{\"bpf\":\"ok\"}}"
#define OWNER                                                                            \
	"{\"kind\":\"owner\",\"pid\":null,\"bounded\":false,\"reason\":\"it is open\","  \
	"\"remedy\":\"close it\"}"

static void waiting_goes_on_until_it_is_ready(void **state)
{
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;
	uint64_t end = monotonic_us() + SOON_US;

	daemon->yes = "read";
	daemon->answer = CHECK_ANSWER("false", OWNER);
	run_tool(daemon, "check 03:00.0 --wait --timeout=10ms", &tool);
	assert_int_equal(tool.status, 5);
	tool_done(&tool);
	daemon->questions = 0;
	tool_begin(daemon, "check 03:00.0 --wait", &tool);
	while (daemon->questions < 2) {
		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(daemon->bus.event, 10000) >= 0);
	}
	daemon->answer = CHECK_ANSWER("true", "");
	tool_end(daemon, &tool);
	assert_int_equal(tool.status, 0);
	tool_done(&tool);
}

/* Nothing is made of what was hidden. */
static void hidden_names_stay_hidden(void **state)
{
	static const char holders[] = "\"holders\":[{\"pid\":null,\"comm\":null,"
				      "\"kind\":\"fd\",\"fd\":5,\"unit\":null}]";
	static const char answer[] =
		"{\"buffers\":[{\"inode\":7,\"size\":4096,\"exporter\":\"udmabuf\","
		"\"revocable\":\"yes\",\"attachments\":[],\"holders\":[{\"pid\":null,"
		"\"comm\":null,\"kind\":\"fd\",\"fd\":5,\"unit\":null}]}],"
		"\"sources\":{\"bpf\":\"ok\"}}";
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "read";
	daemon->answer = answer;
	run_tool(daemon, "list --json=short", &tool);
	assert_int_equal(tool.status, 0);
	assert_has(tool.out, holders);
	run_tool(daemon, "list", &tool);
	assert_has(tool.out, "fd 5");
	tool_done(&tool);
}

static void who_may_not_is_told_what_would_help(void **state)
{
	static const struct {
		const char *command, *action;
	} cases[] = {
		{ "list", "org.dmabufctl1.read" },
		{ "devices", "org.dmabufctl1.read" },
		{ "status", "org.dmabufctl1.read" },
		{ "check 03:00.0", "org.dmabufctl1.read" },
		{ "jobs", "org.dmabufctl1.read" },
		{ "revoke 03:00.0", "org.dmabufctl1.revoke:" },
		{ "revoke 7", "org.dmabufctl1.read and org.dmabufctl1.revoke:" },
		{ "restore 03:00.0", "org.dmabufctl1.revoke:" },
		{ "release 03:00.0", "org.dmabufctl1.reassign:" },
		{ "reassign 03:00.0 -", "org.dmabufctl1.reassign:" },
		{ "schedule 03:00.0 --on=release",
		  "org.dmabufctl1.schedule and org.dmabufctl1.reassign:" },
		{ "cancel " JOB_ID, "org.dmabufctl1.schedule:" },
	};
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		run_tool(daemon, cases[i].command, &tool);
		if (tool.status != 4)
			fail_msg("%s: %d %s", cases[i].command, tool.status, tool.err);
		assert_string_equal(tool.out, "");
		assert_has(tool.err, "dmabufctl: only root, and whom polkit lets, can ");
		assert_has(tool.err, cases[i].action);
	}
	assert_int_equal(daemon->jobs.count, 0);
	assert_int_equal(daemon->questions, 0);
	run_tool(daemon, "list --json=short", &tool);
	assert_int_equal(tool.status, 4);
	assert_has(tool.out, "{\"error\":{\"status\":4,");
	assert_string_equal(tool.err, "");
	tool_done(&tool);
}

/* Nobody is asked for a password that is not needed. */
static void a_password_is_asked_for_unless_told_not_to(void **state)
{
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->challenge = "read";
	daemon->answer = NO_BUFFERS;
	run_tool(daemon, "list --no-ask-password", &tool);
	assert_int_equal(tool.status, 4);
	assert_has(tool.err, "the password of an administrator is needed");
	assert_int_equal(daemon->interactive_checks, 0);
	run_tool(daemon, "list", &tool);
	assert_int_equal(tool.status, 0);
	assert_int_equal(daemon->interactive_checks, 1);
	daemon->challenge = NULL;
	daemon->yes = "read";
	run_tool(daemon, "list", &tool);
	assert_int_equal(tool.status, 0);
	assert_int_equal(daemon->interactive_checks, 1);
	tool_done(&tool);
}

/* A stand-in of pkttyagent, which says that it is there and waits for its end. */
static void install_agent(const struct daemon *daemon)
{
	char path[PATH_MAX];

	tree_file(&daemon->bus.tree, "bin/pkttyagent",
		  "#!/bin/sh\n"
		  "echo \"agent $1 $3\" >&2\n"
		  "eval \"exec $2>&-\"\n"
		  "read -r line\n"
		  "echo it was not ended >&2\n");
	tree_path(&daemon->bus.tree, "bin/pkttyagent", path);
	assert_int_equal(chmod(path, 0755), 0);
	tree_path(&daemon->bus.tree, "bin", path);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(setenv("PATH", path, 1), 0);
}

static int open_terminal(int *ret_other)
{
	int other = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), terminal;

	assert_true(other >= 0);
	assert_int_equal(grantpt(other), 0);
	assert_int_equal(unlockpt(other), 0);
	terminal = open(ptsname(other), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal >= 0);
	*ret_other = other;
	return terminal;
}

static void the_agent_asks_on_a_terminal(void **state)
{
	_cleanup_free_ char *path = strdup(getenv("PATH"));
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;
	int other;

	daemon->answer = NO_BUFFERS;
	daemon->challenge = "read";
	install_agent(daemon);
	tool.input = open_terminal(&other);
	run_tool(daemon, "list --quiet", &tool);
	assert_int_equal(tool.status, 0);
	assert_string_equal(tool.err, "agent --notify-fd --fallback\n");
	run_tool(daemon, "list --quiet --no-ask-password", &tool);
	assert_null(strstr(tool.err, "agent"));
	daemon->challenge = NULL;
	daemon->yes = "read";
	run_tool(daemon, "list --quiet", &tool);
	assert_string_equal(tool.err, "");
	(void)close(tool.input);
	(void)close(other);
	tool_done(&tool);
	assert_int_equal(setenv("PATH", path, 1), 0);
}

static void errors_have_their_exit_status(void **state)
{
	static const struct {
		const char *answer;
		int status;
	} cases[] = {
		{ "{\"error\":{\"status\":1,\"message\":\"because\"}}", 1 },
		{ "{\"error\":{\"status\":2,\"message\":\"because\"}}", 2 },
		{ "{\"error\":{\"status\":3,\"message\":\"because\"}}", 3 },
		{ "{\"error\":{\"status\":5,\"message\":\"because\"}}", 5 },
		{ "{\"error\":{\"status\":7,\"message\":\"because\"}}", 7 },
	};
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "read";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		daemon->answer = cases[i].answer;
		run_tool(daemon, "list", &tool);
		assert_int_equal(tool.status, cases[i].status);
		assert_has(tool.err, "dmabufctl: because\n");
	}
	daemon->answer = "{\"buffers\":7}";
	run_tool(daemon, "list", &tool);
	assert_int_equal(tool.status, 1);
	assert_has(tool.err, "the answer of dmabufd makes no sense");
	tool_done(&tool);
}

/* Until the tool has asked for a job. */
static void wait_for_job(struct daemon *daemon, struct tool *tool, size_t count)
{
	uint64_t end = monotonic_us() + SOON_US;

	while (daemon->jobs.count < count) {
		assert_true(monotonic_us() < end);
		if (tool_has_ended(tool))
			fail_msg("exit %d: %s", tool->status, take_output(daemon, "err"));
		assert_true(sd_event_run(daemon->bus.event, 10000) >= 0);
	}
}

static void end_job(struct daemon *daemon, struct job *job, enum act_outcome outcome)
{
	const struct buffer_result buffer = {
		.inode = 7,
		.before = BUFFER_STATE_LIVE,
		.after = BUFFER_STATE_REVOKED,
		.verified = EVIDENCE_KERNEL,
	};

	job->result = result_new(job->id, job->wish.device, job->wish.verb);
	assert_non_null(job->result);
	assert_int_equal(result_step(job->result, STEP_REVOKE, STEP_DONE, 3125, "100%%"),
			 0);
	assert_int_equal(result_buffer(job->result, &buffer), 0);
	assert_int_equal(result_note(job->result, "a note"), 0);
	assert_int_equal(result_end(job->result, outcome, NULL, NULL), 0);
	job->state = JOB_DONE;
	manager_bus_job_changed(&daemon->manager, job);
}

static void an_act_is_followed_to_its_result(void **state)
{
	struct daemon *daemon = *state;
	struct job *job = &daemon->jobs.items[0];
	struct tool tool = TOOL_NONE;
	_cleanup_(wire_put) struct json_object *expected = NULL;
	_cleanup_free_ char *text = NULL;

	daemon->yes = "revoke";
	tool_begin(daemon,
		   "revoke 03:00.0 --method=low-power --freeze --force "
		   "--timeout=5s --json=short",
		   &tool);
	wait_for_job(daemon, &tool, 1);
	assert_int_equal(job->wish.verb, ACT_REVOKE);
	assert_string_equal(job->wish.device, DEVICE);
	assert_int_equal(job->wish.method, METHOD_LOW_POWER);
	assert_true(job->wish.freeze && job->wish.force);
	assert_int_equal(job->wish.timeout_us, 5000000);
	job->state = JOB_STARTED;
	job->progress = (struct job_progress){ .known = true, .step = STEP_REVOKE };
	manager_bus_job_changed(&daemon->manager, job);
	end_job(daemon, job, OUTCOME_DONE);
	tool_end(daemon, &tool);
	assert_int_equal(tool.status, 0);
	expected = wire_result(job->result);
	text = wire_print(expected, false);
	/* who has asked sees all of it */
	assert_memory_equal(tool.out, text, strlen(text));
	assert_string_equal(tool.out + strlen(text), "\n");
	tool_done(&tool);
}

static void ladders_and_drivers_reach_the_job(void **state)
{
	struct daemon *daemon = *state;
	const struct wish *wish = &daemon->jobs.items[0].wish;
	struct tool tool = TOOL_NONE;

	daemon->yes = "reassign";
	tool_begin(daemon,
		   "reassign 03:00.0 - --group --steps=grace,revoke --stop-owner "
		   "--kill-owner",
		   &tool);
	wait_for_job(daemon, &tool, 1);
	assert_int_equal(wish->verb, ACT_REASSIGN);
	assert_string_equal(wish->driver, "-");
	assert_int_equal(wish->n_steps, 2);
	assert_int_equal(wish->steps[0], STEP_GRACE);
	assert_int_equal(wish->steps[1], STEP_REVOKE);
	assert_true(wish->group && wish->stop_owner && wish->kill_owner);
	assert_false(wish->force);
	end_job(daemon, &daemon->jobs.items[0], OUTCOME_TIMED_OUT);
	tool_end(daemon, &tool);
	assert_int_equal(tool.status, 5);
	assert_has(tool.out, "timed out");
	tool_done(&tool);
}

static void the_result_decides_the_exit_status(void **state)
{
	static const struct {
		enum act_outcome outcome;
		int status;
	} cases[] = {
		{ OUTCOME_PARTIAL, 1 },	    { OUTCOME_REFUSED, 6 },
		{ OUTCOME_UNSUPPORTED, 7 }, { OUTCOME_NOTHING_TO_DO, 0 },
		{ OUTCOME_INTERRUPTED, 1 },
	};
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "reassign";
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		tool_begin(daemon, "release 03:00.0", &tool);
		wait_for_job(daemon, &tool, i + 1);
		end_job(daemon, &daemon->jobs.items[i], cases[i].outcome);
		tool_end(daemon, &tool);
		assert_int_equal(tool.status, cases[i].status);
		tool_done(&tool);
	}
}

static void a_job_that_is_cancelled_has_no_result(void **state)
{
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "revoke";
	tool_begin(daemon, "restore 03:00.0", &tool);
	wait_for_job(daemon, &tool, 1);
	daemon->jobs.items[0].state = JOB_CANCELLED;
	manager_bus_job_changed(&daemon->manager, &daemon->jobs.items[0]);
	tool_end(daemon, &tool);
	assert_int_equal(tool.status, 1);
	assert_has(tool.out, "the job is cancelled");
	tool_done(&tool);
}

/* Until it blocks SIGINT, which then ends the display alone. */
static void wait_until_followed(struct daemon *daemon, const struct tool *tool)
{
	uint64_t end = monotonic_us() + SOON_US;
	bool blocked = false;
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/%d/status", (int)tool->pid);
	while (!blocked) {
		_cleanup_free_ char *text = NULL;
		const char *mask;

		assert_true(monotonic_us() < end);
		assert_true(sd_event_run(daemon->bus.event, 10000) >= 0);
		text = read_file(path);
		mask = strstr(text, "SigBlk:");
		blocked = mask && strtoull(mask + 7, NULL, 16) & 1u << (SIGINT - 1);
	}
}

static void ctrl_c_ends_the_following_alone(void **state)
{
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "revoke";
	tool_begin(daemon, "revoke 03:00.0", &tool);
	wait_for_job(daemon, &tool, 1);
	wait_until_followed(daemon, &tool);
	assert_int_equal(kill(tool.pid, SIGINT), 0);
	tool_end(daemon, &tool);
	assert_int_equal(tool.status, 1);
	assert_has(tool.err, "job " JOB_ID " on " DEVICE " goes on");
	assert_string_equal(daemon->jobs.cancelled, "");
	assert_false(job_has_ended(&daemon->jobs.items[0]));
	tool_done(&tool);
}

static void a_job_that_dmabufd_forgets_is_lost(void **state)
{
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "revoke";
	tool_begin(daemon, "revoke 03:00.0", &tool);
	wait_for_job(daemon, &tool, 1);
	wait_until_followed(daemon, &tool);
	strcpy(daemon->jobs.items[0].id, "other");
	tool_end(daemon, &tool);
	assert_int_equal(tool.status, 1);
	assert_has(tool.err, "failed to follow job " JOB_ID);
	tool_done(&tool);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "revoke schedule";
	run_tool(daemon, "revoke 0000:1f:1f.7", &tool);
	assert_int_equal(tool.status, 3);
	run_tool(daemon, "revoke 03:00.0 0000:1f:1f.7", &tool);
	assert_int_equal(tool.status, 3);
	run_tool(daemon, "revoke nonsense", &tool);
	assert_int_equal(tool.status, 2);
	run_tool(daemon, "cancel nobody", &tool);
	assert_int_equal(tool.status, 3);
	run_tool(daemon, "cancel ../../etc", &tool);
	assert_int_equal(tool.status, 3);
	run_tool(daemon, "revoke 03:00.0 --dry-run", &tool);
	assert_int_equal(tool.status, 4);
	assert_int_equal(daemon->jobs.count, 0);
	tool_done(&tool);
}

static void a_buffer_stands_for_its_device(void **state)
{
	static const char answer[] =
		"{\"buffers\":[{\"inode\":7,\"size\":4096,\"exporter\":\"vfio_pci_core\","
		"\"device\":\"0000:03:00.0\",\"region\":2,\"state\":\"live\","
		"\"state_evidence\":\"kernel\",\"revocable\":\"yes\","
		"\"attachments\":[],\"holders\":[{\"pid\":null,\"comm\":null,"
		"\"kind\":\"fd\",\"fd\":5,\"unit\":null}]}],"
		"\"devices\":[{\"address\":\"0000:03:00.0\",\"function\":\"physical\","
		"\"state\":\"open\",\"owners\":[],\"exports\":[7],\"imports\":[]}],"
		"\"sources\":{\"bpf\":\"ok\"}}";
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	daemon->yes = "read revoke";
	daemon->answer = answer;
	run_tool(daemon, "revoke 8", &tool);
	assert_int_equal(tool.status, 3);
	run_tool(daemon, "revoke 7", &tool);
	assert_int_equal(tool.status, 6);
	assert_has(tool.out, "--all-of-device");
	assert_int_equal(daemon->jobs.count, 0);
	tool_done(&tool);
	tool_begin(daemon, "revoke 7 --all-of-device", &tool);
	wait_for_job(daemon, &tool, 1);
	assert_string_equal(daemon->jobs.items[0].wish.device, DEVICE);
	end_job(daemon, &daemon->jobs.items[0], OUTCOME_DONE);
	tool_end(daemon, &tool);
	assert_int_equal(tool.status, 0);
	tool_done(&tool);
}

static void jobs_are_made_and_ended(void **state)
{
	struct daemon *daemon = *state;
	const struct job *job = &daemon->jobs.items[0];
	struct tool tool = TOOL_NONE;

	daemon->yes = "schedule reassign read";
	run_tool(daemon, "schedule 03:00.0 --on=release --always --stop-owner --to=-",
		 &tool);
	assert_int_equal(tool.status, 0);
	assert_string_equal(tool.out, "job " JOB_ID ": reassign of " DEVICE
				      " to - on release, always\n");
	assert_int_equal(job->trigger, JOB_ON_RELEASE);
	assert_true(job->schedule.always && job->wish.stop_owner);
	assert_string_equal(job->wish.driver, "-");
	run_tool(daemon, "jobs --no-legend -o JOB,DEVICE,VERB,ON,STATE", &tool);
	assert_int_equal(tool.status, 0);
	assert_string_equal(tool.out, JOB_ID " " DEVICE " reassign release armed\n");
	run_tool(daemon, "jobs --json=short", &tool);
	assert_has(tool.out, "{\"jobs\":[{\"job\":\"" JOB_ID "\",\"device\":\"" DEVICE
			     "\",\"verb\":\"reassign\",\"on\":\"release\","
			     "\"state\":\"armed\",\"created\":null,\"at\":null,"
			     "\"always\":true,\"due\":null,\"result\":null}]}\n");
	run_tool(daemon, "cancel " JOB_ID, &tool);
	assert_int_equal(tool.status, 0);
	assert_string_equal(tool.out, "job " JOB_ID " is cancelled\n");
	assert_string_equal(daemon->jobs.cancelled, JOB_ID);
	daemon->jobs.items[0].state = JOB_DONE;
	run_tool(daemon, "cancel " JOB_ID, &tool);
	assert_int_equal(tool.status, 0);
	assert_string_equal(tool.out, "job " JOB_ID " has ended before: done\n");
	run_tool(daemon, "cancel --json=short " JOB_ID, &tool);
	assert_has(tool.out, "{\"job\":\"" JOB_ID "\",\"device\":\"" DEVICE
			     "\",\"verb\":\"reassign\",\"on\":\"release\","
			     "\"state\":\"done\",");
	tool_done(&tool);
}

static void a_mute_polkit_leaves_only_root(void **state)
{
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	sd_bus_flush_close_unref(TAKE_PTR(daemon->polkit));
	run_tool(daemon, "list", &tool);
	assert_int_equal(tool.status, 4);
	assert_has(tool.err, "polkit could not be asked");
	tool_done(&tool);
}

static void without_dmabufd_only_root_can(void **state)
{
	struct daemon *daemon = *state;
	struct tool tool = TOOL_NONE;

	assert_true(sd_bus_release_name(daemon->manager.bus, BUS_NAME) >= 0);
	run_tool(daemon, "list", &tool);
	assert_int_equal(tool.status, 4);
	assert_has(tool.err, "dmabufctl: only root can read dma-bufs on this host: there "
			     "is no dmabufd to ask: ");
	assert_has(tool.err, "\nHint: Run it as root, for example by sudo.\n");
	tool_done(&tool);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, daemon_begin, daemon_end)
	const struct CMUnitTest tests[] = {
		TEST(answers_are_shown_as_everywhere),
		TEST(options_reach_the_observer),
		TEST(several_devices_are_one_answer),
		TEST(waiting_goes_on_until_it_is_ready),
		TEST(hidden_names_stay_hidden),
		TEST(who_may_not_is_told_what_would_help),
		TEST(a_password_is_asked_for_unless_told_not_to),
		TEST(the_agent_asks_on_a_terminal),
		TEST(errors_have_their_exit_status),
		TEST(an_act_is_followed_to_its_result),
		TEST(ladders_and_drivers_reach_the_job),
		TEST(the_result_decides_the_exit_status),
		TEST(a_job_that_is_cancelled_has_no_result),
		TEST(ctrl_c_ends_the_following_alone),
		TEST(a_job_that_dmabufd_forgets_is_lost),
		TEST(what_is_not_there_is_not_found),
		TEST(a_buffer_stands_for_its_device),
		TEST(jobs_are_made_and_ended),
		TEST(a_mute_polkit_leaves_only_root),
		TEST(without_dmabufd_only_root_can),
	};

	return tool_can_run() ? cmocka_run_group_tests(tests, NULL, NULL) : SKIPPED;
}
