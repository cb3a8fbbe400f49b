/** Whether this browser is online, and whether the server answers. */
import { reactive } from 'vue'

export const connection = reactive({
  online: navigator.onLine,
  /** Whether the last request got an answer. */
  answered: true,
})

window.addEventListener('online', () => {
  connection.online = true
  connection.answered = true
})
window.addEventListener('offline', () => (connection.online = false))

/** Resolves at once while the browser is online. */
export function whenOnline(): Promise<void> {
  if (navigator.onLine) return Promise.resolve()
  return new Promise((resolve) => window.addEventListener('online', () => resolve(), { once: true }))
}
