/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A shortcut for what the master agent reads.
 *
 * Net-SNMP hands a request of the master to an agent inside this program, through two pipes
 * and with four copies of the PDU; the answer goes back the same way.  That, and its making of
 * PDUs from octets, is most of the time that a GET takes.  So the receiving function of the
 * session's transport is taken over: Get and GetNext of CDAT-MIB are answered from the octets
 * as they come, by the functions that the handler uses, all that came at once in one write;
 * all else - SETs, other registrations, contexts, administration - is passed on to Net-SNMP
 * octet by octet, as if it had been read by it.
 */
#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "agent/shortcut.h"

#include "agent/agentx.h"
#include "agent/read.h"

#define IN_ROOM		65536
#define OUT_ROOM	65536
#define REQUEST_MOST	16384	/* a longer one, of several hundred variables, is Net-SNMP's */

/* The session has one transport at a time, and no pointer of ours in it. */
static struct lane {
	struct agent *agent;
	size_t owed;			/* octets yet to come of a PDU that is Net-SNMP's */
	size_t len;			/* of `in`: the start of a PDU that is not whole yet */
	size_t replied;
	uint8_t in[IN_ROOM], out[OUT_ROOM];
} lane;

/* Answers one variable.  False: it is not ours to answer, or malformed. */
static bool answer_one(const struct mib_data *data, const struct agentx_header *header,
		       struct agentx_in *in, struct agentx_out *out)
{
	oid name[MAX_OID_LEN], end[MAX_OID_LEN], found[MAX_OID_LEN];
	size_t len, end_len, found_len;
	bool include, unused;
	struct mib_value value;
	enum mib_found got;

	/* A range of the master; an end of length zero is none. */
	if (!agentx_take_oid(in, name, &len, &include) || !agentx_take_oid(in, end, &end_len, &unused) ||
	    !read_is_below(data, name, len))
		return false;
	if (header->type == AGENTX_GETNEXT) {
		/* RFC 2741 7.2.3.2: past the end, endOfMibView under the name it began at. */
		if (read_after(data, name, len, include, end, end_len, found, &found_len, &value))
			agentx_put(out, found, found_len, value.asn, value.data, value.len);
		else
			agentx_put(out, name, len, SNMP_ENDOFMIBVIEW, NULL, 0);
		return true;
	}
	got = read_value(data, name, len, &value);
	if (got == MIB_FOUND)
		agentx_put(out, name, len, value.asn, value.data, value.len);
	else
		agentx_put(out, name, len, got == MIB_NO_OBJECT ? SNMP_NOSUCHOBJECT
			   : SNMP_NOSUCHINSTANCE, NULL, 0);
	return true;
}

static bool answer(const struct mib_data *data, const uint8_t *pdu,
		   const struct agentx_header *header, struct agentx_out *out)
{
	struct agentx_in in = { pdu + AGENTX_HEADER, pdu + header->len, header->net };

	if (in.at == in.end)
		return false;
	agentx_begin(out, pdu, header);
	while (in.at < in.end) {
		if (!answer_one(data, header, &in, out))
			return false;
	}
	agentx_end(out);
	return !out->full;
}

/* What the master does not take any more is lost with the session, as Net-SNMP finds. */
static void send_replies(int fd)
{
	size_t sent = 0;

	while (sent < lane.replied) {
		const ssize_t n = send(fd, lane.out + sent, lane.replied - sent, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		sent += (size_t)n;
	}
	lane.replied = 0;
}

enum taken { ANSWERED, NOT_WHOLE, PASSED_ON };

/* The PDU at `pdu`, of which `left` octets are there. */
static enum taken take(int fd, const struct mib_data *data, const uint8_t *pdu, size_t left,
		       size_t *len)
{
	struct agentx_header header;
	struct agentx_out out;

	if (left < AGENTX_HEADER)
		return NOT_WHOLE;
	*len = AGENTX_HEADER;
	if (!agentx_header(pdu, &header))
		return PASSED_ON;	/* Net-SNMP ends the session */
	*len = header.len;
	if ((header.type != AGENTX_GET && header.type != AGENTX_GETNEXT) || header.context ||
	    header.len > REQUEST_MOST)
		return PASSED_ON;
	if (left < header.len)
		return NOT_WHOLE;
	for (;;) {
		out = (struct agentx_out){ .data = lane.out + lane.replied,
					   .room = sizeof(lane.out) - lane.replied };
		if (answer(data, pdu, &header, &out)) {
			lane.replied += out.len;
			return ANSWERED;
		}
		if (!out.full || !lane.replied)
			return PASSED_ON;
		send_replies(fd);
	}
}

/* Goes through what came; returns how much of it is Net-SNMP's, copied to `to`. */
static size_t sort_out(int fd, const struct mib_data *data, uint8_t *to)
{
	size_t at = 0, passed = 0, len = 0;

	while (at < lane.len) {
		const size_t left = lane.len - at;
		size_t n;

		if (!lane.owed) {
			const enum taken taken = take(fd, data, lane.in + at, left, &len);

			if (taken == NOT_WHOLE)
				break;
			if (taken == ANSWERED) {
				at += len;
				continue;
			}
			/* its answer comes after those that are written here */
			send_replies(fd);
			lane.owed = len;
		}
		n = lane.owed < left ? lane.owed : left;
		memcpy(to + passed, lane.in + at, n);
		passed += n;
		at += n;
		lane.owed -= n;
	}
	send_replies(fd);
	if (at > 0)
		memmove(lane.in, lane.in + at, lane.len - at);
	lane.len -= at;
	return passed;
}

/* In the place of the transport's own: what it returns, Net-SNMP takes for what was read. */
static int on_receive(netsnmp_transport *t, void *buf, int size, void **opaque, int *opaque_len)
{
	const size_t most = (size_t)size < sizeof(lane.in) ? (size_t)size : sizeof(lane.in);
	struct mib_data data;
	size_t passed = 0;
	ssize_t n;

	*opaque = NULL;
	*opaque_len = 0;
	n = most > lane.len ? recv(t->sock, lane.in + lane.len, most - lane.len, 0) : -1;
	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		return (int)n;		/* the session is at its end */
	if (n > 0) {
		data = agent_data(lane.agent);
		lane.len += (size_t)n;
		passed = sort_out(t->sock, &data, buf);
	}
	if (!passed)
		t->flags |= NETSNMP_TRANSPORT_FLAG_EMPTY_PKT;
	return (int)passed;
}

void shortcut_take_over(struct agent *agent, netsnmp_transport *t)
{
	lane.agent = agent;
	lane.owed = lane.len = lane.replied = 0;
	t->f_recv = on_receive;
}

void shortcut_install(struct agent *agent, netsnmp_session *session)
{
	void *opened = snmp_sess_pointer(session);
	netsnmp_transport *t = opened ? snmp_sess_transport(opened) : NULL;

	if (t)
		shortcut_take_over(agent, t);
}
