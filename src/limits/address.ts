// The address that limits count by. Whoever has one address of an IPv6 network mostly has 2^64 of them, so there it is
// the network (RFC 6177, 2).

import ipaddr from 'ipaddr.js';

const NETWORK_BITS = 64;

// Some proxies name the port too, of which each connection has another.
const WITH_PORT = /^(?:\[([\da-f:.]+)\]|(\d+(?:\.\d+){3}))(?::\d+)?$/i;

/** @param given as a socket or a trusted proxy gives it; what is none counts as it is */
export function countedAddress(given: string): string {
  const [, ipv6, ipv4] = WITH_PORT.exec(given) ?? [];
  const address = ipv6 ?? ipv4 ?? given;
  if (!ipaddr.isValid(address)) return address;
  // Also takes an IPv4 address out of its IPv6 form.
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toNormalizedString()}/${NETWORK_BITS}`)}/${NETWORK_BITS}`;
}
