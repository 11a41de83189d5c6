import { createContext } from 'preact';
import { KeyRegistry } from './keys.ts';
import { type LiveState, notConnected } from './live.ts';
import { Person } from './person.ts';
import { stillTicker, type Ticker } from './ticker.ts';

/** What components can reach without it being handed through all of them. */
export interface PageServices {
  readonly ticker: Ticker;
  readonly live: LiveState;
  readonly keys: KeyRegistry;
  readonly person: Person;
}

/** The services of the page; on the server such that do nothing. */
export const Services = createContext<PageServices>(stillServices('1970-01-01T00:00:00.000Z'));

/** Services of a page that is rendered once, at a moment. */
export function stillServices(now: string): PageServices {
  return { ticker: stillTicker(now), live: notConnected, keys: new KeyRegistry(), person: new Person(null) };
}
