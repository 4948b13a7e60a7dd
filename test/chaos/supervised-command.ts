/** A command's process that is killed, frozen and started again, in all of its lives. */

import { readFile } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import type { CommandName, CommandRun, RunningCommand } from '../kit/run-command.ts'
import { startCommand } from '../kit/run-command.ts'

/** A follower ends when no leader answers at its start; whoever looks after it starts it again. */
const NO_LEADER = /^error: (no connection to |ws:\S+ has been silent)/
const RETRY_MS = 200

export class SupervisedCommand {
  /** Everything that may not be, in words. */
  readonly faults: string[] = []
  lives = 0
  maxResidentBytes = 0
  readonly #name: CommandName
  #args: readonly string[]
  #command: RunningCommand
  #isMeantToEnd = false
  /** One mishap after the other. */
  #busy: Promise<void> = Promise.resolve()

  constructor(name: CommandName, args: readonly string[]) {
    this.#name = name
    this.#args = args
    this.#command = this.#start()
  }

  get command(): RunningCommand {
    return this.#command
  }

  /** SIGSTOP, and SIGCONT later. */
  freeze(forMs: number): Promise<void> {
    return this.#afterOthers(async () => {
      this.#command.signal('SIGSTOP')
      await setTimeout(forMs)
      this.#command.signal('SIGCONT')
    })
  }

  /** SIGKILL, and a new life later, which may have other arguments. */
  kill(downMs: number, args: readonly string[] = this.#args): Promise<void> {
    return this.#afterOthers(async () => {
      this.#isMeantToEnd = true
      this.#command.signal('SIGKILL')
      await this.#command.ended
      await setTimeout(downMs)
      this.#args = args
      this.#command = this.#start()
    })
  }

  /** ctrl-c. */
  async stop(): Promise<CommandRun> {
    await this.#busy
    this.#isMeantToEnd = true
    this.#command.signal('SIGINT')
    return this.#command.ended
  }

  async destroy(): Promise<void> {
    await this.#busy
    this.#isMeantToEnd = true
    this.#command.signal('SIGKILL')
    await this.#command.ended
  }

  /** Where the system tells it (Linux). */
  async measure(): Promise<void> {
    const status = await readFile(`/proc/${this.#command.pid}/status`, 'utf8').catch(() => '')
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(status)?.[1]
    this.maxResidentBytes = Math.max(this.maxResidentBytes, Number(kibibytes ?? 0) * 1024)
  }

  #start(): RunningCommand {
    this.lives++
    this.#isMeantToEnd = false
    const command = startCommand(this.#name, this.#args)
    command.ended.then(({ code, stderr }) => {
      if (command !== this.#command || this.#isMeantToEnd) return
      if (NO_LEADER.test(stderr)) {
        this.kill(RETRY_MS)
        return
      }
      this.faults.push(`the ${this.#name} ended by itself with ${code}: ${stderr.slice(-500)}`)
    })
    return command
  }

  #afterOthers(act: () => Promise<void>): Promise<void> {
    this.#busy = this.#busy.then(act)
    return this.#busy
  }
}
