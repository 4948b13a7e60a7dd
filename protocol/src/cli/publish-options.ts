/** Options of a node that puts its stream on NATS, leader or follower. */

import type { Command } from 'commander'
import { parseNatsUrl } from '../nats/nats-address.ts'
import type { NatsTarget } from '../nats/nats-publisher.ts'
import { DEFAULT_NATS_RETENTION } from '../nats/nats-publisher.ts'
import type { Log } from '../ops/log.ts'
import { integerOption } from './command.ts'

export interface PublishArguments {
  /** Address of a NATS stream. */
  readonly publish?: string
  /** MiB. */
  readonly publishMaxBytes: number
  /** Seconds. */
  readonly publishMaxAge: number
}

export function withPublishOptions<C extends Command>(command: C): C {
  return command
    .option(
      '--publish <url>',
      'a NATS stream that gets every frame too, nats://HOST:PORT/STREAM',
      natsUrl,
    )
    .option(
      '--publish-max-bytes <MiB>',
      'what the NATS stream keeps',
      integerOption(1, 2 ** 30),
      DEFAULT_NATS_RETENTION.maxBytes / 2 ** 20,
    )
    .option(
      '--publish-max-age <seconds>',
      'how long the NATS stream keeps it',
      integerOption(1, 10 * 366 * 24 * 3600),
      DEFAULT_NATS_RETENTION.maxAgeMs / 1000,
    )
}

/** Undefined when nothing is to be published. */
export function natsTargetOf(options: PublishArguments, log: Log): NatsTarget | undefined {
  const { publish: url, publishMaxBytes, publishMaxAge } = options
  if (url === undefined) return undefined
  const retention = { maxBytes: publishMaxBytes * 2 ** 20, maxAgeMs: publishMaxAge * 1000 }
  return { url, retention, onNotice: log }
}

/** @throws InvalidNatsAddressError */
function natsUrl(text: string): string {
  parseNatsUrl(text)
  return text
}
