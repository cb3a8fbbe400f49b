/** A list from the server, one page at a time. */
import { computed, ref, watch, type ComputedRef, type Ref, type WatchSource } from 'vue'
import type { Change } from './events.ts'
import { useResource, type Resource } from './resource.ts'

/** The number of items on a page. */
export const PAGE_SIZE = 20
/** The page size for reading a whole list. */
const BATCH_SIZE = 500

/** The parameters of a request for a page. */
export interface Wish {
  limit: bigint
  cursor?: string
}

/** A page as the server returns it. */
export interface Answer<T> {
  items: T[]
  next?: string | null
  total?: bigint | null
}

export interface Pages<T> {
  shown: Resource<Answer<T>>
  /** The number of the page, from 1. */
  page: Ref<number>
  /** The number of pages, as far as it is known. */
  pages: ComputedRef<number>
  turn: (to: number) => void
}

interface Options {
  /** Start over at the first page when one of these changes. */
  on?: WatchSource | WatchSource[]
  /** Reload when the server reports such a change. */
  when?: (change: Change) => boolean
  size?: number
}

/** The old page stays until the new one arrives. `read` returns null if there is nothing to read from. */
export function usePages<T>(read: (wish: Wish) => Promise<Answer<T> | null>, options: Options = {}): Pages<T> {
  const { on, when, size = PAGE_SIZE } = options
  const page = ref(1)
  /** The cursors of the pages up to the next one. The first page needs none. */
  let cursors: (string | undefined)[] = [undefined]

  // Before the resource's own watcher, which reads the page.
  if (on) {
    watch(on, () => {
      cursors = [undefined]
      page.value = 1
    })
  }
  const shown = useResource<Answer<T>>(
    async () => {
      for (;;) {
        const at = page.value
        const answer = await read({ limit: BigInt(size), cursor: cursors[at - 1] })
        if (at !== page.value) return answer
        cursors = [...cursors.slice(0, at), ...(answer?.next ? [answer.next] : [])]
        // What was on the last page is gone.
        if (at === 1 || !answer || answer.items.length > 0) return answer
        page.value = at - 1
      }
    },
    { on, when },
  )
  const pages = computed(() => {
    const answer = shown.value.value
    return Math.max(page.value + (answer?.next ? 1 : 0), Math.ceil(Number(answer?.total ?? 0n) / size), 1)
  })
  function turn(to: number) {
    if (to < 1 || to > cursors.length || to === page.value) return
    page.value = to
    void shown.reload()
  }
  return { shown, page, pages, turn }
}

/** Reads a list to its end. */
export async function readAll<T>(read: (wish: Wish) => Promise<Answer<T>>): Promise<T[]> {
  const all: T[] = []
  let cursor: string | undefined
  do {
    const { items, next } = await read({ limit: BigInt(BATCH_SIZE), cursor })
    all.push(...items)
    cursor = next ?? undefined
  } while (cursor)
  return all
}

/** Reads a list, the first pages of it, until an item fits. */
export async function findIn<T>(read: (wish: Wish) => Promise<Answer<T>>, fits: (item: T) => boolean, most: number): Promise<T[]> {
  const seen: T[] = []
  let cursor: string | undefined
  do {
    const { items, next } = await read({ limit: BigInt(Math.min(100, most - seen.length)), cursor })
    seen.push(...items)
    cursor = next ?? undefined
    if (items.some(fits)) break
  } while (cursor && seen.length < most)
  return seen
}
