/** Each role of the market does its part in a browser, and the chain shows the result. */
import { readFile } from 'node:fs/promises'
import { PATHS } from 'capi-client'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, inspect, launch, picture, settle } from './support/browser.ts'
import { Line } from './support/line.ts'
import { DevMarket } from './support/market.ts'
import { finished, panel, Roles } from './support/roles.ts'

const FILE = { name: 'rain.csv', mimeType: 'text/csv', buffer: Buffer.from('station,day,mm\nBerlin,2025-06-01,4.2\n'.repeat(4000)) }
let market: DevMarket
let browser: Browser
let roles: Roles
let listing = ''

beforeAll(async () => {
  ;[market, browser] = await Promise.all([DevMarket.up(), launch()])
  roles = new Roles(market, browser)
})

afterAll(async () => {
  await browser?.close()
  await market?.down()
})

const as: Roles['as'] = (...story) => roles.as(...story)
const visiting: Roles['visiting'] = (...story) => roles.visiting(...story)

/** An account's balance of a token, from the chain. */
async function held(token: 'ether_token' | 'market_token', account: string): Promise<bigint> {
  const data = `0x70a08231${account.slice(2).toLowerCase().padStart(64, '0')}`
  return BigInt(await market.rpc<string>('eth_call', [{ to: market.said.contracts[token], data }, 'latest']))
}

describe('the market in a browser', () => {
  test('a maker publishes a file, declines once, and goes on after reloads, also in mid-upload', () =>
    as('maker', async (visit, wallet) => {
      const page = await visit.open('/publish')
      await connect(page)
      await page.locator('input[name=file]').setInputFiles(FILE)
      await page.locator('input[name=title]').fill('Rain in Berlin')
      await page.locator('textarea[name=description]').fill('Millimetres a day, one station')
      await page.locator('input[name=tags]').fill('weather, rain')
      await inspect(page, 'publish')
      await page.getByRole('button', { name: 'Next: publish it' }).click()
      wallet.rejections = 1
      await panel(page, 'publish').getByRole('button', { name: 'Publish', exact: true }).click()
      await panel(page, 'publish').getByText('You declined in your wallet').waitFor()
      wallet.rejections = 0
      await panel(page, 'publish').getByRole('button', { name: 'Publish', exact: true }).click()
      await panel(page, 'publish').locator('[data-step=list][data-phase=settled]').waitFor()
      // The server knows the upload, but the connection is so slow that no part arrives before the page is reloaded.
      const uploads = (url: URL) => /^\/uploads\/./.test(url.pathname)
      await page.route(uploads, () => undefined)
      await page.reload()
      await panel(page, 'publish').locator('[data-step=list][data-phase=settled]').waitFor()
      await panel(page, 'publish').getByRole('button', { name: 'Publish', exact: true }).click()
      await panel(page, 'publish').locator('[data-step=upload][data-phase=wallet]').waitFor()
      await page.reload()
      await page.unroute(uploads)
      await panel(page, 'publish').locator('[data-step=list][data-phase=settled]').waitFor()
      await panel(page, 'publish').getByRole('button', { name: 'Publish', exact: true }).click()
      await finished(page, 'publish')
      expect(wallet.asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(2)
      await page.getByRole('link', { name: 'Go to the poll' }).click()
      await page.waitForURL('**/polls/application/*')
      listing = page.url().split('/').at(-1) ?? ''
      expect(listing).toMatch(/^0x[0-9a-f]{64}$/)
    }))

  test('a voter sees a preview, votes twice, and resolves when the poll has closed', () =>
    as('voter', async (visit) => {
      const page = await visit.open(`/polls/application/${listing}`)
      await connect(page)
      await inspect(page, 'poll')
      await page.getByRole('button', { name: 'Show a preview' }).click()
      // No script runs in this frame, not even the test's, so the test reads the frame's attribute.
      expect(await page.locator('iframe.preview[sandbox=""]').getAttribute('srcdoc')).toContain('<td>Berlin</td>')
      await panel(page, 'vote').getByRole('button', { name: 'Vote yes' }).click()
      await finished(page, 'vote')
      await panel(page, 'vote').getByRole('button', { name: 'Vote again' }).click()
      await panel(page, 'vote').getByRole('button', { name: 'Vote yes' }).click()
      await finished(page, 'vote')
      await page.getByText('2 yes, 0 no').waitFor()
      await page.getByText('Votes over time').waitFor()
      const polls = await visit.open('/polls')
      await polls.getByRole('link', { name: 'Rain in Berlin' }).waitFor()
      await inspect(polls, 'polls')
      await market.passTime(101)
      await panel(page, 'resolve').getByRole('button', { name: 'Resolve' }).click()
      await page.locator('[data-panel=unstake]').waitFor()
      await panel(page, 'unstake').getByRole('button', { name: 'Take back the stake' }).click()
      await finished(page, 'unstake')
    }))

  test('a buyer on another chain switches, buys, downloads, and may download again', () =>
    as('buyer', async (visit, wallet) => {
      wallet.chainId = 1
      wallet.knowsMarketChain = false
      const page = await visit.open('/browse?q=rain')
      await page.getByRole('link', { name: 'Rain in Berlin' }).waitFor()
      await inspect(page, 'browse')
      await page.getByRole('link', { name: 'Rain in Berlin' }).click()
      await connect(page)
      await panel(page, 'buy').getByRole('button', { name: 'Switch chain' }).click()
      await panel(page, 'buy').getByLabel('URL of a node').fill(market.said.node)
      await panel(page, 'buy').getByRole('button', { name: 'Add the chain' }).click()
      const download = page.waitForEvent('download')
      await panel(page, 'buy').getByRole('button', { name: 'Buy and download' }).click()
      expect(await readFile(await (await download).path())).toEqual(FILE.buffer)
      await panel(page, 'buy').getByText('You have paid for this file').waitFor()
      await inspect(page, 'listing')
      await page.locator('.drop input[type=file]').setInputFiles(FILE)
      await page.getByText('This is the file').waitFor()
      const account = await visit.open('/account')
      await account.getByRole('link', { name: 'Rain in Berlin' }).first().waitFor()
      await inspect(account, 'account')
      const again = account.waitForEvent('download')
      await account.getByRole('button', { name: 'Download' }).click()
      await account.locator('.flow').getByRole('button', { name: 'Download' }).click()
      expect(await readFile(await (await again).path())).toEqual(FILE.buffer)
      expect(wallet.asked.filter((method) => method === 'eth_sendTransaction')).toHaveLength(2)
    }))

  test('a download goes on where the line broke', async () => {
    const line = await Line.to(market.origin)
    await as(
      'buyer',
      async (visit) => {
        const page = await visit.open(`/listings/${listing}`)
        await connect(page)
        const ranges: (string | undefined)[] = []
        page.on('request', (request) => {
          if (new URL(request.url()).pathname === '/deliveries/') ranges.push(request.headers().range)
        })
        await page.getByText('You have paid for this file').waitFor()
        line.stopNext('GET /deliveries/', 60_000)
        const download = page.waitForEvent('download')
        await panel(page, 'buy').getByRole('button', { name: 'Download' }).click()
        const progress = panel(page, 'buy').locator('[data-step=download] progress')
        await expect.poll(() => progress.getAttribute('value').then(Number), { timeout: 10_000 }).toBeGreaterThan(0.1)
        line.break()
        expect(await readFile(await (await download).path())).toEqual(FILE.buffer)
        expect(ranges).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)])
      },
      line.origin,
    ).finally(() => line.down())
  })

  test('a challenger doubts the listing, and its owner keeps it when nobody agrees', () =>
    as('voter', async (visit) => {
      const page = await visit.open(`/listings/${listing}`)
      await connect(page)
      await panel(page, 'actions').getByRole('button', { name: 'Challenge' }).click()
      await panel(page, 'actions').locator('.flow').getByRole('button', { name: 'Challenge' }).click()
      await page.getByText('This listing has been challenged').waitFor()
      await page.getByRole('link', { name: 'Go to the poll' }).click()
      await page.getByText('If it passes, the listing is removed.').waitFor()
      await page.getByRole('button', { name: 'No', exact: true }).click()
      await panel(page, 'vote').getByRole('button', { name: 'Vote no' }).click()
      await finished(page, 'vote')
      await market.passTime(101)
      await panel(page, 'resolve').getByRole('button', { name: 'Resolve' }).click()
      await page.locator('[data-panel=unstake]').waitFor()
      expect(await market.capi('market', 'ls')).toHaveLength(1)
    }))

  test('a supporter sees the price, declines, is slow, and withdraws everything', () =>
    as('voter2', async (visit, wallet) => {
      const page = await visit.open('/support')
      await connect(page)
      await inspect(page, 'support')
      const before = await held('market_token', wallet.account.address)
      await page.locator('input[name=amount]').fill('12.5')
      await page.getByText('Price of 1 CMT after').waitFor()
      wallet.delayMs = 600
      await panel(page, 'support').getByRole('button', { name: 'Support the market' }).click()
      await panel(page, 'support').getByText('Confirm in your wallet').waitFor()
      await finished(page, 'support')
      expect(await held('market_token', wallet.account.address)).toBeGreaterThan(before)
      wallet.delayMs = 0
      await page.getByRole('button', { name: 'Withdraw', exact: true }).click()
      await panel(page, 'support').getByRole('button', { name: 'Withdraw everything' }).click()
      await finished(page, 'support')
      expect(await held('market_token', wallet.account.address)).toBe(0n)
    }))

  test('a token holder proposes a parameter that may be, and is told of one that may not', () =>
    as('maker', async (visit) => {
      const page = await visit.open('/govern')
      await connect(page)
      await page.locator('input[name=value]').fill('101')
      await page.getByText('It must be at most 100.').waitFor()
      await page.locator('input[name=value]').fill('60')
      await panel(page, 'propose').getByRole('button', { name: 'Propose it' }).click()
      await finished(page, 'propose')
      await page.getByRole('link', { name: 'Plurality: 60%' }).waitFor()
      await inspect(page, 'govern')
    }))

  test('an operator signs in and sees the work of the server, anybody else does not', async () => {
    await as('buyer', async (visit) => {
      const page = await visit.open('/operate')
      await connect(page)
      await panel(page, 'sign-in').getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('This account may not operate the server').waitFor()
    })
    await as('datatrust', async (visit) => {
      const page = await visit.open('/operate')
      await connect(page)
      await panel(page, 'sign-in').getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('None: the server works as it should.').waitFor()
      await page.getByRole('rowheader', { name: new URL(market.said.node).host }).waitFor()
      await panel(page, 'settlement').getByText("Today's fees").waitFor()
      await inspect(page, 'operate')
    })
  })

  test('a development market comes with a wallet, money and a clock of its own', () =>
    visiting(async (visit) => {
      const page = await visit.open('/dev')
      await page.getByRole('button', { name: 'Use voter2' }).click()
      await page.getByText('The wallet signs for voter2 now.').waitFor()
      await page.locator('[data-wallet] .dot').waitFor()
      await inspect(page, 'dev')
      const { address } = market.account('voter2')
      const before = await held('ether_token', address)
      await page.locator('input[name=cet]').fill('2.5')
      await page.locator('input[name=cmt]').fill('0')
      await page.getByRole('button', { name: 'Give' }).click()
      await page.getByText('The money was sent.').waitFor()
      expect((await held('ether_token', address)) - before).toBe(25n * 10n ** 17n)
      const time = async () => Number((await market.rpc<{ timestamp: string }>('eth_getBlockByNumber', ['latest', false])).timestamp)
      const then = await time()
      await page.locator('input[name=seconds]').fill('5000')
      await page.getByRole('button', { name: 'Move the clock forward' }).click()
      await page.getByText('The clock was moved forward.').waitFor()
      expect(await time()).toBeGreaterThanOrEqual(then + 5000)
      await page.getByRole('link', { name: 'Support' }).click()
      await panel(page, 'support').locator('input[name=amount]').fill('2')
      await panel(page, 'support').getByRole('button', { name: 'Support the market' }).click()
      await finished(page, 'support')
      expect(await held('market_token', address)).toBeGreaterThan(0n)
    }))

  test('two pages of one account do not confuse each other, and a lost line is told and got over', () =>
    as('maker', async (visit) => {
      const [first, second] = [await visit.open('/support'), await visit.open('/support')]
      for (const page of [first, second]) {
        if (await page.locator('[data-wallet] .dot').isHidden()) await connect(page)
        await page.getByRole('button', { name: 'ETH → CET' }).click()
      }
      await first.locator('input[name=amount]').fill('1')
      await second.locator('input[name=amount]').fill('2')
      const owner = market.account('maker').address
      const before = await held('ether_token', owner)
      await first.getByRole('button', { name: 'Exchange for CET' }).click()
      await second.getByRole('button', { name: 'Exchange for CET' }).click()
      await Promise.all([finished(first, 'support'), finished(second, 'support')])
      expect((await held('ether_token', owner)) - before).toBe(3n * 10n ** 18n)
      await visit.context.setOffline(true)
      await first.getByText('You are offline.').waitFor()
      await visit.context.setOffline(false)
      await first.getByText('You are offline.').waitFor({ state: 'hidden' })
    }))

  test('a transaction that the wallet replaces is followed to its end', () =>
    as('buyer', async (visit, wallet) => {
      const page = await visit.open('/support')
      await connect(page)
      await page.getByRole('button', { name: 'ETH → CET' }).click()
      await page.locator('input[name=amount]').fill('0.5')
      const owner = wallet.account.address
      const before = await held('ether_token', owner)
      await market.rpc('evm_setAutomine', [false])
      try {
        await page.getByRole('button', { name: 'Exchange for CET' }).click()
        await panel(page, 'support').locator('[data-step=deposit][data-phase=sent]').waitFor()
        // A page that never saw the transaction cannot tell what replaced it.
        await expect.poll(() => wallet.answered, { timeout: 10_000 }).toContain('eth_getTransactionByHash')
        const first = wallet.sent.at(-1)
        const { nonce, to, input, value } = await market.rpc<Record<string, string>>('eth_getTransactionByHash', [first])
        const fee = `0x${(10n ** 11n).toString(16)}`
        const second = await market.rpc<string>('eth_sendTransaction', [{ from: owner, to, data: input, value, nonce, maxFeePerGas: fee, maxPriorityFeePerGas: fee }])
        await market.rpc('anvil_mine', ['0x1'])
        await finished(page, 'support')
        await panel(page, 'support').locator(`[data-step=deposit] code[title="${second}"]`).waitFor()
      } finally {
        await market.rpc('evm_setAutomine', [true])
      }
      expect((await held('ether_token', owner)) - before).toBe(5n * 10n ** 17n)
    }))

  test('the pages of the market stand in German and Chinese, and where there is nothing', () =>
    as('maker', async (visit) => {
      const page = await visit.open('/')
      await settle(page)
      await page.getByRole('link', { name: 'Rain in Berlin' }).first().waitFor()
      await inspect(page, 'market')
      await picture(page, 'console')
      for (const [language, heading] of [['de', 'Der Markt heute'], ['zh-Hans', '今日市场'], ['en', 'The market today']] as const) {
        await page.locator('.language select').selectOption(language)
        await page.getByRole('heading', { level: 1, name: heading }).waitFor()
      }
      const offered = (await (await fetch(`${market.origin}/openapi.json`)).json()) as { paths: object }
      for (const path of PATHS) expect(offered.paths).toHaveProperty([path])
      await page.goto(`${market.origin}/app/nowhere`)
      await page.getByText('There is no such page').waitFor()
      await inspect(page, 'nowhere')
    }))
})
