/** The house's directions (docs: design "The house"). Type-only imports weigh nothing at run time and are named apart. */
const value = { dependencyTypesNot: ['type-only'] };
module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'nothing-imports-a-service',
      severity: 'error',
      from: { path: '^(shared|workflows|activities)/' },
      to: { path: '^services/' },
    },
    {
      name: 'services-do-not-import-each-other',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'shared-knows-no-activities',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^(activities|workflows)/' },
    },
    {
      name: 'contracts-stand-alone',
      severity: 'error',
      from: { path: '^shared/contracts/' },
      to: { path: '^(shared/(?!contracts)|activities|workflows)', ...value },
    },
    {
      name: 'no-zod-in-contracts-but-schemas',
      severity: 'error',
      from: { path: '^shared/contracts/src/', pathNot: '(schemas|intake|ids)\\.ts$' },
      to: { path: 'node_modules/zod', ...value },
    },
    {
      name: 'policy-imports-nothing',
      severity: 'error',
      from: { path: '^shared/policy/src/', pathNot: '(calendar-cases|case-check)\\.ts$' },
      to: { pathNot: '^shared/policy/src/' },
    },
    {
      name: 'workflows-see-contracts-and-policy',
      severity: 'error',
      from: { path: '^workflows/src/', pathNot: 'bundle\\.ts$' },
      to: {
        pathNot: '^(workflows/src|shared/(contracts|policy)/src|.*node_modules/.*@temporalio/(workflow|common))',
        ...value,
      },
    },
    {
      name: 'not-to-unresolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
    exclude: { path: '(^|/)(node_modules|\\.duban)/' },
  },
};
