/** A fault in a thread of jobs (`job-thread.ts`) on its way to the main thread. */

import { CallAbortedError } from './call-result.ts'

export interface JobFailure {
  readonly type: 'failed'
  /** The error as text: not every error survives the way between threads. */
  readonly message: string
  readonly stack: string | undefined
}

export function jobFailure(error: unknown): JobFailure {
  const isError = error instanceof Error
  const message = isError ? `${error.name}: ${error.message}` : String(error)
  return { type: 'failed', message, stack: isError ? error.stack : undefined }
}

/** @param job what it was, as `the call` */
export function abortedJob(job: string, { message, stack }: JobFailure): CallAbortedError {
  const details = stack === undefined ? {} : { details: stack }
  return new CallAbortedError(`${job} broke: ${message}`, details)
}
