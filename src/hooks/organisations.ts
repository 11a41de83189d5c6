import type { IncomingHttpHeaders } from 'node:http';
import type { ForgeSettings } from '../config/config.ts';
import { secretIn } from '../config/host-tokens.ts';
import { matchesPattern } from '../workflow/allowed-actions.ts';
import type { Forge } from './forge.ts';

/** A repository of a forge whose webhook is one for all. */
export interface AllowedRepository {
  /** Full name, as the forge says it. */
  readonly name: string;
  /** Where git finds it: on the forge of the configuration, whatever the payload says. */
  readonly source: string;
}

/** Somebody who knows the secret of a whole organisation. `repository` undefined: it names none that is allowed. */
export interface Membership {
  readonly repository: AllowedRepository | undefined;
}

/** Names as forges make them; nothing in them leads out of a path. */
const NAME = /^(?!.*(?:^|\/)\.{1,2}(?:\/|$))[\w.~-]+(?:\/[\w.~-]+)+$/;

/** The webhooks of whole organisations: `github` and `forges[]` with a secret. */
export class Organisations {
  readonly #forges: readonly ForgeSettings[];

  constructor(forges: readonly ForgeSettings[]) {
    this.#forges = forges.filter(({ webhookSecretFile }) => webhookSecretFile !== null);
  }

  /** The secrets of the webhooks of this kind of forge. */
  async secretsOf({ name }: Pick<Forge, 'name'>): Promise<readonly string[]> {
    const files = this.#forges.flatMap(({ kind, webhookSecretFile }) =>
      nameOf(kind) === name && webhookSecretFile !== null ? [webhookSecretFile] : [],
    );
    return (await Promise.all(files.map(secretIn))).filter((secret) => secret !== undefined);
  }

  /**
   * Who signed this with the secret of an organisation; undefined: nobody. All secrets are tried, so that it takes as long for
   * whoever is wrong.
   */
  async memberOf(
    forge: Forge,
    names: readonly string[],
    text: string,
    headers: IncomingHttpHeaders,
  ): Promise<Membership | undefined> {
    let found: Membership | undefined;
    for (const settings of this.#forges.filter(({ kind }) => nameOf(kind) === forge.name)) {
      const secret = await secretIn(settings.webhookSecretFile ?? '');
      if (secret === undefined || !(await forge.verify(secret, text, headers))) continue;
      const repository = placeOn(settings, names);
      if (found?.repository === undefined) found = { repository };
    }
    return found;
  }

  /** Where a repository is that was taken before; undefined: it is allowed no longer. */
  placeOf(forge: Pick<Forge, 'name'>, names: readonly string[]): AllowedRepository | undefined {
    for (const settings of this.#forges) {
      const place = nameOf(settings.kind) === forge.name ? placeOn(settings, names) : undefined;
      if (place !== undefined) return place;
    }
    return undefined;
  }
}

/** As its deliveries are named. */
function nameOf(kind: ForgeSettings['kind']): string {
  return kind.replaceAll('_', '-');
}

function placeOn({ kind, url, allow }: ForgeSettings, names: readonly string[]): AllowedRepository | undefined {
  const name = names.find((one) => one.length <= 300 && NAME.test(one));
  if (name === undefined || !allow.some((pattern) => matchesPattern(pattern, name))) return undefined;
  const path = kind === 'bitbucket_data_center' ? `scm/${name.toLowerCase()}` : name;
  return { name, source: `${url}/${path}.git` };
}
