/** The order of the folders under src, left to right: a folder imports only from folders to its right. */
const layers = [
  ['cli'],
  ['hooks', 'dispatcher', 'runner', 'fleet', 'reporter', 'web'],
  ['store', 'protocol', 'workflow', 'git', 'config'],
  ['model'],
  ['support'],
];

/** One rule per folder: what lies to its left and beside it is out of reach. */
const oneWay = layers.flatMap((layer, rank) =>
  layer.map((folder) => {
    const allowed = [folder, ...layers.slice(rank + 1).flat()];
    return {
      name: `${folder}-imports-only-to-its-right`,
      comment: 'folders depend one way, so that each can be read, tested and replaced without what stands above it',
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: `^src/(${allowed.join('|')})/` },
    };
  }),
);

module.exports = {
  forbidden: [
    ...oneWay,
    {
      name: 'runner-reaches-the-dispatcher-through-protocol-only',
      comment: 'a runner works on other machines: it has neither the store nor the configuration of the server',
      severity: 'error',
      from: { path: '^src/runner/' },
      to: { path: '^src/', pathNot: '^src/(runner|model|protocol|git|workflow|support)/' },
    },
    {
      name: 'model-is-pure',
      comment: 'what decides can be tested and replayed only if it has no I/O and no clock',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev'], pathNot: '^src/' },
    },
    {
      name: 'no-cycles',
      comment: 'two files that need each other are one file, or three',
      severity: 'error',
      from: { path: '^(src|web)/' },
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'a file nobody imports is dead',
      severity: 'warn',
      from: { path: '^src/', orphan: true, pathNot: '^src/cli/(main|runner-main)\\.ts$' },
      to: {},
    },
    {
      name: 'page-imports-the-model-and-types',
      comment: 'what browsers get is the page and what is pure; of the API it needs to know only how its answers look',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^src/', pathNot: '^src/model/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'page-has-no-node',
      comment: 'there is none in a browser',
      severity: 'error',
      from: { path: '^web/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'page-is-for-the-web',
      comment: 'the server of the page renders it; the command line shares its words; nobody else knows of it',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(web|cli)/' },
      to: { path: '^web/' },
    },
    {
      name: 'product-does-not-import-tests',
      comment: 'tests and benches look at the product, never the other way',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(tests|bench|scripts)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'] },
  },
};
