/** Computes a file's digests piece by piece, so that memory use does not depend on its size. */
import { createKeccak, createMD5 } from 'hash-wasm'

export interface Digests {
  keccak: `0x${string}`
  md5: string
}

export type Message = { share: number } | { digests: Digests } | { error: string }

const say = (message: Message) => postMessage(message)

onmessage = async ({ data: file }: MessageEvent<File>) => {
  try {
    const [keccak, md5] = await Promise.all([createKeccak(256), createMD5()])
    const reader = file.stream().getReader()
    let done = 0
    let told = 0
    for (;;) {
      const { value, done: ended } = await reader.read()
      if (ended) break
      keccak.update(value)
      md5.update(value)
      done += value.length
      const share = file.size === 0 ? 1 : done / file.size
      if (share - told > 0.01) say({ share: (told = share) })
    }
    say({ digests: { keccak: `0x${keccak.digest('hex')}`, md5: md5.digest('hex') } })
  } catch (error) {
    say({ error: error instanceof Error ? error.message : String(error) })
  }
}
