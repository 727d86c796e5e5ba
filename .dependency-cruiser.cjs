const ROOMS = require('./scripts/rooms.cjs');
const DOMAINS = ROOMS.slice(3);

/** What another domain may import of a domain. */
const OPEN = String.raw`\.(module|service|queue|entity)\.ts$`;
/** The port of marketplace-data and its types, which is how domains speak to sources. */
const PORT = String.raw`^src/marketplace-data/(marketplace-data|source-error|source-metrics)\.ts$`;
/** Methods of analytics, pure functions that others compute with. */
const METHODS = String.raw`^src/analytics/(attribution/[a-z-]+|change-points|daily-values|portfolio/opportunity|product/product-analysis)\.ts$`;

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    ...ROOMS.map((room, index) => ({
      name: `arrows-of-${room}`,
      comment: `${room} may import only ${ROOMS.slice(0, index + 1).join(', ')}`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/', pathNot: `^src/(${ROOMS.slice(0, index + 1).join('|')})/` },
    })),
    ...DOMAINS.map((domain) => ({
      name: `door-of-${domain}`,
      comment: `other domains import only modules, services, queues and entities of ${domain}`,
      severity: 'error',
      from: { path: `^src/(${DOMAINS.join('|')})/`, pathNot: `^src/${domain}/|\\.spec\\.ts$` },
      to: { path: `^src/${domain}/`, pathNot: [OPEN, PORT, METHODS, String.raw`\.view\.ts$`] },
    })),
    {
      name: 'no-test-code',
      severity: 'error',
      from: { path: '^src/', pathNot: String.raw`\.spec\.ts$` },
      to: { path: '^test/' },
    },
    {
      name: 'only-declared-packages',
      severity: 'error',
      from: { path: '^src/', pathNot: String.raw`\.spec\.ts$` },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'require', 'types'] },
  },
};
