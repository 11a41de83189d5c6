import { join } from 'node:path';
import type { Expression, Template, TemplateMapping } from '../../model/workflow.ts';
import type {
  ActionInput,
  ActionManifest,
  CompositeResolved,
  DockerResolved,
  NodeResolved,
  ResolvedAction,
} from './action.ts';
import { compositeSteps } from './composite-steps.ts';
import { type ManifestText, readManifestText } from './manifest-file.ts';
import { conditionOf, templateOfText } from './template-text.ts';

/** A manifest, where it lies, and how people call it. */
export interface ManifestSource {
  /** Folder of the manifest; absolute. */
  readonly folder: string;
  /** For messages: `./.github/actions/setup/action.yml`, `acme/lint@v1/action.yml`. */
  readonly path: string;
  readonly text: string;
}

/**
 * What an `action.yml` says, ready to be executed. Files that it names are not looked for.
 * @throws {ActionError} with file, line and column.
 */
export async function parseManifest(source: ManifestSource): Promise<Exclude<ResolvedAction, { kind: 'builtin' }>> {
  const file = readManifestText(source.path, source.text);
  const manifest = manifestOf(file);
  const { using } = file.file.runs;
  const kind = using.toLowerCase();
  if (kind === 'docker') return dockerOf(file, manifest, source);
  if (kind === 'composite') return compositeOf(file, manifest, source);
  if (/^node\d+$/.test(kind)) return nodeOf(file, manifest, source);
  throw file.error(
    ['runs', 'using'],
    `'using: ${using}' is not known; it must be 'node20', 'node24' (or an older node), 'composite' or 'docker'`,
  );
}

function manifestOf(file: ManifestText): ActionManifest {
  const { name, inputs, outputs } = file.file;
  return {
    name: name ?? 'action',
    inputs: Object.fromEntries(
      Object.entries(inputs ?? {}).map(([key, said]): [string, ActionInput] => {
        const value = said?.default ?? null;
        const required = String(said?.required ?? false).toLowerCase() === 'true';
        return [
          key,
          {
            required,
            ...(value === null ? {} : { default: template(file, value, ['inputs', key, 'default']) }),
            ...(said?.deprecationMessage ? { deprecation: said.deprecationMessage } : {}),
          },
        ];
      }),
    ),
    outputs: Object.fromEntries(
      Object.entries(outputs ?? {}).map(([key, said]) => {
        const value = said?.value ?? null;
        return [key, value === null ? {} : { value: template(file, value, ['outputs', key, 'value']) }];
      }),
    ),
  };
}

function nodeOf(file: ManifestText, manifest: ActionManifest, { folder }: ManifestSource): NodeResolved {
  const { runs } = file.file;
  if (!runs.main) throw file.error(['runs'], `an action that uses ${runs.using} must name a JavaScript file as 'main'`);
  const at = (name: string) => join(folder, name);
  return {
    kind: 'node',
    folder,
    manifest,
    using: runs.using,
    main: at(runs.main),
    ...(runs.pre ? { pre: at(runs.pre) } : {}),
    ...(runs.post ? { post: at(runs.post) } : {}),
    ...around(file),
  };
}

async function compositeOf(
  file: ManifestText,
  manifest: ActionManifest,
  source: ManifestSource,
): Promise<CompositeResolved> {
  if (!file.file.runs.steps) throw file.error(['runs'], 'a composite action must have steps');
  const steps = await compositeSteps(source.path, source.text);
  return { kind: 'composite', folder: source.folder, path: source.path, manifest, steps };
}

function dockerOf(file: ManifestText, manifest: ActionManifest, source: ManifestSource): DockerResolved {
  const { runs } = file.file;
  if (!runs.image) throw file.error(['runs'], 'a docker action must name an image, or its Dockerfile');
  const name = /^docker:\/\/(.+)$/i.exec(runs.image)?.[1];
  return {
    kind: 'docker',
    folder: source.folder,
    path: source.path,
    manifest,
    image: name === undefined ? { dockerfile: join(source.folder, runs.image) } : { name },
    ...(runs.entrypoint ? { entrypoint: runs.entrypoint } : {}),
    ...(runs['pre-entrypoint'] ? { preEntrypoint: runs['pre-entrypoint'] } : {}),
    ...(runs['post-entrypoint'] ? { postEntrypoint: runs['post-entrypoint'] } : {}),
    ...(runs.args ? { args: runs.args.map((arg, index) => template(file, arg, ['runs', 'args', String(index)])) } : {}),
    ...(runs.env ? { env: mapping(file, runs.env) } : {}),
    ...around(file),
  };
}

function mapping(file: ManifestText, env: NonNullable<ManifestText['file']['runs']['env']>): TemplateMapping {
  return {
    entries: Object.entries(env).map(
      ([key, value]) => [key, template(file, value ?? '', ['runs', 'env', key])] as const,
    ),
  };
}

/** When the steps around the main one are executed, where nothing is said. */
export const ALWAYS: Expression = { expr: 'always()', at: { line: 1, column: 1 } };

function around(file: ManifestText): { preIf: Expression; postIf: Expression } {
  const condition = (key: 'pre-if' | 'post-if') => {
    const text = file.file.runs[key];
    if (!text) return ALWAYS;
    const found = conditionOf(text, file.placeOf('runs', key));
    if (found === undefined) throw file.error(['runs', key], 'an expression begins with ${{ and does not end');
    return found;
  };
  return { preIf: condition('pre-if'), postIf: condition('post-if') };
}

function template(file: ManifestText, value: string | number | boolean, path: readonly string[]): Template {
  if (typeof value !== 'string') return value;
  const found = templateOfText(value, file.placeOf(...path));
  if (found === undefined) throw file.error(path, 'an expression begins with ${{ and does not end');
  return found;
}
