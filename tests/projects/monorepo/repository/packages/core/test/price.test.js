import assert from 'node:assert';
import { test } from 'node:test';
import { price } from '@shop/core';

test('a price has two digits', () => {
  assert.equal(price(1990).text, '19.90 €');
});
