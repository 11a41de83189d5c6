console.log('pre comes first');
require('node:fs').appendFileSync(process.env.GITHUB_STATE, 'from=pre\n');
