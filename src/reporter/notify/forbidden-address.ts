import { BlockList, isIPv6 } from 'node:net';

/** Link-local addresses, and those at which clouds answer with the credentials of the machine. */
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet('169.254.0.0', 16, 'ipv4');
FORBIDDEN.addAddress('100.100.100.200', 'ipv4');
FORBIDDEN.addSubnet('fe80::', 10, 'ipv6');
FORBIDDEN.addAddress('fd00:ec2::254', 'ipv6');
FORBIDDEN.addSubnet('::ffff:169.254.0.0', 112, 'ipv6');
FORBIDDEN.addAddress('::ffff:100.100.100.200', 'ipv6');

/** May a name not lead to this address? */
export function isForbidden(address: string): boolean {
  return FORBIDDEN.check(address.replace(/%.*$/, ''), isIPv6(address) ? 'ipv6' : 'ipv4');
}
