import type { IncomingHttpHeaders } from 'node:http';
import { unreadable } from './delivery-error.ts';
import type { Forge } from './forge.ts';
import { github } from './github.ts';

/** All ways, asked in this order. */
const FORGES: readonly Forge[] = [github];

/** The forge of a delivery that is journaled. */
export function forgeNamed(name: string): Forge | undefined {
  return FORGES.find((one) => one.name === name);
}

/** The forge of a delivery. @throws {DeliveryError} if nobody knows it. */
export function forgeOf(headers: IncomingHttpHeaders): Forge {
  const forge = FORGES.find((one) => one.recognizes(headers));
  if (forge === undefined) throw unreadable('it has no X-GitHub-Event header');
  return forge;
}
