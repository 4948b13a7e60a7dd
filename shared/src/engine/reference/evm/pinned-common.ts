/**
 * `@ethereumjs/common` for one fork of one chain. The EVM asks it several questions per opcode, and
 * it answers each by a search through lists; but its fork never changes here, so the answers are
 * looked up once.
 */

import { Common, Mainnet } from '@ethereumjs/common'
import type { Hardfork } from '../../../chain/hardforks.ts'
import { EVM_CRYPTO } from './evm-crypto.ts'

/** EIP numbers are below this. */
const EIP_LIMIT = 16384

export function createCommon(chainId: bigint, fork: Hardfork): Common {
  const common = new Common({
    chain: Mainnet,
    hardfork: fork === 'frontier' ? 'chainstart' : fork,
    customCrypto: EVM_CRYPTO,
  })
  common.chainId = () => chainId
  return common
}

/** To be called when the EVM has put its parameters in: nothing may change behind it. */
export function pinAnswers(common: Common): void {
  const isActive = new Uint8Array(EIP_LIMIT)
  for (let eip = 0; eip < EIP_LIMIT; eip++) isActive[eip] = common.isActivatedEIP(eip) ? 1 : 0
  common.isActivatedEIP = (eip) => isActive[eip] === 1
  common.param = memoized(common.param.bind(common))
  common.gteHardfork = memoized(common.gteHardfork.bind(common))
  const type = common.consensusType()
  common.consensusType = () => type
  const algorithm = common.consensusAlgorithm()
  common.consensusAlgorithm = () => algorithm
}

function memoized<T>(answer: (question: string) => T): (question: string) => T {
  const answers = new Map<string, T>()
  return (question) => {
    let known = answers.get(question)
    if (known === undefined) {
      known = answer(question)
      answers.set(question, known)
    }
    return known
  }
}
