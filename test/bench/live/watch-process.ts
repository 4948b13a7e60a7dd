/** A subscriber of its own process in `bench live`: how old each shred is when it is here, verified. */

import { connectStream } from '@shredcast/protocol/client/connect-stream'

process.once('message', async (url: string) => {
  const agesMs: number[] = []
  const client = connectStream(url)
  client.messages$.subscribe(({ message }) => {
    if (message.type !== 'shred' || message.committedAtUs === undefined) return
    agesMs.push(performance.timeOrigin + performance.now() - message.committedAtUs / 1000)
  })
  await client.hello
  process.send!('streaming')
  process.once('message', () => {
    client.close()
    process.send!(agesMs, () => process.disconnect())
  })
})
