/** Keyboard focus. */
import { onBeforeUpdate, onUpdated, type Ref } from 'vue'

/** Keeps the focus in `root` if what had it disappears in an update: it moves to the first of these that is there. */
export function useKeptFocus(root: Ref<HTMLElement | null>, selectors: readonly string[]): void {
  let held = false
  onBeforeUpdate(() => (held = root.value?.contains(document.activeElement) ?? false))
  onUpdated(() => {
    if (!held || !root.value || root.value.contains(document.activeElement)) return
    const next = selectors.map((selector) => root.value?.querySelector<HTMLElement>(selector)).find((found) => found)
    ;(next ?? root.value).focus()
  })
}
