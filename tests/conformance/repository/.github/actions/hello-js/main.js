const { appendFileSync } = require('node:fs');

const said = `hello ${process.env.INPUT_WHO}`;
console.log(`main says ${said}`);
appendFileSync(process.env.GITHUB_OUTPUT, `said=${said}\n`);
appendFileSync(process.env.GITHUB_STATE, `said=${said}\n`);
