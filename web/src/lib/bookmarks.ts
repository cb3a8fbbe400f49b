/** Bookmarked listings. They are stored only in this browser. */
import { shallowRef } from 'vue'

const KEY = 'capi.bookmarks'

function read(): string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter((hash) => typeof hash === 'string') : []
  } catch {
    return []
  }
}

export const bookmarks = shallowRef(read())

export function toggleBookmark(hash: string): void {
  const kept = bookmarks.value
  bookmarks.value = kept.includes(hash) ? kept.filter((other) => other !== hash) : [hash, ...kept]
  localStorage.setItem(KEY, JSON.stringify(bookmarks.value))
}

// Another tab has changed them.
window.addEventListener('storage', (event) => {
  if (event.key === KEY) bookmarks.value = read()
})
