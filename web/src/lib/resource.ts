import { ApiError, OfflineError, PATHS } from 'capi-client'
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef, type WatchSource } from 'vue'
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

interface Options {
  /** Reload when one of these changes. */
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
      // A value that no longer exists is hidden. One that cannot be loaded at the moment stays.
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
