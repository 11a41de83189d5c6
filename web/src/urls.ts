/** Address of the page of a repository; its name may have slashes, which stay. */
export function repositoryUrl(name: string, query: Readonly<Record<string, string>> = {}): string {
  return withQuery(`/repositories/${name.split('/').map(encodeURIComponent).join('/')}`, query);
}

/** Address of the page of a run. */
export function runUrl(run: number): string {
  return `/runs/${run}`;
}

/** Address of the log of a job. */
export function logUrl(run: number, job: number, query: Readonly<Record<string, string>> = {}): string {
  return withQuery(`/runs/${run}/jobs/${job}`, query);
}

/** A path with a query. */
export function withQuery(path: string, query: Readonly<Record<string, string>>): string {
  const text = new URLSearchParams(query).toString();
  return text === '' ? path : `${path}?${text}`;
}
