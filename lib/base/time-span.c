/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/base/time-span.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"

#define SECOND UINT64_C(1000000)

/* The names of systemd.time(7), with its lengths of a month and a year. */
static const struct {
	const char *name;
	uint64_t us;
} units[] = {
	{ "usec", 1 },
	{ "us", 1 },
	{ "\xc2\xb5s", 1 },
	{ "\xce\xbcs", 1 },
	{ "msec", 1000 },
	{ "ms", 1000 },
	{ "seconds", SECOND },
	{ "second", SECOND },
	{ "sec", SECOND },
	{ "s", SECOND },
	{ "minutes", 60 * SECOND },
	{ "minute", 60 * SECOND },
	{ "min", 60 * SECOND },
	{ "m", 60 * SECOND },
	{ "hours", 3600 * SECOND },
	{ "hour", 3600 * SECOND },
	{ "hr", 3600 * SECOND },
	{ "h", 3600 * SECOND },
	{ "days", 86400 * SECOND },
	{ "day", 86400 * SECOND },
	{ "d", 86400 * SECOND },
	{ "weeks", 7 * 86400 * SECOND },
	{ "week", 7 * 86400 * SECOND },
	{ "w", 7 * 86400 * SECOND },
	{ "months", 2629800 * SECOND },
	{ "month", 2629800 * SECOND },
	{ "M", 2629800 * SECOND },
	{ "years", 31557600 * SECOND },
	{ "year", 31557600 * SECOND },
	{ "y", 31557600 * SECOND },
};

static const char blanks[] = " \t";
static const char digits[] = "0123456789";

/* Moves *text behind a unit; none stands for seconds. */
static int take_unit(const char **text, uint64_t *ret)
{
	size_t length = strcspn(*text, " \t.0123456789");

	if (length == 0) {
		*ret = SECOND;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		if (strlen(units[i].name) != length ||
		    strncmp(units[i].name, *text, length) != 0)
			continue;
		*text += length;
		*ret = units[i].us;
		return 0;
	}
	return -EINVAL;
}

/* total = total * factor + more */
static int accumulate(uint64_t *total, uint64_t factor, uint64_t more)
{
	uint64_t product, sum;

	if (__builtin_mul_overflow(*total, factor, &product) ||
	    __builtin_add_overflow(product, more, &sum))
		return -ERANGE;
	*total = sum;
	return 0;
}

static int take_digits(const char **text, uint64_t *ret)
{
	uint64_t number = 0;
	int r = 0;

	for (; **text && strchr(digits, **text); (*text)++)
		if (r == 0)
			r = accumulate(&number, 10, (uint64_t)(**text - '0'));
	*ret = number;
	return r;
}

/* Moves *text behind a decimal point and its digits, which *ret holds; or leaves it. */
static int take_fraction(const char **text, const char **ret, size_t *ret_length)
{
	*ret = *text;
	*ret_length = 0;
	if (**text != '.')
		return 0;
	*ret = *text + 1;
	*ret_length = strspn(*ret, digits);
	*text = *ret + *ret_length;
	return *ret_length > 0 ? 0 : -EINVAL;
}

/* What the digits behind a decimal point are worth; less than 1 us is dropped. */
static uint64_t fraction_of(const char *fraction, size_t length, uint64_t unit)
{
	uint64_t us = 0;

	for (size_t i = 0; i < length; i++) {
		unit /= 10;
		us += unit * (uint64_t)(fraction[i] - '0');
	}
	return us;
}

/* One "2min" or "1.5 h", added to *total. */
static int take_item(const char **text, uint64_t *total)
{
	const char *fraction;
	uint64_t number, unit;
	size_t length;
	int r;

	if (strspn(*text, digits) == 0)
		return -EINVAL;
	r = take_digits(text, &number);
	if (r == 0)
		r = take_fraction(text, &fraction, &length);
	if (r < 0)
		return r;
	*text += strspn(*text, blanks);
	r = take_unit(text, &unit);
	if (r == 0)
		r = accumulate(&number, unit, fraction_of(fraction, length, unit));
	if (r == 0)
		r = accumulate(total, 1, number);
	return r;
}

int time_span_parse(const char *text, uint64_t *ret_us)
{
	uint64_t total = 0;
	int r;

	text += strspn(text, blanks);
	if (strcmp(text, "infinity") == 0) {
		*ret_us = TIME_SPAN_INFINITE;
		return 0;
	}
	do {
		r = take_item(&text, &total);
		if (r < 0)
			return r;
		text += strspn(text, blanks);
	} while (*text);
	if (total == TIME_SPAN_INFINITE)
		return -ERANGE;
	*ret_us = total;
	return 0;
}
