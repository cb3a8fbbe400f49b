import { ApiError, OfflineError, PATHS } from 'capi-client'
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'
import { changes, type Change } from './events.ts'

export interface Resource<T> {
  value: ShallowRef<T | null>
  error: ShallowRef<Error | null>
  /** While there is nothing to show yet. */
  loading: Ref<boolean>
  reload: () => Promise<void>
}

/** How often is asked what a server does not tell by itself. */
const POLL_MS = 5000

interface Options {
  /** Read again when one of these changes. */
  on?: WatchSource | WatchSource[]
  /** Read again when the server tells of such a change. */
  when?: (change: Change) => boolean
  /** Read again after so many milliseconds, while the page is visible. */
  every?: number
}

/** Something read from the server, kept fresh while its page is shown. What was read stays until the next is there. */
export function useResource<T>(read: () => Promise<T | null>, options: Options = {}): Resource<T> {
  const value = shallowRef<T | null>(null)
  const error = shallowRef<Error | null>(null)
  const loading = ref(true)
  let run = 0

  async function reload() {
    run += 1
    const mine = run
    try {
      const read_ = await read()
      if (mine !== run) return
      value.value = read_
      error.value = null
    } catch (caught) {
      if (mine !== run) return
      error.value = caught instanceof Error ? caught : new Error(String(caught))
      // What is gone is not shown any more; what cannot be read at the moment is.
      if (caught instanceof ApiError && caught.status === 404) value.value = null
    }
    loading.value = false
  }

  if (options.on) {
    watch(options.on, () => {
      value.value = null
      loading.value = true
      void reload()
    })
  }
  const { when } = options
  const every = options.every ?? (when && !PATHS.has('/events') ? POLL_MS : undefined)
  if (when) onScopeDispose(changes.listen((change) => when(change) && void reload()))
  const again = () => void (document.visibilityState === 'visible' && reload())
  if (every) {
    const timer = setInterval(again, every)
    onScopeDispose(() => clearInterval(timer))
  }
  const online = () => void (error.value instanceof OfflineError && reload())
  window.addEventListener('online', online)
  onScopeDispose(() => window.removeEventListener('online', online))
  void reload()
  return { value, error, loading, reload }
}
