/** Downloads of paid files. */
import { ApiError, data } from 'capi-client'
import { api } from '../api/index.ts'
import { session } from '../api/session.ts'
import { whenOnline } from './connection.ts'

/** How often a download resumes after its connection breaks, before it fails. */
const MAX_BREAKS = 20
const PAUSE_MS = 1000
/** Files from this size on go to the browser's download manager, because a page would hold the whole file in memory. */
const LARGE_BYTES = 256n * 1024n * 1024n

/** Downloads the file for the user. */
export async function fetchFile(delivery: string, listing: string, report: (share: number) => void): Promise<void> {
  const ticket = await data(api.POST('/deliveries/tickets', { body: { delivery_hash: delivery, query: listing } }))
  if (ticket.size >= LARGE_BYTES) return follow(ticket.url)
  return read(delivery, listing, report)
}

/** Reads the file, resumes where the connection broke, and saves it. */
async function read(delivery: string, listing: string, report: (share: number) => void): Promise<void> {
  const url = `/deliveries/?${new URLSearchParams({ delivery_hash: delivery, query: listing })}`
  const pieces: Uint8Array<ArrayBuffer>[] = []
  let have = 0
  let etag: string | null = null
  for (let breaks = 0; ; breaks += 1) {
    const answer = await ask(url, have, etag)
    // The response is not the requested part, so the file starts over.
    if (answer.status === 200) have = pieces.length = 0
    etag = answer.headers.get('etag')
    const size = have + Number(answer.headers.get('content-length') ?? 0)
    try {
      for (const reader = answer.body?.getReader(); reader; ) {
        const { value, done } = await reader.read()
        if (done) break
        pieces.push(value)
        have += value.length
        report(size ? have / size : 1)
      }
      if (have >= size) return save(new Blob(pieces, { type: answer.headers.get('content-type') ?? '' }), nameOf(answer))
    } catch (error) {
      if (breaks >= MAX_BREAKS) throw error
    }
    await pause()
  }
}

async function ask(url: string, from: number, etag: string | null): Promise<Response> {
  const headers = new Headers({ authorization: `Bearer ${session.tokens?.access ?? ''}` })
  if (from > 0 && etag) {
    headers.set('range', `bytes=${from}-`)
    headers.set('if-range', etag)
  }
  for (let tries = 0; ; tries += 1) {
    try {
      const answer = await fetch(url, { headers })
      if (!answer.ok) throw new ApiError(answer, await answer.json().catch(() => null))
      return answer
    } catch (error) {
      // Nothing has arrived yet, or the server refused: the caller shows the error.
      if (error instanceof ApiError || from === 0 || tries >= MAX_BREAKS) throw error
      await pause()
    }
  }
}

/** However long the browser is offline, that counts as one break. */
async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  await whenOnline()
}

/** The file name from the response's headers, which the server has made safe. */
function nameOf(answer: Response): string {
  const wide = /filename\*=UTF-8''([^;]+)/i.exec(answer.headers.get('content-disposition') ?? '')?.[1]
  return wide ? decodeURIComponent(wide) : (answer.headers.get('filename') ?? 'file')
}

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file)
  follow(url, name)
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}

/** The file name in the link's response takes precedence over `name`. */
function follow(url: string, name = ''): void {
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
}
