/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/wire/time.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "lib/wire/json.h"

#define SECOND INT64_C(1000000)

static const char form[] = "dddd-dd-ddTdd:dd:dd";

int wire_add_time(struct json_object *object, const char *key, int64_t us)
{
	time_t seconds = (time_t)(us / SECOND);
	char text[32];
	struct tm tm;

	if (us <= 0 || !gmtime_r(&seconds, &tm) ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm) !=
		    sizeof(form)) /* with the Z: not a year of five digits */
		return wire_add_null(object, key);
	return wire_add_text(object, key, text);
}

static bool is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* "Z", or ".25Z" */
static bool ends_well(const char *text)
{
	if (*text == '.' && !is_digit(*++text))
		return false;
	while (is_digit(*text))
		text++;
	return strcmp(text, "Z") == 0;
}

static int number_at(const char *text, size_t digits)
{
	int number = 0;

	while (digits-- > 0)
		number = number * 10 + (*text++ - '0');
	return number;
}

static int parse(const char *text, int64_t *ret_us)
{
	struct tm tm, again;
	time_t seconds;

	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i])
			return -EBADMSG;
	if (!ends_well(text + sizeof(form) - 1))
		return -EBADMSG;
	tm = (struct tm){
		.tm_year = number_at(text, 4) - 1900,
		.tm_mon = number_at(text + 5, 2) - 1,
		.tm_mday = number_at(text + 8, 2),
		.tm_hour = number_at(text + 11, 2),
		.tm_min = number_at(text + 14, 2),
		.tm_sec = number_at(text + 17, 2),
	};
	again = tm;
	seconds = timegm(&again);
	/* timegm() turns the 31st of February into a day of March */
	if (seconds <= 0 || again.tm_mon != tm.tm_mon || again.tm_mday != tm.tm_mday ||
	    again.tm_hour != tm.tm_hour || again.tm_min != tm.tm_min ||
	    again.tm_sec != tm.tm_sec)
		return -EBADMSG;
	*ret_us = (int64_t)seconds * SECOND;
	return 0;
}

int wire_get_time(struct json_object *object, const char *key, int64_t *ret_us)
{
	const char *text;
	int r = wire_get_text(object, key, &text);

	if (r < 0)
		return r;
	if (text)
		return parse(text, ret_us);
	*ret_us = 0;
	return 0;
}
