import * as z from 'zod';

const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], 'a text, a number, true or false');
const text = z.union([z.string(), z.number(), z.boolean()], 'a text').transform(String);

/** GitHub reads manifests loosely: what it does not know is passed over, so it is here. */
const input = z
  .looseObject(
    {
      required: z.union([z.boolean(), z.string()], 'true or false').nullish(),
      default: scalar.optional(),
      deprecationMessage: text.nullish(),
    },
    'a mapping with description, required and default',
  )
  .nullable();

const output = z.looseObject({ value: text.nullish() }, 'a mapping with description and value').nullable();

const runs = z.looseObject(
  {
    using: z.string("a text: 'node20', 'node24', 'composite' or 'docker'"),
    main: text.nullish(),
    pre: text.nullish(),
    post: text.nullish(),
    'pre-if': text.nullish(),
    'post-if': text.nullish(),
    image: text.nullish(),
    entrypoint: text.nullish(),
    'pre-entrypoint': text.nullish(),
    'post-entrypoint': text.nullish(),
    args: z.array(text, 'a list of texts').nullish(),
    env: z.record(z.string(), scalar, 'a mapping of names to texts').nullish(),
    steps: z.array(z.unknown(), 'a list of steps').nullish(),
  },
  "a mapping with 'using'",
);

/** The whole of an `action.yml`. */
export const manifestSchema = z.looseObject(
  {
    name: text.nullish(),
    inputs: z.record(z.string(), input, 'a mapping of names to inputs').nullish(),
    outputs: z.record(z.string(), output, 'a mapping of names to outputs').nullish(),
    runs,
  },
  'a mapping with name and runs',
);

export type ManifestFile = z.infer<typeof manifestSchema>;
export type RunsSection = ManifestFile['runs'];
