/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Records, changes and messages of the control protocol as octets: the first octet of the
 * input chooses the message (fill_all), the rest is decoded.
 */
#include "oracle.h"
#include "unit/fill.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t room[ORACLE_STRUCT_MAX] __attribute__((aligned(16)));
	const struct cdat_msg *msg;

	if (!size)
		return 0;
	msg = fill_all(data[0]);
	if (msg && msg->nfields)
		oracle_codec((struct cdat_view){ data + 1, size - 1 }, msg, room);
	return 0;
}
