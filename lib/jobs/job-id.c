/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/jobs/job-id.h"

#include <errno.h>
#include <sys/random.h>

enum {
	TIME_DIGITS = 11, /* enough for four thousand years */
	RANDOM_DIGITS = 4,
};

/* The last width digits of number, with zeros in front. */
static char *put_digits(char *to, uint64_t number, size_t width)
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";

	for (size_t i = width; i > 0; i--) {
		to[i - 1] = digits[number % 36];
		number /= 36;
	}
	return to + width;
}

int job_id_make(int64_t now_us, char ret[JOB_ID_TEXT])
{
	uint32_t random;
	char *to;

	if (getrandom(&random, sizeof(random), 0) < 0)
		return -errno;
	to = put_digits(ret, (uint64_t)now_us, TIME_DIGITS);
	to = put_digits(to, random, RANDOM_DIGITS);
	*to = '\0';
	return 0;
}
