import type { ForgeSettings } from '../config/config.ts';
import { type TokenMaker, tokenOf } from '../config/host-tokens.ts';
import type { WireRepository } from '../protocol/messages.ts';
import { ForgeClient } from './forge-client.ts';

/** A repository as the API of its forge knows it. */
export interface PlaceAtForge {
  readonly client: ForgeClient;
  readonly kind: ForgeSettings['kind'];
  readonly token: string;
  readonly owner: string;
  readonly repo: string;
  /** Both, and what is between them at GitLab. */
  readonly path: string;
}

/** Whose API is asked. */
const KINDS: readonly ForgeSettings['kind'][] = ['github', 'gitea', 'forgejo', 'gitlab'];
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

  client({ api, kind }: Pick<ForgeSettings, 'api' | 'kind'>): ForgeClient {
    const client = this.#clients.get(api) ?? new ForgeClient(api, kind === 'gitlab' ? 'Bearer' : 'token');
    this.#clients.set(api, client);
    return client;
  }

  /** Undefined: it is on no forge whose API can be asked, or there is no token. */
  async placeOf({ sources, credential }: WireRepository): Promise<PlaceAtForge | undefined> {
    for (const source of sources) {
      const found = this.#forgeOf(source);
      if (found === undefined) continue;
      const { forge, path } = found;
      const own = credential?.kind === 'token' ? credential.token : undefined;
      const made = forge.kind === 'github' ? await this.#makeToken(new URL(`${forge.url}/${path}`)) : undefined;
      const token = own ?? made ?? (await tokenOf(forge));
      const [owner, repo, ...more] = path.split('/');
      if (token === undefined || !owner || !repo || (more.length > 0 && forge.kind !== 'gitlab')) return undefined;
      return { client: this.client(forge), kind: forge.kind, token, owner, repo, path };
    }
    return undefined;
  }

  /** Over ssh too: the host is the same. */
  #forgeOf(source: string): { readonly forge: ForgeSettings; readonly path: string } | undefined {
    const [, host = '', path = ''] =
      /^https?:\/\/(?:[^@/]*@)?([^/]+)\/(.+)$/.exec(source) ??
      /^ssh:\/\/(?:[^@/]*@)?([^/:]+)(?::\d+)?\/(.+)$/.exec(source) ??
      /^[^@/\s]+@([^:/]+):(.+)$/.exec(source) ??
      [];
    for (const forge of this.#forges.filter(({ kind }) => KINDS.includes(kind))) {
      const { host: own, hostname, pathname } = new URL(forge.url);
      const base = pathname.replace(/^\/+|\/+$/g, '');
      if (host !== own && !(host === hostname && !source.startsWith('http'))) continue;
      const isHttp = source.startsWith('http');
      if (isHttp && base !== '' && !path.startsWith(`${base}/`)) continue;
      const rest = isHttp && base !== '' ? path.slice(base.length + 1) : path;
      return { forge, path: rest.replace(/\/+$/, '').replace(/\.git$/, '') };
    }
    return undefined;
  }
}
