/** How values and lists are read from the server and kept up to date. */
import { OfflineError } from 'capi-client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { effectScope, nextTick, ref, type EffectScope } from 'vue'
import { connection, whenOnline } from '../src/lib/connection.ts'
import { findIn, readAll, usePages, type Wish } from '../src/lib/pages.ts'
import { useResource } from '../src/lib/resource.ts'

let scope: EffectScope
beforeEach(() => {
  scope = effectScope()
  vi.useFakeTimers()
})
afterEach(() => {
  scope.stop()
  vi.useRealTimers()
})
const settle = () => vi.advanceTimersByTimeAsync(0)

/** A request that the test answers. */
function line<T>() {
  const asked: { answer: (value: T) => void; fail: (error: Error) => void }[] = []
  const read = () => new Promise<T>((answer, fail) => asked.push({ answer, fail }))
  return { asked, read }
}

describe('a value from the server', () => {
  test('is read once more after a change, and the answer on its way counts', async () => {
    const { asked, read } = line<string>()
    const value = scope.run(() => useResource(read))
    for (let changes = 0; changes < 5; changes += 1) void value?.reload()
    expect(asked).toHaveLength(1)
    asked[0]?.answer('old')
    await settle()
    expect(value?.value.value).toBe('old')
    expect(asked).toHaveLength(2)
    asked[1]?.answer('new')
    await settle()
    expect([value?.value.value, asked.length]).toEqual(['new', 2])
  })

  test('stays while the server does not answer, and is asked for again until it does', async () => {
    const { asked, read } = line<string>()
    const value = scope.run(() => useResource(read))
    asked[0]?.answer('old')
    await settle()
    void value?.reload()
    asked[1]?.fail(new OfflineError(null))
    await settle()
    expect([value?.value.value, connection.answered]).toEqual(['old', false])
    expect(value?.error.value).toBeInstanceOf(OfflineError)
    await vi.advanceTimersByTimeAsync(60_000)
    asked.at(-1)?.answer('new')
    await settle()
    expect([value?.value.value, value?.error.value, connection.answered]).toEqual(['new', null, true])
  })

  test('is read again when the browser is back online, even if an answer never comes', async () => {
    const { asked, read } = line<string>()
    const value = scope.run(() => useResource(read))
    window.dispatchEvent(new Event('online'))
    expect(asked).toHaveLength(2)
    asked[1]?.answer('new')
    asked[0]?.answer('old')
    await settle()
    expect(value?.value.value).toBe('new')
  })

  test('of another thing is not mixed up with the one before', async () => {
    const { asked, read } = line<string>()
    const hash = ref(1)
    const value = scope.run(() => useResource(read, { on: hash }))
    hash.value = 2
    await nextTick()
    asked[0]?.answer('of one')
    await settle()
    expect([value?.value.value, value?.loading.value]).toEqual([null, true])
    asked[1]?.answer('of two')
    await settle()
    expect(value?.value.value).toBe('of two')
  })
})

/** A list of `length` numbers, and the requests for it. */
function numbers(length: number) {
  const wishes: Wish[] = []
  const read = async (wish: Wish) => {
    wishes.push(wish)
    const from = Number(wish.cursor ?? 0)
    const to = Math.min(list.length, from + Number(wish.limit))
    return { items: Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index), next: to < list.length ? String(to) : null, total: BigInt(list.length) }
  }
  const list = { length, wishes, read }
  return list
}

describe('a list', () => {
  test('of ten thousand is read in pages', async () => {
    const { wishes, read } = numbers(10_000)
    const pages = scope.run(() => usePages(read))
    await settle()
    expect([pages?.page.value, pages?.pages.value, pages?.shown.value.value?.items.length]).toEqual([1, 500, 20])
    pages?.turn(3)
    expect(pages?.page.value, 'no further than is known').toBe(1)
    for (const to of [2, 3]) {
      pages?.turn(to)
      await settle()
    }
    expect(pages?.shown.value.value?.items[0]).toBe(40)
    pages?.turn(1)
    await settle()
    expect(pages?.shown.value.value?.items[0]).toBe(0)
    expect(wishes).toHaveLength(4)
  })

  test('that got shorter shows the last page that is left', async () => {
    const list = numbers(25)
    const pages = scope.run(() => usePages(list.read))
    await settle()
    pages?.turn(2)
    await settle()
    list.length = 10
    void pages?.shown.reload()
    await settle()
    expect([pages?.page.value, pages?.pages.value, pages?.shown.value.value?.items.length]).toEqual([1, 1, 10])
  })

  test('can be read to its end, or until something is found', async () => {
    expect(await readAll(numbers(1234).read)).toHaveLength(1234)
    const found = numbers(10_000)
    expect((await findIn(found.read, (number) => number === 150, 1000)).length).toBe(200)
    expect(found.wishes).toHaveLength(2)
    const missing = numbers(10_000)
    expect((await findIn(missing.read, () => false, 1000)).length).toBe(1000)
    expect(missing.wishes).toHaveLength(10)
  })
})

test('what waits for a connection does not wait while there is one', async () => {
  await expect(whenOnline()).resolves.toBeUndefined()
})
