/** What a changed file can do by itself, before anybody calls the code in it. */
export type PathRisk = 'workflow' | 'install' | null;

/** Says which jobs there are and what they run. */
const WORKFLOW = /^\.(?:github|gitea|forgejo)\/(?:workflows|actions)\/|(?:^|\/)action\.ya?ml$/;

/** Is read or run by installing dependencies, by building, or by what begins the tests. */
const INSTALL = new RegExp(
  `(?:^|/)(?:${[
    'package\\.json|package-lock\\.json|npm-shrinkwrap\\.json|yarn\\.lock|pnpm-lock\\.yaml|bun\\.lockb?',
    '\\.npmrc|\\.yarnrc(?:\\.yml)?|\\.pnpmfile\\.cjs|bunfig\\.toml|\\.yarn/.*',
    'setup\\.(?:py|cfg)|pyproject\\.toml|conftest\\.py|noxfile\\.py|tox\\.ini|requirements[^/]*\\.txt|Pipfile(?:\\.lock)?|[^/]*\\.pth',
    '(?:GNU)?[Mm]akefile|[^/]*\\.mk|CMakeLists\\.txt|configure|ci\\.sh',
    'Cargo\\.(?:toml|lock)|build\\.rs|\\.cargo/.*|go\\.(?:mod|sum)',
    'Gemfile(?:\\.lock)?|Rakefile|[^/]*\\.gemspec|composer\\.(?:json|lock)',
    'pom\\.xml|mvnw|\\.mvn/.*|[^/]*\\.gradle(?:\\.kts)?|gradlew|gradle/.*|[^/]*\\.(?:cs|fs|vb)proj|Directory\\.Build\\.(?:props|targets)',
    '(?:Docker|Container)file[^/]*|(?:docker-)?compose[^/]*\\.ya?ml|\\.gitmodules|\\.gitattributes|\\.husky/.*|\\.envrc',
  ].join('|')})$`,
);

/** How near to being run a path is; null: like any other code, which is run when something calls it. */
export function riskOfPath(path: string): PathRisk {
  if (WORKFLOW.test(path)) return 'workflow';
  return INSTALL.test(path) ? 'install' : null;
}

/** Those first that run by themselves, each kind by name. */
export function riskiestFirst(paths: readonly string[]): readonly { readonly path: string; readonly risk: PathRisk }[] {
  const rank = { workflow: 0, install: 1, none: 2 };
  return paths
    .map((path) => ({ path, risk: riskOfPath(path) }))
    .sort((a, b) => rank[a.risk ?? 'none'] - rank[b.risk ?? 'none'] || (a.path < b.path ? -1 : 1));
}
