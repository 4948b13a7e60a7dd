import { concatBytes } from '@shredcast/shared/primitives/bytes'
import { InvalidArgumentError } from 'commander'
import { expect, it } from 'vitest'
import { filterOf, slotOption } from './filter-options.ts'

it('is no filter when nothing is asked for, else one of all that is', () => {
  const [address, sender] = [new Uint8Array(20), new Uint8Array(20).fill(1)]
  expect(filterOf({})).toBeUndefined()
  expect(filterOf({ address: [address], sender: [sender] })).toEqual({
    addresses: [address],
    senders: [sender],
  })
})

it('reads a slot as its address and key', () => {
  const [address, key] = [new Uint8Array(20).fill(0xab), new Uint8Array(32).fill(1)]
  const text = `0x${'Ab'.repeat(20)}:0x${'01'.repeat(32)}`
  expect(slotOption(text)).toEqual(concatBytes(address, key))
  for (const wrong of [text.slice(0, -1), `${text}00`, text.replace(':', ''), '0x:0x']) {
    expect(() => slotOption(wrong)).toThrow(InvalidArgumentError)
  }
})
