/* SPDX-License-Identifier: BSD-2-Clause */
/* What follows from an adapter's configured values and the facts its owner told. */
#include "core/table_int.h"

bool adapter_usable(const struct cdat_adapter *a)
{
	return a->row == CDAT_ROW_ACTIVE && a->admin == CDAT_ADMIN_UP &&
	       a->addr.family != CDAT_AF_NONE;
}

/* cdatAdapterPreference: lowest first, then the larger class, then the lower number. */
static bool goes_before(const struct cdat_adapter *a, const struct cdat_adapter *b)
{
	if (a->preference != b->preference)
		return a->preference < b->preference;
	if (a->class_ != b->class_)
		return a->class_ > b->class_;
	return a->adapter < b->adapter;
}

size_t cdat_tnode_order(const struct cdat_tnode *tnode, uint8_t order[CDAT_NODE_ADAPTERS])
{
	const struct cdat_adapter *sorted[CDAT_NODE_ADAPTERS];
	size_t n = 0;

	for (size_t i = 0; i < tnode->nadapters && n < CDAT_NODE_ADAPTERS; i++) {
		const struct cdat_adapter *a = &tnode->adapters[i];
		size_t at = n;

		if (!adapter_usable(a))
			continue;
		for (; at > 0 && goes_before(a, sorted[at - 1]); at--)
			sorted[at] = sorted[at - 1];
		sorted[at] = a;
		n++;
	}
	for (size_t i = 0; i < n; i++)
		order[i] = sorted[i]->adapter;
	return n;
}

/* Without a value: the least that every path of the family carries (RFC 791: 576 octets
 * are accepted by all hosts; RFC 8200, 5: 1280). */
uint16_t cdat_adapter_mtu(const struct cdat_adapter *adapter)
{
	uint16_t set = adapter->mtu, told = adapter->mtu_reported;

	if (set && told)
		return set < told ? set : told;
	if (set || told)
		return set ? set : told;
	return adapter->addr.family == CDAT_AF_IPV6 ? 1280 : 576;
}

/* Media on which single losses are usual get more attempts before an address is given
 * up; zero keeps the cluster's parameter. */
uint8_t cdat_adapter_threshold(const struct cdat_adapter *adapter, const struct cdat_params *params)
{
	static const struct {
		uint16_t type;
		uint8_t threshold;
	} by_type[] = {
		{CDAT_IFT_PPP, 5},
		{CDAT_IFT_TUNNEL, 5},
		{CDAT_IFT_LOOPBACK, 2},
		{CDAT_IFT_INFINIBAND, 2},
	};
	unsigned type = cdat_adapter_type(adapter);

	if (adapter->retry_threshold)
		return adapter->retry_threshold;
	for (size_t i = 0; i < sizeof(by_type) / sizeof(by_type[0]); i++)
		if (by_type[i].type == type)
			return by_type[i].threshold;
	return (uint8_t)params->retry_threshold;
}

uint8_t cdat_adapter_dscp(const struct cdat_adapter *adapter)
{
	static const uint8_t by_class[] = {
		/* CdatClassOfService of the MIB */
		[CDAT_CLASS_UNSPECIFIED] = 0,  [CDAT_CLASS_BULK] = 8,	  [CDAT_CLASS_STANDARD] = 0,
		[CDAT_CLASS_INTERACTIVE] = 34, [CDAT_CLASS_CONTROL] = 48,
	};

	if (adapter->dscp >= 0)
		return (uint8_t)adapter->dscp;
	return adapter->class_ < sizeof(by_class) ? by_class[adapter->class_] : 0;
}

unsigned cdat_adapter_prefix(const struct cdat_adapter *adapter)
{
	return adapter->prefix_len ? adapter->prefix_len : adapter->prefix_reported;
}

unsigned cdat_adapter_type(const struct cdat_adapter *adapter)
{
	if (adapter->type != CDAT_IFT_OTHER || !adapter->type_reported)
		return adapter->type;
	return adapter->type_reported;
}
