import type { ForgeSettings } from '../config/config.ts';
import { authorizationOf } from '../config/forge-authorization.ts';
import { forgeOf } from '../config/forge-of.ts';
import { type TokenMaker, tokenAt } from '../config/host-tokens.ts';
import type { WireRepository } from '../protocol/wire-repository.ts';
import { ForgeClient } from './forge-client.ts';

/** A repository as the API of its forge knows it. */
export interface PlaceAtForge {
  readonly client: ForgeClient;
  readonly kind: ForgeSettings['kind'];
  readonly token: string;
  /** The token as this API wants it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly owner: string;
  readonly repo: string;
  /** Both, and what is between them at GitLab. */
  readonly path: string;
}

const GITHUB: ForgeSettings = Object.freeze({
  ...{ kind: 'github', url: 'https://github.com', api: 'https://api.github.com' },
  ...{ tokenFile: null, user: null, hasStatuses: false, allow: [], webhookSecretFile: null },
});

/** The APIs of the forges, with the token of each repository: its own, or the forge's. */
export class ForgeApis {
  readonly #forges: readonly ForgeSettings[];
  readonly #makeToken: TokenMaker;
  readonly #clients = new Map<string, ForgeClient>();

  constructor(forges: readonly ForgeSettings[], makeToken: TokenMaker = async () => undefined) {
    this.#forges = [...forges, GITHUB];
    this.#makeToken = makeToken;
  }

  /** Forges of this kind, as configured. */
  of(kind: ForgeSettings['kind']): readonly ForgeSettings[] {
    return this.#forges.filter((one) => one.kind === kind);
  }

  client({ api }: Pick<ForgeSettings, 'api'>): ForgeClient {
    const client = this.#clients.get(api) ?? new ForgeClient(api);
    this.#clients.set(api, client);
    return client;
  }

  /**
   * Undefined: it is on no forge whose API can be asked, or there is no token. Over ssh too: the host is the same.
   * @throws {GithubAppError} there is an App, and its token cannot be had now.
   */
  async placeOf({
    sources,
    credential,
  }: Pick<WireRepository, 'sources' | 'credential'>): Promise<PlaceAtForge | undefined> {
    const found = forgeOf(sources, this.#forges);
    if (found === undefined) return undefined;
    const { forge, path } = found;
    const own = credential?.kind === 'token' ? credential : undefined;
    const token = own?.token ?? (await tokenAt(forge, path, this.#makeToken));
    const [owner = '', repo = ''] = path.split('/');
    if (token === undefined) return undefined;
    const headers = authorizationOf({ kind: forge.kind, user: own?.user ?? forge.user }, token);
    return { client: this.client(forge), kind: forge.kind, token, headers, owner, repo, path };
  }
}
