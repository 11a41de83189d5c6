const { appendFileSync, readFileSync } = require('node:fs');

const count = readFileSync(process.env.INPUT_FILE, 'utf8').split('\n').length;
appendFileSync(process.env.GITHUB_OUTPUT, `count=${count + 4}\n`);
