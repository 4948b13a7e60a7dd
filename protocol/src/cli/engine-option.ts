/** The option that names the executor, the same for every command that executes. */

import { Option } from 'commander'

export function engineOption(): Option {
  return new Option('--engine <name>', "the core's own EVM, or @ethereumjs/evm on the same memory")
    .choices(['inline', 'reference'])
    .default('inline')
}
