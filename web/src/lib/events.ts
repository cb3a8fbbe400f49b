/** The server's stream of changes: `GET /events`. */
import { parseExact, PATHS } from 'capi-client'
import { ref } from 'vue'

export interface Change {
  kind: 'listing' | 'poll' | 'delivery' | 'account' | 'task' | 'head' | 'rollback'
  hash: string | null
  change: string | null
}

const KINDS = ['listing', 'poll', 'delivery', 'account', 'task', 'head', 'rollback'] as const
const RETRY_MS = 15_000
/** One block brings many changes; listeners are called once for all of them. */
const GATHER_MS = 150

type Listener = (change: Change) => void

class Changes {
  readonly connected = ref(false)
  private listeners = new Set<Listener>()
  private source: EventSource | null = null
  private gathered = new Map<string, Change>()

  constructor() {
    // A browser limits its connections to a server, so hidden pages close theirs.
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'hidden') this.close()
      else if (this.listeners.size > 0) {
        this.open()
        this.gather('head', '{}')
      }
    })
  }

  /** Listens until the returned function is called. */
  listen(listener: Listener): () => void {
    this.listeners.add(listener)
    this.open()
    return () => {
      this.listeners.delete(listener)
    }
  }

  private open() {
    if (this.source || !PATHS.has('/events')) return
    const source = new EventSource('/events')
    this.source = source
    source.onopen = () => {
      this.connected.value = true
    }
    source.onerror = () => {
      this.connected.value = false
      // The browser does not reconnect after an error response.
      if (source.readyState === EventSource.CLOSED) {
        this.source = null
        setTimeout(() => this.listeners.size > 0 && this.open(), RETRY_MS)
      }
    }
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => this.gather(kind, (event as MessageEvent<string>).data))
    }
  }

  private close() {
    this.source?.close()
    this.source = null
    this.connected.value = false
  }

  private gather(kind: Change['kind'], text: string) {
    const data = parseExact(text) as { hash?: string; change?: string }
    const change = { kind, hash: data.hash ?? null, change: data.change ?? null }
    if (this.gathered.size === 0) setTimeout(() => this.tell(), GATHER_MS)
    this.gathered.set(`${kind}/${change.hash}/${change.change}`, change)
  }

  private tell() {
    const gathered = [...this.gathered.values()]
    this.gathered.clear()
    for (const change of gathered) for (const listener of this.listeners) listener(change)
  }
}

export const changes = new Changes()
