import type { Digests, Message } from '../workers/digest.worker.ts'

export type { Digests } from '../workers/digest.worker.ts'

/** keccak-256 and MD5 of a file, read in a worker. */
export function digest(file: File, report: (share: number) => void): Promise<Digests> {
  const worker = new Worker(new URL('../workers/digest.worker.ts', import.meta.url), { type: 'module' })
  return new Promise<Digests>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<Message>) => {
      if ('share' in data) report(data.share)
      else if ('digests' in data) resolve(data.digests)
      else reject(new Error(data.error))
    }
    worker.onerror = (event) => reject(new Error(event.message || 'the file cannot be read'))
    worker.postMessage(file)
  }).finally(() => worker.terminate())
}
