/** What a voter is offered of a file. */
import type { Listing } from 'capi-client'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createApp, h, type App } from 'vue'
import { provideMarket } from '../src/api/market.ts'
import { wallets } from '../src/chain/wallet.ts'
import { i18n, useLanguage } from '../src/i18n/index.ts'
import { readPollAndPreview } from '../src/lib/polls.ts'
import FilePreview from '../src/ui/FilePreview.vue'

const [OWNER, VOTER, HASH] = ['0xab00000000000000000000000000000000000000', '0xcd00000000000000000000000000000000000000', `0x${'11'.repeat(32)}`]
const LISTING = { listing_hash: HASH, owner: OWNER, file_type: 'text/csv', size: 10n, title: 'Rain' } as Listing
let app: App | undefined
let asked: string[] = []

/** A server with these answers, by path. */
function serve(answers: Record<string, object>) {
  asked = []
  vi.stubGlobal('fetch', (request: Request) => {
    const { pathname } = new URL(request.url)
    asked.push(pathname)
    const answer = answers[pathname]
    return Promise.resolve(new Response(JSON.stringify(answer ?? {}), { status: answer ? 200 : 404, headers: { 'content-type': 'application/json' } }))
  })
}

/** The market's changes, of which there are none. */
class NoEvents {
  addEventListener() {}
  close() {}
}

beforeEach(async () => {
  vi.stubGlobal('EventSource', NoEvents)
  await useLanguage('en')
})
afterEach(() => {
  app?.unmount()
  app = undefined
  Object.assign(wallets, { account: null })
  vi.unstubAllGlobals()
})

/** The component's text, and that of its button. */
function shown(account: string | null, choice: string | null): { text: string; button: string | undefined } {
  app?.unmount()
  serve({})
  Object.assign(wallets, { account })
  const place = document.createElement('div')
  app = createApp({
    setup() {
      provideMarket()
      return () => h(FilePreview, { listing: LISTING, choice })
    },
  })
  app.use(i18n).mount(place)
  return { text: place.textContent ?? '', button: place.querySelector('button')?.textContent ?? undefined }
}

describe('the preview of a file', () => {
  test('is a button, beside what the maker has chosen', () => {
    expect(shown(VOTER, null).button).toBe('Show a preview')
    const some = shown(VOTER, 'rows:20')
    expect(some.button).toBe('Show a preview')
    expect(some.text).toContain('The maker shows the first 20 rows.')
  })

  test('is the choice and nothing to press if the maker shows nothing', () => {
    expect(shown(VOTER, 'none')).toEqual({ text: 'The maker shows no preview.', button: undefined })
  })

  test('is there for the owner, whatever voters may see', () => {
    expect(shown(OWNER, 'none').button).toBe('Show a preview')
  })
})

describe('a poll on a file', () => {
  const poll = { hash: HASH, kind: 'challenge', listing: { listing_hash: HASH, owner: OWNER } }

  test('says what the maker lets voters see, also if it is a challenge', async () => {
    serve({ [`/candidates/application/${HASH}`]: { hash: HASH, listing_hash: HASH, owner: OWNER, preview: 'none' } })
    expect(await readPollAndPreview('application', HASH)).toMatchObject({ kind: 'application', preview: 'none' })
    serve({ [`/candidates/challenge/${HASH}`]: poll, [`/listings/${HASH}`]: { listing_hash: HASH, preview: 'bytes:100' } })
    expect(await readPollAndPreview('challenge', HASH)).toMatchObject({ kind: 'challenge', preview: 'bytes:100' })
  })

  test('asks for no listing where there is no file', async () => {
    serve({ [`/candidates/reparam/${HASH}`]: { hash: HASH, kind: 'reparam', listing: null } })
    expect((await readPollAndPreview('reparam', HASH)).preview).toBeNull()
    expect(asked).toEqual([`/candidates/reparam/${HASH}`])
  })
})
