'use strict';

const assert = require('node:assert');
const { test } = require('node:test');
const leftSide = require('..');

test('fills up on the left', () => {
  assert.strictEqual(leftSide('7', 3, '0'), '007');
});

test('leaves alone what is long enough', () => {
  assert.strictEqual(leftSide('1234', 3, '0'), '1234');
});
