console.log(`main has the state of ${process.env.STATE_from}`);
require('node:fs').appendFileSync(process.env.GITHUB_OUTPUT, `said=hello ${process.env.INPUT_WHO}\n`);
