import type { MailSettings, NotifyRule } from '../../config/notify.ts';
import type { Decision } from './decide.ts';
import { isPullRequest } from './match.ts';

/** What recipients are found by. */
export interface PeopleFacts {
  readonly event: string;
  /** `Ada <ada@example.org>`: of the commit that was tested. */
  readonly author: string;
  /** Who owns what the failing tests or the commit touch, as CODEOWNERS names them. Asked only where a rule wants it. */
  readonly owners: () => Promise<readonly string[]>;
}

/** Addresses to which one rule sends; `named`: those among them that stand in the rule itself. */
export interface Recipients {
  readonly all: readonly string[];
  /** Found as authors or owners. */
  readonly found: readonly string[];
}

/** No spaces, brackets, quotes or control characters: nothing that could end a header. */
const ADDRESS = /^[^\s<>()[\]\\,;:@"\p{Cc}]{1,64}@[^\s<>()[\]\\,;:@"\p{Cc}]{1,255}$/u;
/** Addresses that nobody reads; and those that git makes up from the name of a machine, unless `only` lets them in. */
const UNREAD = /@users\.noreply\.|^no-?reply@/i;
const MADE_UP = /@localhost$|\.local(?:domain)?$/i;

/** Whom a mail rule tells of this. A pull request concerns its author alone. */
export async function recipients(
  { target }: NotifyRule,
  decision: Pick<Decision, 'occasion' | 'breakage'>,
  facts: PeopleFacts,
  mail: Pick<MailSettings, 'only' | 'people'>,
): Promise<Recipients> {
  if (target.kind !== 'mail') return { all: [], found: [] };
  const isPull = isPullRequest(facts);
  const named = isPull ? [] : target.to.filter((one) => one !== 'author' && one !== 'owners');
  const wants = (who: 'author' | 'owners') => target.to.includes(who) && !(isPull && who === 'owners');
  const found: string[] = [];
  if (wants('author')) found.push(...authorsOf(decision, facts).flatMap((author) => addressOf(author) ?? []));
  if (wants('owners') && decision.occasion !== 'fixed')
    for (const owner of await facts.owners())
      found.push(...(mail.people.get(owner.toLowerCase()) ?? (ADDRESS.test(owner) ? [owner] : [])));
  // who heard that it is broken hears that it is not any more
  if (decision.occasion === 'fixed' && (wants('author') || wants('owners')))
    found.push(...(decision.breakage?.people ?? []));
  const allowed = [...new Set(found)].filter((address) => isAllowed(address, mail));
  return { all: [...new Set([...named, ...allowed])], found: allowed };
}

/** The author of a breakage is the one of the commit since which it is broken; while that is not certain, the newest one's, too. */
function authorsOf({ occasion, breakage }: Pick<Decision, 'occasion' | 'breakage'>, { author }: PeopleFacts): string[] {
  if (breakage === null) return [author];
  switch (occasion) {
    case 'broken':
      return breakage.since.isCertain ? [breakage.since.author] : [breakage.since.author, author];
    case 'moved':
      return [breakage.since.author, ...breakage.people];
    case 'fixed':
      return breakage.people.length > 0 ? [] : [breakage.since.author];
    default:
      return [author];
  }
}

/** The address in `Ada <ada@example.org>`, if it is one that can be sent to. */
export function addressOf(author: string): string | undefined {
  const address = /<([^<>]*)>\s*$/.exec(author)?.[1] ?? author.trim();
  return ADDRESS.test(address) ? address : undefined;
}

function isAllowed(address: string, { only }: Pick<MailSettings, 'only'>): boolean {
  if (UNREAD.test(address)) return false;
  if (only === null) return !MADE_UP.test(address);
  return only.some((pattern) => fits(pattern.toLowerCase(), address.toLowerCase()));
}

/** `*@example.org`: a star takes any text, and there may be several. */
function fits(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  if (rest.length === 0) return pattern === text;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const [index, part] of rest.entries()) {
    const found = index === rest.length - 1 ? text.length - part.length : text.indexOf(part, at);
    if (found < at || !text.startsWith(part, found)) return false;
    at = found + part.length;
  }
  return true;
}
