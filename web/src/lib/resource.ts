import { ApiError, OfflineError, PATHS } from 'capi-client'
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'
import { connection } from './connection.ts'
import { changes, type Change } from './events.ts'

export interface Resource<T> {
  value: ShallowRef<T | null>
  error: ShallowRef<Error | null>
  /** True while there is nothing to show yet. */
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/** How often to reload what the server sends no events about. */
const POLL_MS = 5000
/** The pause before the first retry without an answer. Each further pause is twice as long. */
const RETRY_MS = 2000
const MAX_RETRY_MS = 30_000
/** A request without an answer for this long is given up when there is a reason to ask again. */
const PATIENCE_MS = 20_000

interface Options {
  /** Start over when one of these changes. */
  on?: WatchSource | WatchSource[]
  /** Reload when the server reports such a change. */
  when?: (change: Change) => boolean
  /** Reload at this interval in milliseconds, while the page is visible. */
  every?: number
}

/** A value from the server, kept up to date while its page is shown. The old value stays until a new one arrives. */
export function useResource<T>(read: () => Promise<T | null>, options: Options = {}): Resource<T> {
  const value = shallowRef<T | null>(null)
  const error = shallowRef<Error | null>(null)
  const loading = ref(true)
  /** The run that counts; values of earlier ones are dropped. */
  let run = 0
  let running: Promise<void> | null = null
  let again = false
  let began = 0
  let retry: ReturnType<typeof setTimeout> | undefined
  let pause = RETRY_MS

  async function readOnce(mine: number) {
    try {
      const read_ = await read()
      if (mine !== run) return
      value.value = read_
      error.value = null
      pause = RETRY_MS
      connection.answered = true
    } catch (caught) {
      if (mine !== run) return
      error.value = caught instanceof Error ? caught : new Error(String(caught))
      // A value that no longer exists is hidden. One that cannot be loaded at the moment stays.
      if (caught instanceof ApiError && caught.status === 404) value.value = null
      connection.answered = !(caught instanceof OfflineError)
      if (caught instanceof OfflineError) tryLater()
    }
    loading.value = false
  }

  function tryLater() {
    clearTimeout(retry)
    retry = setTimeout(() => void reload(), pause)
    pause = Math.min(pause * 2, MAX_RETRY_MS)
  }

  async function repeat(mine: number) {
    do {
      again = false
      began = Date.now()
      await readOnce(mine)
    } while (again && mine === run)
  }

  const isBusy = () => running !== null && Date.now() - began < PATIENCE_MS

  /** On a slow line, changes come faster than answers: what is being read is awaited, and read once more. */
  function reload(): Promise<void> {
    if (!running || !isBusy()) return startOver()
    again = true
    return running
  }

  function startOver(): Promise<void> {
    run += 1
    const mine = run
    running = repeat(mine).finally(() => {
      if (mine === run) running = null
    })
    return running
  }

  if (options.on) {
    watch(options.on, () => {
      value.value = null
      loading.value = true
      void startOver()
    })
  }
  const { when } = options
  const every = options.every ?? (when && !PATHS.has('/events') ? POLL_MS : undefined)
  if (when) onScopeDispose(changes.listen((change) => when(change) && void reload()))
  if (every) {
    const timer = setInterval(() => void (document.visibilityState === 'visible' && !isBusy() && reload()), every)
    onScopeDispose(() => clearInterval(timer))
  }
  // What was asked for while the line was down may never be answered.
  const online = () => void startOver()
  window.addEventListener('online', online)
  onScopeDispose(() => {
    run += 1
    clearTimeout(retry)
    window.removeEventListener('online', online)
  })
  void reload()
  return { value, error, loading, reload }
}
