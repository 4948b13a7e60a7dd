/** Where on a NATS server a stream of frames is: `nats://[USER:PASSWORD@]HOST[:PORT][/STREAM]`. */

import { StreamError } from '../client/stream-errors.ts'

export interface NatsAddress {
  /** `host:port`. */
  readonly server: string
  /** Of the JetStream stream. */
  readonly stream: string
  readonly user?: string
  readonly password?: string
}

/** The address is not one of a NATS stream. */
export class InvalidNatsAddressError extends StreamError {
  override readonly name = 'Nats.InvalidNatsAddressError'
}

const SCHEME = 'nats:'
const DEFAULT_PORT = '4222'
const DEFAULT_STREAM = 'shredcast'

/** What NATS takes for a name that is one token of a subject too. */
const STREAM_NAME = /^[\w-]{1,64}$/

export function isNatsUrl(url: string): boolean {
  return url.startsWith(SCHEME)
}

/** @throws InvalidNatsAddressError */
export function parseNatsUrl(url: string): NatsAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const stream = parsed?.pathname.replace(/^\//, '') || DEFAULT_STREAM
  if (
    parsed?.protocol !== SCHEME ||
    parsed.hostname === '' ||
    parsed.search + parsed.hash !== '' ||
    !STREAM_NAME.test(stream)
  ) {
    throw new InvalidNatsAddressError(
      `not the address of a NATS stream, nats://HOST:PORT/STREAM: ${withoutPassword(url)}`,
    )
  }
  const { hostname, port, username, password } = parsed
  return {
    server: `${hostname}:${port || DEFAULT_PORT}`,
    stream,
    ...(username !== '' && { user: decodeURIComponent(username) }),
    ...(password !== '' && { password: decodeURIComponent(password) }),
  }
}

/** As it may be shown. */
export function natsText({ server, stream }: NatsAddress): string {
  return `${SCHEME}//${server}/${stream}`
}

function withoutPassword(url: string): string {
  return url.replace(/:[^:/@]*@/, ':...@')
}
