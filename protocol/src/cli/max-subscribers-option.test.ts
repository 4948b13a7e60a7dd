import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import {
  checkMaxSubscribers,
  maxSubscribersOption,
  openFilesLimit,
} from './max-subscribers-option.ts'

function commandWith(...args: readonly string[]): Command {
  const command = new Command('node').exitOverride().configureOutput({ writeErr() {} })
  return command.addOption(maxSubscribersOption()).parse(args, { from: 'user' })
}

describe('--max-subscribers', () => {
  it('is refused where the process may not have as many sockets', () => {
    const command = commandWith('--max-subscribers', '5000')
    expect(() => checkMaxSubscribers(command, 5000)).toThrow('raise the limit (ulimit -n)')
    expect(() => checkMaxSubscribers(command, 5001)).not.toThrow()
    expect(() => checkMaxSubscribers(commandWith(), 256)).not.toThrow()
  })

  it('is judged by what the system says', () => {
    expect(openFilesLimit()).toBeGreaterThan(100)
  })
})
