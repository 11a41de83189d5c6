const { appendFileSync, readFileSync } = require('node:fs');

try {
  const count = readFileSync(process.env.INPUT_FILE, 'utf8').split(/\s+/).filter(Boolean).length;
  console.log(`::notice::${count} words counted`);
  appendFileSync(process.env.GITHUB_OUTPUT, `count=${count}\n`);
} catch (error) {
  console.log(`::error::${error.message}`);
  process.exitCode = 1;
}
