/** The precompiled contracts by themselves, for their tests. */

export { memoryBase, memoryEnd } from './memory/heap'
export { initThread } from './memory/thread'
export {
  precompileAt,
  precompileOutput,
  precompileOutputBytes,
  runPrecompile,
} from './precompiles/precompile'
