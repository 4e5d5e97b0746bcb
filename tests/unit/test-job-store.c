/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <poll.h>
#include <pthread.h>

#include "tests/unit/job-stores.h"

static struct job created(const struct job_store *store)
{
	struct job job = revoke_job();

	assert_int_equal(job_store_create(store, &job), 0);
	return job;
}

static size_t count(const struct job_store *store, bool ended, size_t *ret_broken)
{
	_cleanup_(job_array_done) job_array jobs = { 0 };

	assert_int_equal(job_store_list(store, ended, &jobs, ret_broken), 0);
	return jobs.count;
}

static void without_its_directories_there_is_no_store(void **state)
{
	struct job_store store;

	(void)state;
	for (size_t missing = 0; missing < ARRAY_SIZE(directories); missing++) {
		struct tree tree;

		tree_begin(&tree);
		assert_int_equal(job_store_open(tree.root.fd, &store), -ENOENT);
		for (size_t i = 0; i < ARRAY_SIZE(directories); i++)
			if (i != missing)
				tree_directory(&tree, directories[i]);
		assert_int_equal(job_store_open(tree.root.fd, &store), -ENOENT);
		tree_link(&tree, directories[missing], "/tmp");
		assert_int_equal(job_store_open(tree.root.fd, &store), -ENOTDIR);
		tree_end(&tree);
	}
}

static void a_job_goes_its_way(void **state)
{
	struct fixture *fixture = *state;
	struct job job = created(&fixture->store), *again;

	assert_true(job_id_is_valid(job.id));
	assert_int_equal(job.state, JOB_ARMED);
	assert_true(job.created_us > 0);
	assert_int_equal(job_store_read(&fixture->store, job.id, &again), 0);
	assert_int_equal(again->created_us, job.created_us);
	assert_string_equal(again->wish.device, DEVICE);
	job_free(again);

	job.state = JOB_STARTED;
	job.progress = (struct job_progress){ .known = true, .step = STEP_REVOKE };
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	assert_int_equal(job_store_read(&fixture->store, job.id, &again), 0);
	assert_int_equal(again->state, JOB_STARTED);
	assert_int_equal(again->progress.step, STEP_REVOKE);
	job_free(again);
	assert_true(exists(fixture, JOBS, job.id));
	assert_int_equal(count(&fixture->store, false, NULL), 1);

	job.state = JOB_DONE;
	job.result = result_new(job.id, DEVICE, ACT_REVOKE);
	assert_non_null(job.result);
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	result_free(job.result);
	job.result = NULL;
	assert_false(exists(fixture, JOBS, job.id));
	assert_true(exists(fixture, ENDED, job.id));
	assert_int_equal(job_store_read(&fixture->store, job.id, &again), 0);
	assert_int_equal(again->state, JOB_DONE);
	assert_string_equal(again->result->job, job.id);
	job_free(again);
	assert_int_equal(count(&fixture->store, false, NULL), 0);
	assert_int_equal(count(&fixture->store, true, NULL), 1);
}

static void a_job_ends_only_once(void **state)
{
	struct fixture *fixture = *state;
	struct job job = created(&fixture->store), *again, same;

	job.state = JOB_CANCELLED;
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	same = job;
	job.state = JOB_STARTED;
	assert_int_equal(job_store_write(&fixture->store, &job), -EALREADY);
	job.state = JOB_DONE;
	assert_int_equal(job_store_write(&fixture->store, &job), -EALREADY);
	assert_int_equal(job_store_create(&fixture->store, &same), -EEXIST);
	assert_int_equal(job_store_read(&fixture->store, job.id, &again), 0);
	assert_int_equal(again->state, JOB_CANCELLED);
	job_free(again);
	assert_false(exists(fixture, JOBS, job.id));
}

/* As a power failure between the last content and the move would leave it. */
static void an_end_that_did_not_move_is_one(void **state)
{
	struct fixture *fixture = *state;
	struct job job = created(&fixture->store);
	char from[64], to[64];

	(void)snprintf(from, sizeof(from), ENDED "%s.json", job.id);
	(void)snprintf(to, sizeof(to), JOBS "%s.json", job.id);
	job.state = JOB_FAILED;
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	assert_int_equal(renameat(fixture->tree.root.fd, from, fixture->tree.root.fd, to),
			 0);
	assert_int_equal(count(&fixture->store, false, NULL), 0);
	assert_int_equal(count(&fixture->store, true, NULL), 1);
	job.state = JOB_STARTED;
	assert_int_equal(job_store_write(&fixture->store, &job), -EALREADY);
	assert_int_equal(job_store_settle(&fixture->store, &job), -EINVAL);
	job.state = JOB_FAILED;
	assert_int_equal(job_store_settle(&fixture->store, &job), 0);
	assert_false(exists(fixture, JOBS, job.id));
	assert_true(exists(fixture, ENDED, job.id));
	assert_int_equal(job_store_settle(&fixture->store, &job), 0);
}

static void what_is_not_there_is_not_found(void **state)
{
	static const char *const ids[] = { "0abc1", "", "../jobs/x", "A", "a b", "-" };
	struct fixture *fixture = *state;
	struct job job = revoke_job(), *again = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		struct undo undo;
		struct revoked revoked;

		assert_int_equal(job_store_read(&fixture->store, ids[i], &again),
				 -ENOENT);
		assert_int_equal(request_read(&fixture->store, ids[i], &again), -ENOENT);
		assert_int_equal(undo_store_read(&fixture->store, ids[i], &undo),
				 -ENOENT);
		assert_int_equal(revoked_store_read(&fixture->store, ids[i], &revoked),
				 -ENOENT);
	}
	strcpy(job.id, "0abc1");
	assert_int_equal(job_store_write(&fixture->store, &job), -ENOENT);
	strcpy(job.id, "../x");
	assert_int_equal(job_store_write(&fixture->store, &job), -EINVAL);
	assert_int_equal(job_store_create(&fixture->store, &job), -EINVAL);
}

static void a_job_that_makes_no_sense_is_not_created(void **state)
{
	struct fixture *fixture = *state;
	struct job job = revoke_job();

	strcpy(job.wish.device, "nonsense");
	assert_int_equal(job_store_create(&fixture->store, &job), -EINVAL);
	assert_string_equal(job.id, "");
	assert_int_equal(job.state, JOB_DONE);
	assert_int_equal(count(&fixture->store, true, NULL), 0);
}

static void requests_become_jobs_of_the_same_id(void **state)
{
	struct fixture *fixture = *state;
	struct job *job, *again;

	tree_file(&fixture->tree, REQUESTS "0abc1.json", REQUEST);
	assert_int_equal(request_read(&fixture->store, "0abc1", &job), 0);
	assert_string_equal(job->id, "0abc1");
	assert_int_equal(job_store_create(&fixture->store, job), 0);
	assert_string_equal(job->id, "0abc1");
	assert_true(job->created_us > 0);
	/* and nothing is done twice */
	assert_int_equal(job_store_create(&fixture->store, job), -EEXIST);
	job_free(job);
	assert_int_equal(job_store_read(&fixture->store, "0abc1", &again), 0);
	job_free(again);
	assert_int_equal(request_remove(&fixture->store, "0abc1"), 0);
	assert_int_equal(request_remove(&fixture->store, "0abc1"), 0);
	assert_false(exists(fixture, REQUESTS, "0abc1"));
	assert_int_equal(request_remove(&fixture->store, "../jobs/0abc1"), -EINVAL);
	assert_true(exists(fixture, JOBS, "0abc1"));
}

/* A file of length bytes that would be a request but for its size. */
static void long_file(const struct fixture *fixture, const char *path, size_t length)
{
	_cleanup_free_ char *text = malloc(length);

	assert_non_null(text);
	memset(text, ' ', length);
	memcpy(text, REQUEST, strlen(REQUEST));
	tree_file_bytes(&fixture->tree, path, text, length);
}

static int read_request(const struct fixture *fixture, const char *id)
{
	struct job *job = NULL;
	int r = request_read(&fixture->store, id, &job);

	job_free(job);
	return r;
}

static void what_is_no_file_of_its_own_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct job *job = NULL;

	tree_file(&fixture->tree, "secret.json", REQUEST);
	tree_link(&fixture->tree, REQUESTS "link.json", "../../../../secret.json");
	tree_link(&fixture->tree, REQUESTS "nowhere.json", "nothing");
	tree_link(&fixture->tree, JOBS "link.json", "../../../../secret.json");
	tree_directory(&fixture->tree, REQUESTS "dir.json");
	assert_int_equal(mkfifoat(fixture->tree.root.fd, REQUESTS "fifo.json", 0600), 0);
	assert_int_equal(mkfifoat(fixture->tree.root.fd, JOBS "fifo.json", 0600), 0);
	(void)alarm(10); /* a reader that waits for a writer ends the test */
	assert_int_equal(read_request(fixture, "link"), -EBADMSG);
	assert_int_equal(read_request(fixture, "nowhere"), -EBADMSG);
	assert_int_equal(read_request(fixture, "dir"), -EBADMSG);
	assert_int_equal(read_request(fixture, "fifo"), -EBADMSG);
	assert_int_equal(job_store_read(&fixture->store, "link", &job), -EBADMSG);
	assert_int_equal(job_store_read(&fixture->store, "fifo", &job), -EBADMSG);
	(void)alarm(0);
	assert_null(job);
}

static void what_is_too_long_is_refused(void **state)
{
	struct fixture *fixture = *state;

	long_file(fixture, REQUESTS "fits.json", 64 * 1024);
	long_file(fixture, REQUESTS "long.json", 64 * 1024 + 1);
	assert_int_equal(read_request(fixture, "fits"), 0);
	assert_int_equal(read_request(fixture, "long"), -EBADMSG);
	long_file(fixture, JOBS "long.json", (8 << 20) + 1);
	assert_int_equal(job_store_read(&fixture->store, "long", &(struct job *){ NULL }),
			 -EBADMSG);
}

static void what_would_be_too_long_is_not_written(void **state)
{
	struct fixture *fixture = *state;
	struct job job = created(&fixture->store), *again;
	_cleanup_free_ char *note = malloc((8 << 20) + 1);

	assert_non_null(note);
	memset(note, 'x', 8 << 20);
	note[8 << 20] = '\0';
	job.state = JOB_DONE;
	job.result = result_new(job.id, DEVICE, ACT_REVOKE);
	assert_non_null(job.result);
	assert_int_equal(result_note(job.result, "%s", note), 0);
	assert_int_equal(job_store_write(&fixture->store, &job), -EFBIG);
	assert_int_equal(job_store_read(&fixture->store, job.id, &again), 0);
	assert_int_equal(again->state, JOB_ARMED);
	job_free(again);
	result_free(job.result);
}

/* More of everything than a result takes: it can be written, and read again. */
static void the_largest_result_fits(void **state)
{
	struct buffer_result buffer = { .inode = UINT64_MAX,
					.verified = EVIDENCE_KERNEL };
	struct fixture *fixture = *state;
	struct job job = created(&fixture->store), *again;

	job.state = JOB_DONE;
	job.result = result_new(job.id, DEVICE, ACT_REVOKE);
	assert_non_null(job.result);
	for (int i = 0; i < RESULT_BUFFERS_MAX + 7; i++)
		assert_int_equal(result_buffer(job.result, &buffer), 0);
	for (int i = 0; i < RESULT_NOTES_MAX + 1; i++)
		assert_int_equal(result_note(job.result, "%02000d", i), 0);
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	assert_int_equal(job_store_read(&fixture->store, job.id, &again), 0);
	assert_int_equal(again->result->buffers.count, RESULT_BUFFERS_MAX);
	assert_int_equal(again->result->notes.count, RESULT_NOTES_MAX + 1);
	assert_string_equal(again->result->notes.items[0], "... and 7 more buffers");
	assert_string_equal(again->result->notes.items[RESULT_NOTES_MAX],
			    "... and 2 more notes");
	job_free(again);
	result_free(job.result);
}

static void broken_records_are_counted(void **state)
{
	struct fixture *fixture = *state;
	size_t broken = 42;

	(void)created(&fixture->store);
	assert_int_equal(count(&fixture->store, true, &broken), 1);
	assert_int_equal(broken, 0);
	tree_file(&fixture->tree, JOBS "broken.json", "{\"job\":");
	tree_file(&fixture->tree, JOBS "empty.json", "");
	tree_link(&fixture->tree, ENDED "link.json", "../jobs/empty.json");
	tree_file(&fixture->tree, ENDED "Note.txt", "hello");
	tree_file(&fixture->tree, JOBS ".half.json.0123", "{");
	assert_int_equal(count(&fixture->store, true, &broken), 1);
	assert_int_equal(broken, 4);
	assert_int_equal(count(&fixture->store, false, &broken), 1);
	assert_int_equal(broken, 2);
}

static void make_old(const struct fixture *fixture, const char *path)
{
	struct timespec times[2];

	assert_int_equal(clock_gettime(CLOCK_REALTIME, &times[0]), 0);
	times[0].tv_sec -= 120;
	times[1] = times[0];
	assert_int_equal(utimensat(fixture->tree.root.fd, path, times, 0), 0);
}

static void what_killed_writers_left_is_removed(void **state)
{
	static const char *const files[] = {
		JOBS ".one.json.0123456789abcdef", /* old: removed */
		JOBS ".two.json.0123456789abcdef", /* new */
		JOBS ".three.json.0123456789abcdeg", /* ours have other names */
		JOBS ".four.txt.0123456789abcdef",   JOBS ".0123456789abcdef", JOBS ".f",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		tree_file(&fixture->tree, files[i], "{");
		if (i != 1)
			make_old(fixture, files[i]);
	}
	assert_int_equal(count(&fixture->store, true, NULL), 0);
	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		assert_int_equal(faccessat(fixture->tree.root.fd, files[i], F_OK, 0) == 0,
				 i != 0);
}

static void a_record_under_a_wrong_name_is_broken(void **state)
{
	struct fixture *fixture = *state;
	struct job job = created(&fixture->store);
	char from[64];

	(void)snprintf(from, sizeof(from), JOBS "%s.json", job.id);
	assert_int_equal(renameat(fixture->tree.root.fd, from, fixture->tree.root.fd,
				  JOBS "other.json"),
			 0);
	assert_int_equal(
		job_store_read(&fixture->store, "other", &(struct job *){ NULL }),
		-EBADMSG);
}

static void jobs_are_listed_oldest_first(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_(job_array_done) job_array jobs = { 0 };
	struct job made[20];

	for (size_t i = 0; i < ARRAY_SIZE(made); i++) {
		made[i] = created(&fixture->store);
		if (i % 2) {
			made[i].state = JOB_DONE;
			assert_int_equal(job_store_write(&fixture->store, &made[i]), 0);
		}
	}
	assert_int_equal(job_store_list(&fixture->store, true, &jobs, NULL), 0);
	assert_int_equal(jobs.count, ARRAY_SIZE(made));
	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		assert_string_equal(jobs.items[i]->id, made[i].id);
	assert_int_equal(count(&fixture->store, false, NULL), ARRAY_SIZE(made) / 2);
}

/* As somebody sees it who looked into jobs/ before the move and into ended/ after. */
/* By when they were written, whatever they are called. */
static void ended_jobs_are_listed_with_a_bound(void **state)
{
	static const char *const ids[] = { "c", "b", "a" };
	const struct fixture *fixture = *state;
	_cleanup_(job_array_done) job_array two = { 0 }, late = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		const struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
						   { .tv_sec = 1000 * (time_t)(i + 1) } };
		struct job job = revoke_job();
		char path[64];

		strcpy(job.id, ids[i]);
		assert_int_equal(job_store_create(&fixture->store, &job), 0);
		job.state = JOB_FAILED;
		assert_int_equal(job_store_write(&fixture->store, &job), 0);
		(void)snprintf(path, sizeof(path), ENDED "%s.json", ids[i]);
		assert_int_equal(utimensat(fixture->tree.root.fd, path, times, 0), 0);
	}
	assert_int_equal(job_store_list_since(&fixture->store, 0, 2, &two), 0);
	assert_int_equal(two.count, 2);
	assert_string_equal(two.items[0]->id, "b");
	assert_string_equal(two.items[1]->id, "a");
	assert_int_equal(
		job_store_list_since(&fixture->store, INT64_C(2500000000), 2, &late), 0);
	assert_int_equal(late.count, 1);
	assert_string_equal(late.items[0]->id, "a");
}

static void a_job_seen_twice_is_listed_once(void **state)
{
	struct fixture *fixture = *state;
	struct job job = created(&fixture->store);
	_cleanup_(job_array_done) job_array jobs = { 0 };
	_cleanup_free_ char *armed = NULL;
	char path[64];

	(void)snprintf(path, sizeof(path), JOBS "%s.json", job.id);
	assert_int_equal(root_read(&fixture->tree.root, fixture->tree.root.fd, path, 4096,
				   &armed, NULL),
			 0);
	job.state = JOB_DONE;
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	tree_file(&fixture->tree, path, armed);
	assert_int_equal(job_store_list(&fixture->store, true, &jobs, NULL), 0);
	assert_int_equal(jobs.count, 1);
	assert_int_equal(jobs.items[0]->state, JOB_DONE);
}

static void *create_many(void *argument)
{
	for (int i = 0; i < 100; i++) {
		struct job job = revoke_job();

		if (job_store_create(argument, &job) < 0)
			return argument;
	}
	return NULL;
}

static void two_stores_do_not_share_an_id(void **state)
{
	struct fixture *fixture = *state;
	struct job_store other;
	pthread_t threads[2];
	size_t broken;

	assert_int_equal(job_store_open(fixture->tree.root.fd, &other), 0);
	assert_int_equal(pthread_create(&threads[0], NULL, create_many, &fixture->store),
			 0);
	assert_int_equal(pthread_create(&threads[1], NULL, create_many, &other), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		void *failed;

		assert_int_equal(pthread_join(threads[i], &failed), 0);
		assert_null(failed);
	}
	assert_int_equal(count(&fixture->store, false, &broken), 200);
	assert_int_equal(broken, 0);
	job_store_close(&other);
}

static void *take_id(void *argument)
{
	struct job job = revoke_job();

	strcpy(job.id, "0abc1");
	return job_store_create(argument, &job) == 0 ? argument : NULL;
}

static void one_of_two_gets_an_id(void **state)
{
	struct fixture *fixture = *state;
	pthread_t threads[8];
	int winners = 0;

	for (size_t i = 0; i < ARRAY_SIZE(threads); i++)
		assert_int_equal(
			pthread_create(&threads[i], NULL, take_id, &fixture->store), 0);
	for (size_t i = 0; i < ARRAY_SIZE(threads); i++) {
		void *won;

		assert_int_equal(pthread_join(threads[i], &won), 0);
		winners += !!won;
	}
	assert_int_equal(winners, 1);
}

/* Whatever moment a reader chooses, there is a whole record. */
static void *read_until_ended(void *argument)
{
	struct fixture *fixture = argument;

	for (;;) {
		_cleanup_(job_array_done) job_array jobs = { 0 };
		size_t broken;

		if (job_store_list(&fixture->store, true, &jobs, &broken) < 0 ||
		    broken > 0 || jobs.count != 1)
			return fixture;
		if (job_has_ended(jobs.items[0]))
			return NULL;
	}
}

static void readers_never_see_half_of_it(void **state)
{
	struct fixture *fixture = *state;
	struct job job = created(&fixture->store);
	pthread_t reader;
	void *failed;

	assert_int_equal(pthread_create(&reader, NULL, read_until_ended, fixture), 0);
	job.state = JOB_STARTED;
	for (int i = 0; i < 200; i++)
		assert_int_equal(job_store_write(&fixture->store, &job), 0);
	job.state = JOB_DONE;
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	assert_int_equal(pthread_join(reader, &failed), 0);
	assert_null(failed);
}

static bool fires(int fd)
{
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
	char events[4096];

	if (poll(&poll_fd, 1, 0) != 1)
		return false;
	while (read(fd, events, sizeof(events)) > 0)
		;
	return true;
}

static void a_watch_sees_every_change(void **state)
{
	struct fixture *fixture = *state;
	_cleanup_close_ int fd = job_store_watch(&fixture->store);
	struct job job;

	assert_true(fd >= 0);
	assert_false(fires(fd));
	job = created(&fixture->store);
	assert_true(fires(fd));
	assert_false(fires(fd));
	job.state = JOB_STARTED;
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	assert_true(fires(fd));
	assert_int_equal(count(&fixture->store, true, NULL), 1);
	assert_false(fires(fd));
	job.state = JOB_DONE;
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	assert_true(fires(fd));
}

static mode_t mode_of(const struct fixture *fixture, const char *path)
{
	struct stat status;

	assert_int_equal(fstatat(fixture->tree.root.fd, path, &status, 0), 0);
	return status.st_mode & 07777;
}

static void touch(struct fixture *fixture, const char *path)
{
	_cleanup_close_ int fd =
		openat(fixture->tree.root.fd, path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
}

static void what_a_killed_writer_left_is_swept(void **state)
{
	static const char left[] = "run/dmabufctl/undo/.0abc1.json.0123456789abcdef",
			  other[] = "run/dmabufctl/undo/.0abc12.json.0123456789abcdef";
	struct fixture *fixture = *state;
	struct undo undo = { .job = "0abc1" };

	touch(fixture, left);
	touch(fixture, other);
	assert_int_equal(undo_store_write(&fixture->store, &undo), 0);
	undo_store_sweep(&fixture->store, "0abc1");
	assert_int_equal(faccessat(fixture->tree.root.fd, left, F_OK, 0), -1);
	assert_int_equal(faccessat(fixture->tree.root.fd, other, F_OK, 0), 0);
	assert_int_equal(undo_store_read(&fixture->store, "0abc1", &undo), 0);
}

static void undo_is_kept_until_it_is_done(void **state)
{
	static const char path[] = "run/dmabufctl/undo/0abc1.json";
	struct fixture *fixture = *state;
	struct undo undo = { .job = "0abc1", .n_steps = 1 }, again;

	undo.steps[0] = (struct undo_step){ .kind = STEP_RESTORE_DRIVER,
					    .device = DEVICE,
					    .value = "vfio-pci" };
	assert_int_equal(undo_store_write(&fixture->store, &undo), 0);
	assert_int_equal(mode_of(fixture, path), 0600);
	undo.incomplete = true;
	assert_int_equal(undo_store_write(&fixture->store, &undo), 0);
	assert_int_equal(undo_store_read(&fixture->store, "0abc1", &again), 0);
	assert_true(again.incomplete);
	assert_string_equal(again.steps[0].value, "vfio-pci");
	undo.steps[0].kind = STEP_BIND;
	assert_int_equal(undo_store_write(&fixture->store, &undo), -EINVAL);
	assert_int_equal(undo_store_read(&fixture->store, "0abc1", &again), 0);
	assert_int_equal(undo_store_remove(&fixture->store, "0abc1"), 0);
	assert_int_equal(undo_store_remove(&fixture->store, "0abc1"), 0);
	assert_int_equal(undo_store_read(&fixture->store, "0abc1", &again), -ENOENT);
}

static void a_revoke_is_kept_until_it_is_restored(void **state)
{
	struct fixture *fixture = *state;
	struct revoked revoked = { .device = DEVICE,
				   .job = "0abc1",
				   .method = METHOD_MEMORY,
				   .owners = { { 49, 7 } },
				   .n_owners = 1,
				   .buffers = { 3, 4 },
				   .n_buffers = 2 },
		       again;

	assert_int_equal(revoked_store_write(&fixture->store, &revoked), 0);
	assert_int_equal(mode_of(fixture, "run/dmabufctl/revoked/" DEVICE ".json"), 0600);
	assert_int_equal(revoked_store_read(&fixture->store, DEVICE, &again), 0);
	assert_int_equal(again.owners[0].start_ticks, 7);
	assert_int_equal(again.buffers[1], 4);
	assert_false(again.finished);
	strcpy(revoked.device, "../undo/x");
	assert_int_equal(revoked_store_write(&fixture->store, &revoked), -EINVAL);
	assert_int_equal(revoked_store_remove(&fixture->store, "../undo/x"), -EINVAL);
	assert_int_equal(revoked_store_remove(&fixture->store, DEVICE), 0);
	assert_int_equal(revoked_store_read(&fixture->store, DEVICE, &again), -ENOENT);
}

static void a_link_is_replaced_and_not_written_through(void **state)
{
	struct fixture *fixture = *state;
	struct undo undo = { .job = "0abc1" };
	_cleanup_free_ char *text = NULL;

	tree_file(&fixture->tree, "victim", "untouched");
	tree_link(&fixture->tree, "run/dmabufctl/undo/0abc1.json", "../../../victim");
	assert_int_equal(undo_store_write(&fixture->store, &undo), 0);
	assert_int_equal(root_read(&fixture->tree.root, fixture->tree.root.fd, "victim",
				   100, &text, NULL),
			 0);
	assert_string_equal(text, "untouched");
	assert_int_equal(undo_store_read(&fixture->store, "0abc1", &undo), 0);
}

static void nothing_is_left_behind(void **state)
{
	struct fixture *fixture = *state;
	struct job job = created(&fixture->store), again = job;
	_cleanup_closedir_ DIR *directory = NULL;
	struct dirent *entry;
	int fd, files = 0;

	assert_int_equal(job_store_create(&fixture->store, &again), -EEXIST);
	job.state = JOB_STARTED;
	assert_int_equal(job_store_write(&fixture->store, &job), 0);
	fd = openat(fixture->store.state_fd, "jobs", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	directory = fdopendir(fd);
	assert_non_null(directory);
	while ((entry = readdir(directory)))
		files += strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
	assert_int_equal(files, 1);
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_its_directories_there_is_no_store),
		STORE_TEST(a_job_goes_its_way),
		STORE_TEST(a_job_ends_only_once),
		STORE_TEST(an_end_that_did_not_move_is_one),
		STORE_TEST(what_is_not_there_is_not_found),
		STORE_TEST(a_job_that_makes_no_sense_is_not_created),
		STORE_TEST(requests_become_jobs_of_the_same_id),
		STORE_TEST(what_is_no_file_of_its_own_is_refused),
		STORE_TEST(what_is_too_long_is_refused),
		STORE_TEST(what_would_be_too_long_is_not_written),
		STORE_TEST(the_largest_result_fits),
		STORE_TEST(broken_records_are_counted),
		STORE_TEST(what_killed_writers_left_is_removed),
		STORE_TEST(a_record_under_a_wrong_name_is_broken),
		STORE_TEST(jobs_are_listed_oldest_first),
		STORE_TEST(ended_jobs_are_listed_with_a_bound),
		STORE_TEST(a_job_seen_twice_is_listed_once),
		STORE_TEST(two_stores_do_not_share_an_id),
		STORE_TEST(one_of_two_gets_an_id),
		STORE_TEST(readers_never_see_half_of_it),
		STORE_TEST(a_watch_sees_every_change),
		STORE_TEST(undo_is_kept_until_it_is_done),
		STORE_TEST(what_a_killed_writer_left_is_swept),
		STORE_TEST(a_revoke_is_kept_until_it_is_restored),
		STORE_TEST(a_link_is_replaced_and_not_written_through),
		STORE_TEST(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
