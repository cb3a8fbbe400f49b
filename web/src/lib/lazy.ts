/** Parts of the program that are loaded when they are needed. */
import { defineAsyncComponent, type Component } from 'vue'
import type { Router } from 'vue-router'
import { whenOnline } from './connection.ts'

const MAX_TRIES = 5
const PAUSE_MS = 1000
/** A page that fails again within this time is not reloaded again. */
const RELOADED_MS = 10_000
const RELOADED = 'capi.reloaded'

/** A component whose loading survives a broken line. */
export function lazy<T extends Component>(load: () => Promise<{ default: T }>): T {
  return defineAsyncComponent({
    loader: load as never,
    onError: (_, retry, fail, tries) => {
      if (tries >= MAX_TRIES) fail()
      else setTimeout(() => void whenOnline().then(retry), PAUSE_MS)
    },
  }) as T
}

/**
 * Goes on to a page whose code did not load: when the browser is online again, or with the code of the server's new
 * version, which has other names.
 */
export function goOnWhenLoadable(router: Router): void {
  router.onError((error: unknown, to) => {
    if (!navigator.onLine) return void whenOnline().then(() => router.push(to.fullPath))
    const last = Number(sessionStorage.getItem(RELOADED) ?? 0)
    if (!(error instanceof TypeError) || Date.now() - last < RELOADED_MS) return console.error(error)
    sessionStorage.setItem(RELOADED, String(Date.now()))
    location.assign(router.resolve(to.fullPath).href)
  })
}
