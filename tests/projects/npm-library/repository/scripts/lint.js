'use strict';

const { readFileSync } = require('node:fs');

const lines = readFileSync('index.js', 'utf8').split('\n');
const bad = lines.findIndex((line) => line.includes('\t'));
if (bad >= 0) {
  console.log(`::error file=index.js,line=${bad + 1}::a tab`);
  process.exitCode = 1;
}
