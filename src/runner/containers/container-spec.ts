import type { Json } from '../../model/workflow.ts';
import { ActionError } from '../actions/action.ts';

/** What `container` or one of the `services` of a job says. */
export interface ContainerSpec {
  readonly image: string;
  readonly credentials?: { readonly username: string; readonly password: string };
  readonly env: Readonly<Record<string, string>>;
  /** `80`, `8080:80`, `127.0.0.1:8080:80/udp`. */
  readonly ports: readonly string[];
  /** `source:destination[:ro]`. */
  readonly volumes: readonly string[];
  /** As written: options of `docker create`. */
  readonly options: string;
  /** Of a service: what it runs instead of what the image says; as written. */
  readonly command: string;
  readonly entrypoint: string;
}

/** Reads `container`; undefined if there is none, which an expression may have said. @throws {ActionError} */
export function containerSpec(value: Json, name: string): ContainerSpec | undefined {
  if (value === null || value === '') return undefined;
  if (typeof value === 'string') return plain(value);
  const map = mappingOf(value, name);
  const image = textOf(map.image ?? '', `${name}.image`).replace(/^docker:\/\//, '');
  if (image === '') return undefined;
  const credentials = map.credentials ? mappingOf(map.credentials, `${name}.credentials`) : undefined;
  const [username, password] = [credentials?.username, credentials?.password].map((text) => String(text ?? ''));
  return {
    ...plain(image),
    ...(username && password ? { credentials: { username, password } } : {}),
    env: Object.fromEntries(
      Object.entries(map.env ? mappingOf(map.env, `${name}.env`) : {}).map(([key, text]) => [
        key,
        textOf(text, `${name}.env.${key}`),
      ]),
    ),
    ports: textsOf(map.ports ?? null, `${name}.ports`),
    volumes: textsOf(map.volumes ?? null, `${name}.volumes`),
    options: textOf(map.options ?? '', `${name}.options`),
    command: textOf(map.command ?? '', `${name}.command`),
    entrypoint: textOf(map.entrypoint ?? '', `${name}.entrypoint`),
  };
}

/** Reads `services`, by their ids; those without an image are left out. @throws {ActionError} */
export function serviceSpecs(value: Json): ReadonlyMap<string, ContainerSpec> {
  const services = new Map<string, ContainerSpec>();
  if (value === null || value === '') return services;
  for (const [id, service] of Object.entries(mappingOf(value, 'services'))) {
    const spec = containerSpec(service, `services.${id}`);
    if (spec !== undefined) services.set(id, spec);
  }
  return services;
}

function plain(image: string): ContainerSpec {
  const said = image.replace(/^docker:\/\//, '');
  return { image: said, env: {}, ports: [], volumes: [], options: '', command: '', entrypoint: '' };
}

function mappingOf(value: Json, name: string): { readonly [key: string]: Json } {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as { readonly [key: string]: Json };
  throw new ActionError(`${name} must be a mapping, and is ${JSON.stringify(value)}`);
}

function textsOf(value: Json, name: string): readonly string[] {
  if (value === null || value === '') return [];
  if (!Array.isArray(value)) throw new ActionError(`${name} must be a list, and is ${JSON.stringify(value)}`);
  return value.map((entry: Json) => textOf(entry, name));
}

function textOf(value: Json, name: string): string {
  if (value === null) return '';
  if (typeof value !== 'object') return String(value);
  throw new ActionError(`${name} must be a text, and is ${JSON.stringify(value)}`);
}
