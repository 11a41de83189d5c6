import { expect, test } from 'vitest';
import * as z from 'zod';
import * as read from '../../src/protocol/api-schema.ts';
import { deliveriesAnswer } from '../../src/protocol/delivery-answers.ts';
import { queueAnswer, runnersAnswer } from '../../src/protocol/queue-answers.ts';
import { repositoriesAnswer } from '../../src/protocol/repository-answers.ts';
import { runDetailAnswer, runsAnswer } from '../../src/protocol/run-answers.ts';

/** What the command line reads, and what describes that answer to everybody. */
const PAIRS = [
  ['runs', read.runsSchema, runsAnswer],
  ['run', read.runSchema, runDetailAnswer],
  ['repositories', read.repositoriesSchema, repositoriesAnswer],
  ['queue', read.queueSchema, queueAnswer],
  ['runners', read.runnersSchema, runnersAnswer],
  ['deliveries', read.deliveriesSchema, deliveriesAnswer],
] as const;

/** A schema without what is around it: optional, null, the items of a list. */
function bare(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault)
    return bare(schema.unwrap());
  return schema instanceof z.ZodArray ? bare(schema.element) : schema;
}

/** Fields that are read and that the answer does not have, as paths. */
function unknownIn(reader: unknown, answer: unknown, path: string): string[] {
  const [wanted, given] = [bare(reader), bare(answer)];
  if (!(wanted instanceof z.ZodObject)) return [];
  if (!(given instanceof z.ZodObject)) return [path];
  return Object.entries(wanted.shape).flatMap(([name, field]) =>
    name in given.shape ? unknownIn(field, given.shape[name], `${path}.${name}`) : [`${path}.${name}`],
  );
}

test.each(PAIRS)('all that is read of the answer %s is in its description', (name, reader, answer) => {
  // the secret is told once, with the answer to the adding
  expect(unknownIn(reader, answer, name).filter((path) => path !== 'repositories.repositories.secret')).toEqual([]);
});

test('what is not there is found, however deep it is', () => {
  const reader = z.object({ runs: z.array(z.object({ jobs: z.array(z.object({ colour: z.string() })).optional() })) });
  const answer = z.object({ runs: z.array(z.object({ jobs: z.array(z.object({ id: z.number() })).nullable() })) });
  expect(unknownIn(reader, answer, 'runs')).toEqual(['runs.runs.jobs.colour']);
});
