/**
 * Imports point down. `LAYERS` is the map of the project, lowest folder first; every layer rule is
 * derived from it, and a folder may only name folders that stand above its own line.
 */

const PRIMITIVES = 'shared/src/primitives'
const LAYOUT = 'shared/src/layout'
const CHAIN = 'shared/src/chain'
const TRIE = 'shared/src/trie'
const STORE = 'shared/src/store'
const ENGINE = 'shared/src/engine'
const STATE = 'shared/src/state'
const WIRE = 'protocol/src/wire'
const RPC = 'protocol/src/rpc'
const SERVER = 'protocol/src/server'
const CLIENT = 'protocol/src/client'
const OPS = 'protocol/src/ops'
const NATS = 'protocol/src/nats'
const TRUST = 'protocol/src/trust'
const SNAPSHOT = 'protocol/src/snapshot'
const NODE_RPC = 'protocol/src/node-rpc'
const PROTOCOL_CLI = 'protocol/src/cli'
const BELOW_ROLES = [
  ...[PRIMITIVES, LAYOUT, CHAIN, TRIE, STORE, ENGINE, STATE],
  ...[WIRE, RPC, SERVER, CLIENT, TRUST, NATS, SNAPSHOT, NODE_RPC, OPS, PROTOCOL_CLI],
]

/** Folder -> the folders it may import. Leader and follower are strangers to each other. */
const LAYERS = [
  [PRIMITIVES, []],
  [LAYOUT, []],
  ['shared/assembly', [LAYOUT]],
  [CHAIN, [LAYOUT, PRIMITIVES]],
  [TRIE, [CHAIN, PRIMITIVES]],
  [STORE, [CHAIN, PRIMITIVES]],
  [ENGINE, [CHAIN, LAYOUT, PRIMITIVES]],
  [STATE, [STORE, TRIE, CHAIN, PRIMITIVES]],
  [WIRE, [CHAIN, PRIMITIVES]],
  [RPC, [CHAIN, PRIMITIVES]],
  [SERVER, [WIRE, RPC, CHAIN, PRIMITIVES]],
  [CLIENT, [WIRE, RPC, CHAIN, PRIMITIVES]],
  [OPS, [SERVER, RPC, PRIMITIVES]],
  [TRUST, [CLIENT, WIRE, PRIMITIVES]],
  [NATS, [SERVER, CLIENT, WIRE, CHAIN, PRIMITIVES]],
  [SNAPSHOT, [SERVER, WIRE, STATE, STORE, CHAIN, PRIMITIVES]],
  [NODE_RPC, [SERVER, WIRE, RPC, STATE, STORE, ENGINE, CHAIN, PRIMITIVES]],
  [
    PROTOCOL_CLI,
    [
      ...[OPS, NATS, TRUST, CLIENT, SERVER, WIRE, RPC],
      ...[STATE, STORE, ENGINE, CHAIN, LAYOUT, PRIMITIVES],
    ],
  ],
  ['protocol/examples', [CLIENT, PROTOCOL_CLI, PRIMITIVES]],
  ['leader/src', BELOW_ROLES],
  ['follower/src', BELOW_ROLES],
  ['test', [...BELOW_ROLES, 'leader/src', 'follower/src']],
]

/** Library -> the only folders that may import it. `test` is named where tests speak to it raw. */
const HEAVY_LIBRARIES = {
  lmdb: [STORE],
  msgpackr: [WIRE],
  ws: [SERVER, CLIENT, 'test'],
  pino: [OPS],
  'prom-client': [OPS],
  '@nats-io/(jetstream|transport-node)': [NATS, 'test'],
  rxjs: [CLIENT, NATS, 'follower/src/ingest', 'test'],
  worker_threads: [ENGINE, `${STATE}/snapshot`, 'leader/src/storing', 'test'],
  '@ethereumjs/evm': [`${ENGINE}/reference`],
  'mcl-wasm': [`${ENGINE}/precompiles`],
  '@ethereumjs/trie': [TRIE, 'test'],
  commander: ['leader/src/cli', 'follower/src/cli', PROTOCOL_CLI, 'test/bench', 'test/fuzz'],
  viem: ['leader/src/demo', 'leader/src/dev', `${CLIENT}/dapp`, 'protocol/examples', 'test'],
}

const WORKSPACE_CODE = '^(shared|protocol|leader|follower|test)/'

/** A regular expression for files in any of the folders. */
const inside = (folders) => `^(${folders.join('|')})/`

function layerRules() {
  const lower = new Set()
  return LAYERS.map(([folder, allowed]) => {
    const unknown = allowed.find((name) => !lower.has(name))
    if (unknown) throw new Error(`LAYERS: ${folder} names ${unknown}, which is not below it`)
    lower.add(folder)
    return {
      name: `layer: ${folder}`,
      severity: 'error',
      from: { path: inside([folder]) },
      to: { path: WORKSPACE_CODE, pathNot: inside([folder, ...allowed]) },
    }
  })
}

function libraryRules() {
  return Object.entries(HEAVY_LIBRARIES).map(([library, folders]) => ({
    name: `library: ${library}`,
    severity: 'error',
    from: { path: WORKSPACE_CODE, pathNot: inside(folders) },
    to: { path: `(^|/)node_modules/${library}/|^(node:)?${library}$` },
  }))
}

module.exports = {
  forbidden: [
    ...layerRules(),
    ...libraryRules(),
    {
      name: 'every folder has a layer',
      severity: 'error',
      from: {
        path: WORKSPACE_CODE,
        pathNot: [inside(LAYERS.map(([folder]) => folder)), '^[^/]+/[^/]+\\.mjs$'],
      },
      to: {},
    },
    {
      name: 'no import that cannot be resolved',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    { name: 'no cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no test in production code',
      severity: 'error',
      from: { pathNot: '\\.test\\.ts$' },
      to: { path: '\\.test\\.ts$' },
    },
    {
      name: 'no development dependency in production code',
      severity: 'error',
      from: { path: '^[^/]+/src/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^[^/]+/(dist|build)/' },
    // Sees `import type`, and follows `@shredcast/...` to the sources.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
    },
  },
}
