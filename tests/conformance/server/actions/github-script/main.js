const { appendFileSync, readFileSync } = require('node:fs');

const input = (name) => process.env[`INPUT_${name.toUpperCase()}`] ?? '';
const { GITHUB_API_URL, GITHUB_EVENT_NAME, GITHUB_EVENT_PATH, GITHUB_OUTPUT, GITHUB_REPOSITORY } = process.env;

async function request(route, parameters) {
  const rest = { ...parameters };
  const [method, template] = route.split(' ');
  const path = template.replace(/\{(\w+)\}/g, (_, name) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(value);
  });
  const headers = { authorization: `Bearer ${input('github-token')}`, 'content-type': 'application/json' };
  const url = `${input('base-url') || GITHUB_API_URL}${path}`;
  const answer = await fetch(url, { method, headers, body: JSON.stringify(rest) });
  if (!answer.ok) throw new Error(`${method} ${url} was answered with ${answer.status}`);
  return { status: answer.status, data: await answer.json() };
}

async function main() {
  const [owner, repo] = GITHUB_REPOSITORY.split('/');
  const payload = JSON.parse(readFileSync(GITHUB_EVENT_PATH, 'utf8'));
  const context = { eventName: GITHUB_EVENT_NAME, payload, repo: { owner, repo } };
  const AsyncFunction = (async () => {}).constructor;
  const result = await new AsyncFunction('github', 'context', input('script'))({ request }, context);
  appendFileSync(GITHUB_OUTPUT, `result=${JSON.stringify(result)}\n`);
}

main().catch((error) => {
  console.log(`::error::${error.message}`);
  process.exitCode = 1;
});
