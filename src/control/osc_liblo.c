/* osc_liblo.c — see osc.h: commands to packets. The only file of this program that includes lo/lo.h. */
#include "osc.h"

#include <lo/lo.h>

static int add(lo_message m, const struct us_arg *a)
{
	switch (a->type) {
	case 'i':
		return a->i >= INT32_MIN && a->i <= INT32_MAX ? lo_message_add_int32(m, (int32_t)a->i)
		                                              : lo_message_add_int64(m, a->i);
	case 'h':
		return lo_message_add_int64(m, a->i);
	case 'd':
		return (double)(float)a->d == a->d ? lo_message_add_float(m, (float)a->d)
		                                   : lo_message_add_double(m, a->d);
	case 's':
		return lo_message_add_string(m, a->s);
	case 'T':
		return lo_message_add_true(m);
	case 'F':
		return lo_message_add_false(m);
	default:
		return lo_message_add_nil(m);
	}
}

size_t us_osc_encode(const struct us_command *command, void *to, size_t room)
{
	size_t bytes = 0;
	lo_message m = lo_message_new();
	int failed = !m;
	for (uint32_t i = 0; i < command->argc && !failed; i++)
		failed = add(m, &command->arg[i]);
	if (!failed && lo_message_length(m, command->address) <= room)
		lo_message_serialise(m, command->address, to, &bytes);
	if (m)
		lo_message_free(m);
	return bytes;
}
