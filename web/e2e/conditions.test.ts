/** The console on a slow or broken line, by keyboard alone, and with long lists. */
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, launch, settle, SIZES } from './support/browser.ts'
import { DevMarket } from './support/market.ts'
import { Network, watchShifts } from './support/network.ts'
import { finished, panel, Roles } from './support/roles.ts'

const SLOW = { latency: 400, bytesPerSecond: 50_000 }
const PAGES = ['/', '/browse', '/polls', '/govern', '/operate']
/** The most that counts as good. */
const MAX_SHIFT = 0.1
let market: DevMarket
let browser: Browser
let roles: Roles
let listings: { listing_hash: string; title: string; size: number }[] = []

beforeAll(async () => {
  ;[market, browser] = await Promise.all([DevMarket.up(), launch()])
  roles = new Roles(market, browser)
  await market.capi('dev', 'seed')
  listings = ((await (await fetch(`${market.origin}/listings/`)).json()) as { items: typeof listings }).items
})

afterAll(async () => {
  await browser?.close()
  await market?.down()
})

const told = (page: Page) => page.getByText('You are offline.')

/** Breaks the line once a step has made progress, until the page says so. */
async function interrupt(page: Page, network: Network, step: string): Promise<void> {
  const progress = page.locator(`[data-step=${step}] progress`)
  await expect.poll(() => progress.getAttribute('value').then(Number), { timeout: 15_000, interval: 50 }).toBeGreaterThan(0.05)
  await network.offline()
  await told(page).waitFor()
  await network.online()
  await told(page).waitFor({ state: 'hidden' })
}

describe('a slow line', () => {
  test('shows skeletons that what arrives fits into', () =>
    roles.visiting(async (visit) => {
      const page = await visit.context.newPage()
      const shifted = await watchShifts(page)
      await Network.of(page, SLOW)
      const account = `/account/${market.account('maker').address}`
      for (const path of [...PAGES, account, `/listings/${listings[0]?.listing_hash}`]) {
        await page.goto(`${market.origin}/app${path}`)
        await settle(page)
        expect(await shifted(), path).toBeLessThan(MAX_SHIFT)
        expect(await page.locator('[role=alert]').count(), path).toBe(0)
      }
    }))

  test('that breaks is told without false errors, and the page catches up by itself', () =>
    roles.visiting(async (visit) => {
      const page = await visit.open('/')
      await settle(page)
      const network = await Network.of(page, SLOW)
      await network.offline()
      await told(page).waitFor()
      await market.rpc('anvil_mine', ['0x1'])
      const head = Number(await market.rpc<string>('eth_blockNumber'))
      // The code of this page has not been loaded yet.
      await page.getByRole('link', { name: 'Govern' }).click()
      expect(await page.getByText(`Block ${head}`).count()).toBe(0)
      await network.online()
      await told(page).waitFor({ state: 'hidden' })
      await page.getByText(`Block ${head}`).waitFor()
      await page.getByRole('heading', { name: 'Decided proposals' }).waitFor()
      await settle(page)
      expect(await page.locator('[role=alert]').count()).toBe(0)
    }))

  test('that breaks in mid-download does not end it', () =>
    roles.as('buyer', async (visit) => {
      const largest = [...listings].sort((a, b) => b.size - a.size)[0]
      const page = await visit.open(`/listings/${largest?.listing_hash}`)
      await connect(page)
      await panel(page, 'buy').getByRole('button', { name: 'Buy and download' }).waitFor()
      const network = await Network.of(page, { latency: 0, bytesPerSecond: (largest?.size ?? 0) / 3 })
      const download = page.waitForEvent('download')
      await panel(page, 'buy').getByRole('button', { name: 'Buy and download' }).click()
      await interrupt(page, network, 'download')
      expect((await (await (await download).createReadStream()).toArray()).reduce((sum, piece) => sum + piece.length, 0)).toBe(largest?.size)
    }))

  test('that breaks in mid-upload does not end it', () =>
    roles.as('maker', async (visit) => {
      const page = await visit.open('/publish')
      await connect(page)
      await page.locator('input[name=file]').setInputFiles({ name: 'slow.csv', mimeType: 'text/csv', buffer: Buffer.alloc(200_000, 'slow\n') })
      await page.locator('textarea[name=description]').fill('Sent over a slow line')
      await page.getByRole('button', { name: 'Next: publish it' }).click()
      await panel(page, 'publish').getByRole('button', { name: 'Publish', exact: true }).waitFor()
      const network = await Network.of(page, { latency: 0, bytesPerSecond: 60_000 })
      await panel(page, 'publish').getByRole('button', { name: 'Publish', exact: true }).click()
      await interrupt(page, network, 'upload')
      await finished(page, 'publish')
    }))
})

describe('the keyboard alone', () => {
  /** What has the focus, and whether it can be seen to have it. */
  const focused = (page: Page) =>
    page.evaluate(() => {
      const element = document.activeElement as HTMLElement
      const { outlineStyle } = getComputedStyle(element)
      return { text: element.innerText.trim(), inside: element.closest('nav, .popover, [data-panel], main')?.className ?? '', visible: outlineStyle !== 'none' }
    })

  test('opens the wallet, goes back, connects, and carries out an action', () =>
    roles.as('voter', async (visit) => {
      const page = await visit.open('/support')
      await settle(page)
      await page.locator('[data-wallet]').focus()
      await page.keyboard.press('Enter')
      await page.locator('.popover-body').waitFor()
      await page.keyboard.press('Tab')
      await page.keyboard.press('Escape')
      await page.locator('.popover-body').waitFor({ state: 'detached' })
      expect(await focused(page)).toEqual({ text: 'Connect wallet', inside: 'popover', visible: true })
      await page.keyboard.press('Enter')
      const other = page.locator('.popover-body').getByRole('button', { name: 'Test wallet' })
      while (!(await other.evaluate((button) => button === document.activeElement))) await page.keyboard.press('Tab')
      await page.keyboard.press('Enter')
      await page.locator('[data-wallet] .dot').waitFor()
      await expect.poll(() => focused(page)).toMatchObject({ inside: 'popover', visible: true })
      const action = panel(page, 'support').getByRole('button', { name: 'Support the market' })
      await expect.poll(() => action.isEnabled()).toBe(true)
      await page.locator('input[name=amount]').focus()
      await page.keyboard.press('Tab')
      expect((await focused(page)).text).toBe('Support the market')
      await page.keyboard.press('Enter')
      await finished(page, 'support')
      await expect.poll(async () => (await focused(page)).text).toMatch(/All steps are complete/)
      await page.keyboard.press('Tab')
      expect((await focused(page)).text).toBe('Do it again')
    }))

  test('stays in the menu of a narrow screen, and returns from it', () =>
    roles.visiting(async (visit) => {
      const page = await visit.open('/')
      await page.setViewportSize(SIZES.narrow)
      await settle(page)
      const button = page.getByRole('button', { name: 'Menu' })
      await button.focus()
      await page.keyboard.press('Enter')
      const places = new Set<string>()
      for (let presses = 0; presses < 14; presses += 1) {
        await page.keyboard.press('Tab')
        places.add(await page.evaluate(() => (document.activeElement?.closest('nav, main, footer')?.tagName ?? 'none')))
      }
      expect([...places]).toContain('NAV')
      expect([...places]).not.toContain('MAIN')
      await page.getByRole('link', { name: 'Polls' }).focus()
      await page.keyboard.press('Escape')
      await page.locator('.nav.open').waitFor({ state: 'detached' })
      expect((await focused(page)).text).toBe('Menu')
    }))
})

test('ten thousand items of every list are read and shown in pages', () =>
  roles.visiting(async (visit) => {
    const page = await visit.context.newPage()
    const limits: (string | null)[] = []
    const hash = (number: number) => `0x${number.toString(16).padStart(64, '0')}`
    const at = { block: 1, time: 1_790_000_000, transaction: hash(1) }
    const owner = market.account('maker').address
    const listing = (number: number) => ({ ...listings[0], listing_hash: hash(number), status: 'listed', unclaimed: 1, supply: 1 })
    const poll = (kind: string, number: number) => ({
      ...listing(number), hash: hash(number), kind, owner, stake: 1, vote_by: 1_790_000_000 + number, yea: 1, nay: 1, plurality: 50, passing: true,
      closed: false, resolvable: false, voters: 2, added: at, parameter: null, url: null, listing: null,
    })
    const paged = (make: (number: number) => unknown) => (route: Route) => {
      const query = new URL(route.request().url()).searchParams
      limits.push(query.get('limit'))
      const from = Number(query.get('cursor')?.split('-')[0] ?? 0)
      const to = from + Number(query.get('limit') ?? 10_000)
      return route.fulfill({ json: { items: Array.from({ length: to - from }, (_, index) => make(from + index)), next: `${to}-0`, total: 10_000, from_block: 0, to_block: 1 } })
    }
    await page.route(/\/candidates\/(challenge|reparam|registration)\?/, paged(hash))
    await page.route(/\/(listings\/|candidates\/application|accounts\/\w+\/listings)\?/, paged(listing))
    await page.route(/\/candidates\/(\w+)\/0x/, (route) => {
      const [, kind = '', of = ''] = /\/candidates\/(\w+)\/(0x\w+)/.exec(route.request().url()) ?? []
      return route.fulfill({ json: poll(kind, Number(of)) })
    })
    await page.route(/\/candidates\/resolved\?/, paged((number) => ({
      hash: hash(number), kind: 'reparam', owner, vote_by: 1, votes: 3, voters: 2, outcome: 'passed', added: at, resolved: at, url: null,
      parameter: { number: 6, name: 'plurality', value: number % 100, previous: 50 },
    })))
    await page.route(/\/accounts\/\w+\/votes\?/, paged((number) => ({ hash: hash(number), kind: 'reparam', at, stake: 1, released: false, resolved: true, outcome: 'passed' })))
    await page.route(/\/accounts\/\w+\/deliveries\?/, paged((number) => ({
      delivery_hash: hash(number), life: 0, status: 'completed', bytes_requested: null, bytes_delivered: 1, requested: null, completed: at,
      accesses: [{ listing_hash: hash(number), title: `File ${number}`, size: 1, fetchable: true, at }],
    })))
    for (const path of ['/', '/polls', '/polls?kind=reparam', '/govern', `/account/${owner}`]) {
      await page.goto(`${market.origin}/app${path}`)
      await settle(page)
      expect(await page.locator('*').count(), path).toBeLessThan(2500)
    }
    expect(limits.length).toBeGreaterThan(10)
    for (const limit of limits) expect(Number(limit)).toBeLessThanOrEqual(20)
    const purchases = page.getByRole('navigation', { name: 'Pages of Purchases' })
    await purchases.getByText('Page 1 of 500').waitFor()
    await purchases.getByRole('button', { name: 'Next' }).click()
    await page.getByRole('link', { name: 'File 39' }).waitFor()
    await purchases.getByText('Page 2 of 500').waitFor()
  }))
