import * as z from 'zod';
import { LOG_LEVELS } from '../support/logger.ts';
import { listOf, MAPPING, oneOf, path, positiveNumber, text, url, wholeNumber } from './leaves.ts';
import { mailSchema, notifySchema } from './notify-schema.ts';

/*
 * Every leaf carries, as its error, what is accepted there; `load.ts` puts the place and the value that was found before it.
 */

/** Names of variables, as a shell takes them. */
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const HOST_PORT = /^(?:(?<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)?:)?(?<port>\d{1,5})$/;

/** `HOST:PORT`, `:PORT` or `PORT`; without a host: loopback. */
export const hostPortSchema = z.preprocess(
  (value) => (typeof value === 'number' ? String(value) : value),
  z.string('HOST:PORT, like 127.0.0.1:8080; port 0 takes any free one').transform((value, context) => {
    const { host, port } = HOST_PORT.exec(value)?.groups ?? {};
    if (port !== undefined && Number(port) < 65_536)
      return { host: host?.replace(/^\[|\]$/g, '') ?? '127.0.0.1', port: Number(port) };
    context.addIssue({ code: 'custom', message: 'HOST:PORT, like 127.0.0.1:8080; port 0 takes any free one' });
    return z.NEVER;
  }),
);

export const publicUrlSchema = url('a URL, like https://ci.example.org', /^https?$/);
export const runnersSchema = wholeNumber(0, 1000);
export const pollSchema = positiveNumber(86_400, 'seconds');
export const logLevelSchema = oneOf(LOG_LEVELS);
export const collectorSchema = url('a URL, like http://127.0.0.1:4318', /^https?$/);
export const databaseSchema = url('a URL, like postgres://user@host/signalbox', /^(?:postgres(?:ql)?|sqlite)$/);

const dir = z
  .string('a folder relative to the root of the repository')
  .refine((value) => !value.startsWith('/') && !value.split('/').includes('..'), {
    error: 'a folder relative to the root of the repository, without ".."',
  })
  .transform((value) => value.replace(/^\.\/|\/+$|^\.$/g, ''));

const REUSE = ['off', 'tree'] as const;
const REUSE_WORDS = 'off, tree, or a mapping of names of workflow files to one of them, like { ci.yml: tree }';

const DAYS = 'a whole number of days from 1 to 36500, or "forever"';
const days = z.union([z.int().min(1, DAYS).max(36_500, DAYS), z.literal('forever')], DAYS);
const GIGABYTES = 'gigabytes above 0 and up to 1000000, or "forever"';
const gigabytes = z.union([z.number().gt(0, GIGABYTES).max(1_000_000, GIGABYTES), z.literal('forever')], GIGABYTES);
/** How long what belongs to runs is kept. */
const keep = { runs_days: days.optional(), logs_days: days.optional(), reports_days: days.optional() };

/** What can be said of all repositories (`defaults`) and of each. */
const settings = {
  policy: oneOf(['each', 'latest']).optional(),
  max_commits: wholeNumber(1, 100_000).optional(),
  dir: dir.optional(),
  env: z
    .strictObject(
      {
        pass: listOf(
          z.string('the name of a variable').regex(VARIABLE, 'the name of a variable'),
          'a list of names of variables',
        ).optional(),
      },
      'a mapping with the key "pass"',
    )
    .optional(),
  log_limit_mb: positiveNumber(100_000, 'megabytes').optional(),
  timeout_minutes: positiveNumber(10_080, 'minutes').optional(),
  workflows: oneOf(['auto', 'off']).optional(),
  poll: pollSchema.optional(),
  isolation: oneOf(['sandbox', 'none']).optional(),
  reuse: z.union([oneOf(REUSE), z.record(z.string(), oneOf(REUSE))], REUSE_WORDS).optional(),
  reports: listOf(text('a file name or pattern'), 'a list of file names').optional(),
  retry: z.strictObject({ jobs: wholeNumber(0, 3).optional() }, 'a mapping with the key "jobs"').optional(),
  notify: notifySchema.optional(),
  retention: z.strictObject(keep, 'a mapping, like { runs_days: 400, logs_days: 90 }').optional(),
};

const yesOrNo = z.boolean('true or false');
const server = 'a URL, like https://github.com';

const actions = z.strictObject(
  {
    server: url(server, /^(?:https?|ssh|file)$/)
      .transform((value) => value.replace(/\/+$/, ''))
      .optional(),
    allow: listOf(text('a pattern of owner/name, like acme/*'), 'a list of patterns, like acme/*').optional(),
    pinned: yesOrNo.optional(),
    nearest_version: yesOrNo.optional(),
  },
  MAPPING,
);

const artifacts = z.strictObject(
  {
    max_mb: positiveNumber(1_000_000, 'megabytes').optional(),
    days: wholeNumber(1, 400).optional(),
    total_gb: positiveNumber(1_000_000, 'gigabytes').optional(),
  },
  MAPPING,
);

const MEANING = '"skip", or the labels that a runner must have; an empty list: any runner will do';
const labels = z.record(
  z.string(),
  z.union([z.literal('skip'), listOf(text('a label'), 'a list of labels')], MEANING),
  'a mapping of labels in runs-on to labels of runners',
);

/** What can be said of GitHub, and of each other forge. */
const forgeKeys = {
  api: url('a URL, like https://api.github.com', /^https?$/).optional(),
  token_file: path.optional(),
  allow: listOf(text('a pattern, like acme/*'), 'a list of patterns, like acme/*').optional(),
  webhook_secret_file: path.optional(),
  user: text('the name that the token belongs to').optional(),
  statuses: yesOrNo.optional(),
};

const otherForge = z
  .strictObject(
    {
      kind: oneOf(['github', 'gitea', 'forgejo', 'gitlab', 'bitbucket', 'bitbucket_data_center']),
      url: url('the URL of a forge, like https://git.example.org', /^https?$/).optional(),
      ...forgeKeys,
    },
    'a forge, like { kind: gitea, url: https://git.example.org }',
  )
  .refine(({ kind, url }) => url !== undefined || ['github', 'gitlab', 'bitbucket'].includes(kind), {
    path: ['url'],
    error: 'the URL of the forge: only github, gitlab and bitbucket have one that everybody knows',
  });

/** The whole of `signalbox.yml`. */
export const fileSchema = z.strictObject(
  {
    http: hostPortSchema.optional(),
    dispatcher: hostPortSchema.optional(),
    public_url: publicUrlSchema.optional(),
    public_badges: z.boolean('true or false').optional(),
    runners: runnersSchema.optional(),
    poll: pollSchema.optional(),
    database: databaseSchema.optional(),
    log_level: logLevelSchema.optional(),
    actions: actions.optional(),
    labels: labels.optional(),
    artifacts: artifacts.optional(),
    retention: z
      .strictObject(
        {
          logs_gb: gigabytes.optional(),
          events_days: days.optional(),
          deliveries_days: days.optional(),
          deliveries_gb: gigabytes.optional(),
          ...keep,
        },
        MAPPING,
      )
      .optional(),
    defaults: z.strictObject(settings, MAPPING).optional(),
    repositories: z
      .record(
        z.string(),
        z.strictObject(
          { source: listOf(text('a folder or a URL'), 'a folder or a URL, or a list of them').optional(), ...settings },
          MAPPING,
        ),
        'a mapping of full names (owner/name) to settings',
      )
      .optional(),
    otel: z.strictObject({ endpoint: collectorSchema.optional() }, MAPPING).optional(),
    classic: z.strictObject({ repository: text('the full name of a repository, like local/app') }, MAPPING).optional(),
    mail: mailSchema.optional(),
    github: z.strictObject(forgeKeys, MAPPING).optional(),
    forges: z.array(otherForge, 'a list of forges').optional(),
  },
  MAPPING,
);

export type ConfigFile = z.infer<typeof fileSchema>;
export type FileSettings = NonNullable<ConfigFile['defaults']>;

/** Keys that are read and checked, and that nothing acts on yet. */
export const KEYS_WITHOUT_EFFECT = {
  top: ['database'],
  settings: ['isolation'],
} as const;

/** The keys that are valid at `path` of the file; empty where there can be none. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] {
  let schema: z.core.$ZodType | undefined = fileSchema;
  for (const key of path) schema = child(unwrap(schema), key);
  const found = unwrap(schema);
  return found instanceof z.ZodObject ? Object.keys(found.shape) : [];
}

function child(schema: z.core.$ZodType | undefined, key: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[key as string];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
}

function unwrap(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodOptional) return unwrap(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrap(schema.out) : schema;
}
