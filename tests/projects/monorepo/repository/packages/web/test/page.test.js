import assert from 'node:assert';
import { test } from 'node:test';
import { row } from '../src/page.js';

test('a row has name and price', () => {
  assert.match(row('Tea', 450), /Tea.*4\.50/);
});
