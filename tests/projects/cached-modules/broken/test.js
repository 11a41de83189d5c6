const assert = require('node:assert');
const tea = require('tea');

assert.strictEqual(tea(2), 'coffee');
