import { randomBytes } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isNoCommit } from '../model/push.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import { refused } from './delivery-error.ts';
import type { Forge, Order } from './forge.ts';
import { isAddress } from './known-repositories.ts';
import { NEWCOMER } from './newcomers.ts';
import type { Organisations } from './organisations.ts';

/** Who is known, and whose secrets count. */
export interface AddresseeOptions {
  /** By full name or address, as a payload says it. */
  readonly repositoryOf: (name: string) => WireRepository | undefined;
  /** Whose webhook is one for all of their repositories. */
  readonly organisations: Organisations;
  /** What deliveries of the installation's GitHub App are signed with; undefined: there is none. */
  readonly appSecret: () => Promise<string | undefined>;
}

/** The repository that a delivery is for; one that is not watched yet has the id {@link NEWCOMER}. */
export type Addressee = Pick<WireRepository, 'id' | 'name' | 'sources'>;

/** A delivery as it came. */
export interface Unverified {
  readonly forge: Forge;
  readonly text: string;
  readonly headers: IncomingHttpHeaders;
}

/** Somebody to verify for when the repository is not known, so that it takes as long as for one that is. */
const NOBODY = { secret: randomBytes(32).toString('hex') };

/**
 * Who is meant, if the sender has the secret of that repository, or of the organisation that it is of.
 * @throws {DeliveryError} the same one in all other cases.
 */
export async function addresseeOf(
  { repositoryOf, organisations, appSecret }: AddresseeOptions,
  { forge, text, headers }: Unverified,
  payload: unknown,
): Promise<Addressee> {
  const names = forge.namesOf(payload);
  const [repository, ...others] = candidates(names, repositoryOf);
  for (const one of [repository, others[0]])
    if ((await forge.verify((one ?? NOBODY).secret, text, headers)) && one !== undefined) return one;
  // the App of the installation speaks for every repository in which it is installed
  const ofApp = forge.name === 'github' ? await appSecret() : undefined;
  if (ofApp !== undefined && repository !== undefined && (await forge.verify(ofApp, text, headers))) return repository;
  const member = await organisations.memberOf(forge, names, text, headers);
  if (member === undefined) throw refused(names[0]);
  const { name = '', source = '' } = member.repository ?? {};
  return repositoryOf(source) ?? { id: NEWCOMER, name, sources: source === '' ? [] : [source] };
}

/** What is large costs much to parse: only what somebody whom we know has signed is. @throws {DeliveryError} */
export async function verifyUnparsed(
  { repositoryOf, organisations, appSecret }: AddresseeOptions,
  { forge, text, headers }: Unverified,
): Promise<void> {
  const names = new Set(
    [
      ...text.matchAll(
        /"(?:full_name|path_with_namespace|clone_url|ssh_url|git_http_url|git_ssh_url|href)"\s*:\s*"([^"\\]{1,1000})"/g,
      ),
    ]
      .slice(0, 1000)
      .map((match) => match[1]),
  );
  const secrets = [...names].flatMap((name) => repositoryOf(name ?? '')?.secret ?? []);
  const ofApp = forge.name === 'github' ? ((await appSecret()) ?? []) : [];
  const all = [...[...new Set(secrets)].slice(0, 3), ...(await organisations.secretsOf(forge))].concat(ofApp);
  for (const secret of all) if (await forge.verify(secret, text, headers)) return;
  if (all.length === 0) await forge.verify(NOBODY.secret, text, headers);
  throw refused([...names][0]);
}

/** A repository that is not watched yet is added by its first push; nothing else of it is of any use. */
export function whyNotYet({ id, name, sources }: Addressee, order: Order): string | undefined {
  if (id !== NEWCOMER || order.kind === 'ping') return undefined;
  if (sources.length === 0) return 'the repository is not among those that are allowed';
  if (order.kind === 'push' && !isNoCommit(order.push.after)) return undefined;
  return `${name} is not watched yet; it is added when it first pushes`;
}

/** Whom a payload may mean: two forges may have the same full name, so that an address says more than a name. */
function candidates(
  names: readonly string[],
  repositoryOf: AddresseeOptions['repositoryOf'],
): readonly WireRepository[] {
  const likeliest = [...names.filter(isAddress), ...names.filter((name) => !isAddress(name))];
  return [...new Set(likeliest.flatMap((name) => repositoryOf(name) ?? []))];
}
