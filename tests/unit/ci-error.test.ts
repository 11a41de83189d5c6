import { expect, test } from 'vitest';
import * as z from 'zod';
import { messageOf } from '../../src/support/ci-error.ts';

test('what came in another shape than expected is told in one line, with the place', () => {
  const { error } = z.object({ pulls: z.array(z.object({ number: z.number() })) }).safeParse({ pulls: [{}] });
  expect(messageOf(error)).toBe(
    'what came has another shape than is documented (pulls.0.number: Invalid input: expected number, received undefined)',
  );
  expect(messageOf(z.array(z.string()).safeParse({}).error)).toBe(
    'what came has another shape than is documented (the whole of it: Invalid input: expected array, received object)',
  );
});

test('the text of an error, and of whatever else was thrown', () => {
  expect(messageOf(new Error('it broke'))).toBe('it broke');
  expect(messageOf('it broke')).toBe('it broke');
});
