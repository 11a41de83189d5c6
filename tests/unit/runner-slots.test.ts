import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IdleProcesses } from '../../src/runner/idle-processes.ts';
import { type Slot, Slots } from '../../src/runner/slots.ts';
import { Trash } from '../../src/runner/trash.ts';
import { tempDir } from '../support/temp.ts';

/** Slots that were started, and the first of them, taken. */
function started(folder: string): { readonly slots: Slots; readonly taken: Slot } {
  mkdirSync(join(folder, 'trash'));
  const slots = new Slots(join(folder, 'slots'), 1, new Trash(join(folder, 'trash'), new IdleProcesses()));
  slots.start();
  const taken = slots.acquire();
  if (taken instanceof Promise) throw new Error('no slot was free');
  return { slots, taken };
}

test('a slot is handed on to whoever is first in line for the same workspace', async () => {
  await using dir = await tempDir();
  const { slots, taken } = started(dir.path);
  const order: string[] = [];
  for (const name of ['a', 'b']) void Promise.resolve(slots.acquire(() => name)).then(() => order.push(name));
  expect(slots.heirFor('b')).toBeUndefined();
  const heir = slots.heirFor('a');
  expect(heir).toBeDefined();
  expect(slots.waiting).toBe(1);
  slots.release(taken, heir);
  await new Promise(setImmediate);
  expect(order).toEqual(['a']);
  slots.release(taken);
  await new Promise(setImmediate);
  expect(order).toEqual(['a', 'b']);
});

test('who does not want a slot any more is nobody to hand it on to', async () => {
  await using dir = await tempDir();
  const { slots } = started(dir.path);
  let name = 'a';
  void slots.acquire(() => name);
  name = '';
  expect(slots.heirFor('a')).toBeUndefined();
  expect(slots.waiting).toBe(1);
});
