/* SPDX-License-Identifier: BSD-2-Clause */
/* From members of records to values of SNMP; see mib.h. */
#include "config.h"

#include <string.h>
#include <time.h>

#include "agent/mib.h"
#include "wire/attr.h"

void mib_put_integer(struct mib_value *value, long number)
{
	value->asn = ASN_INTEGER;
	value->u.integer = number;
	value->data = &value->u.integer;
	value->len = sizeof(value->u.integer);
}

void mib_put_number(struct mib_value *value, u_char asn, u_long number)
{
	value->asn = asn;
	if (asn == ASN_COUNTER64) {
		value->u.c64.high = number >> 32;
		value->u.c64.low = number & 0xffffffffu;
		value->data = &value->u.c64;
		value->len = sizeof(value->u.c64);
		return;
	}
	value->u.number = number & 0xffffffffu;
	value->data = &value->u.number;
	value->len = sizeof(value->u.number);
}

void mib_put_octets(struct mib_value *value, const void *octets, size_t len)
{
	value->asn = ASN_OCTET_STR;
	value->data = octets;
	value->len = len;
}

void mib_put_text(struct mib_value *value, const char *text)
{
	mib_put_octets(value, text, strlen(text));
}

void mib_put_oid(struct mib_value *value, const oid *name, size_t len)
{
	value->asn = ASN_OBJECT_ID;
	value->data = name;
	value->len = len * sizeof(*name);
}

u_long mib_stamp(const struct mib_data *data, uint64_t mono)
{
	const int64_t since = (int64_t)mono - data->agent_start;

	return mono && since > 0 ? (u_long)(since / 10000) : 0;
}

void mib_put_stamp(struct mib_value *value, const struct mib_data *data, uint64_t mono)
{
	mib_put_number(value, ASN_TIMETICKS, mib_stamp(data, mono));
}

/* DateAndTime (RFC 2579) in local time with its offset from UTC. */
void mib_put_date(struct mib_value *value, uint64_t wall)
{
	const time_t seconds = (time_t)(wall / 1000000);
	u_char *o = value->u.octets;
	struct tm tm;
	long offset;

	memset(o, 0, 8);
	mib_put_octets(value, o, 8);
	if (!wall || !localtime_r(&seconds, &tm))
		return;
	offset = tm.tm_gmtoff < 0 ? -tm.tm_gmtoff : tm.tm_gmtoff;
	o[0] = (u_char)((tm.tm_year + 1900) >> 8);
	o[1] = (u_char)((tm.tm_year + 1900) & 0xff);
	o[2] = (u_char)(tm.tm_mon + 1);
	o[3] = (u_char)tm.tm_mday;
	o[4] = (u_char)tm.tm_hour;
	o[5] = (u_char)tm.tm_min;
	o[6] = (u_char)tm.tm_sec;
	o[7] = (u_char)(wall % 1000000 / 100000);
	o[8] = tm.tm_gmtoff < 0 ? '-' : '+';
	o[9] = (u_char)(offset / 3600);
	o[10] = (u_char)(offset % 3600 / 60);
	value->len = 11;
}

void mib_put_silence(struct mib_value *value, const struct mib_data *data, uint64_t mono)
{
	const uint64_t ms = data->now_mono > mono ? (data->now_mono - mono) / 1000 : 0;

	mib_put_number(value, ASN_GAUGE, !mono || ms > 0xffffffffu ? 0xffffffffu : ms);
}

static uint64_t number_at(const void *member, size_t size)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	switch (size) {
	case 1:
		return *(const uint8_t *)member;
	case 2:
		memcpy(&u16, member, sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, member, sizeof(u32));
		return u32;
	default:
		memcpy(&u64, member, sizeof(u64));
		return u64;
	}
}

static void put_addr(struct mib_value *value, enum mib_form form, const struct cdat_addr *addr)
{
	const size_t len = addr->family == CDAT_AF_IPV4 ? 4 : addr->family == CDAT_AF_IPV6 ? 16 : 0;

	switch (form) {
	case MIB_ADDR_TYPE:
		mib_put_integer(value, addr->family);
		return;
	case MIB_ADDR:
		mib_put_octets(value, addr->octets, len);
		return;
	case MIB_ADDR_PORT:
		mib_put_number(value, ASN_UNSIGNED, addr->port);
		return;
	default:
		if (len)
			mib_put_text(value, cdat_addr_text(addr, value->u.text,
							   sizeof(value->u.text)));
		else
			mib_put_text(value, "");
	}
}

void mib_value(const struct mib_data *data, const struct mib_instance *inst,
	       struct mib_value *value)
{
	const struct mib_column *col = inst->column;
	const char *member;

	if (col->form == MIB_CALL) {
		col->call(data, inst->record, value);
		return;
	}
	member = (const char *)inst->record + col->offset;
	switch (col->form) {
	case MIB_NUMBER:
		if (col->asn == ASN_INTEGER)
			mib_put_integer(value, (long)number_at(member, col->size));
		else
			mib_put_number(value, col->asn, number_at(member, col->size));
		return;
	case MIB_SIGNED:
		mib_put_integer(value, *(const int8_t *)member);
		return;
	case MIB_TRUTH:
		mib_put_integer(value, *(const bool *)member ? 1 : 2);
		return;
	case MIB_TEXT:
		mib_put_text(value, member);
		return;
	case MIB_STAMP:
		mib_put_stamp(value, data, number_at(member, col->size));
		return;
	case MIB_DATE:
		mib_put_date(value, number_at(member, col->size));
		return;
	case MIB_SILENCE:
		mib_put_silence(value, data, number_at(member, col->size));
		return;
	default:
		put_addr(value, col->form, (const struct cdat_addr *)(const void *)member);
	}
}
