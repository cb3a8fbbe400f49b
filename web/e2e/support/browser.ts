/** A browser whose pages fail the test if they log an error or send a request to any other host. */
import { existsSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { expect } from 'vitest'

const WEB = resolve(import.meta.dirname, '../..')
const PICTURES = join(WEB, 'pictures')
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']
/** How long to wait for what a story expects of a page. */
const TIMEOUT_MS = 20_000
const STANDARD = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']
/** Errors of the API, and of connections that a test breaks: the browser logs them, and pages show them. */
const EXPECTED = /^Failed to load resource: (the server responded|net::ERR_(INTERNET_DISCONNECTED|CONTENT_LENGTH_MISMATCH))/
export const SIZES = { narrow: { width: 360, height: 780 }, wide: { width: 1280, height: 860 } } as const
export const SCHEMES = ['light', 'dark'] as const

export function launch(): Promise<Browser> {
  const places = [process.env.CAPI_CHROMIUM, join(WEB, '../.dev/bin/chromium'), '/usr/bin/chromium']
  const executablePath = places.find((place) => place && existsSync(place))
  if (!executablePath) throw new Error('Chromium is needed for the tests of the console: run scripts/install-dev-tools --tests.')
  return chromium.launch({ executablePath, args: FLAGS })
}

export class Visit {
  /** The errors that pages logged. */
  readonly complaints: string[] = []

  private constructor(
    readonly context: BrowserContext,
    private readonly origin: string,
  ) {}

  static async begin(browser: Browser, origin: string): Promise<Visit> {
    const context = await browser.newContext({ viewport: SIZES.wide, acceptDownloads: true, locale: 'en-GB', reducedMotion: 'reduce' })
    context.setDefaultTimeout(TIMEOUT_MS)
    const visit = new Visit(context, origin)
    context.on('page', (page) => visit.watch(page))
    return visit
  }

  private watch(page: Page): void {
    page.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) this.complaints.push(message.text())
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(`${this.origin}/`) && !/^(data|blob|about):/.test(url)) this.complaints.push(`request to ${url}`)
    })
  }

  async open(path: string): Promise<Page> {
    const page = await this.context.newPage()
    await page.goto(`${this.origin}/app${path}`)
    return page
  }

  /** Closes the browser; the test fails if a page logged an error. */
  async end(): Promise<void> {
    await this.context.close()
    expect(this.complaints).toEqual([])
  }
}

/** Connects the test's wallet in the head of the page. */
export async function connect(page: Page): Promise<void> {
  await page.locator('[data-wallet]').click()
  await page.locator('.popover-body').getByRole('button', { name: 'Test wallet' }).click()
  await page.locator('[data-wallet] .dot').waitFor()
}

/** Waits until nothing on the page is being loaded. */
export async function settle(page: Page): Promise<void> {
  await page.waitForLoadState('domcontentloaded')
  await page.waitForFunction(() => document.querySelector('h1') !== null && document.querySelector('.skeleton') === null)
}

/** A screenshot of a page's first view, for the documentation. */
export async function picture(page: Page, name: string): Promise<void> {
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme })
    await settle(page)
    await page.screenshot({ path: join(PICTURES, `${name}-${colorScheme}.png`) })
  }
  await page.emulateMedia({ colorScheme: 'light' })
}

/** Checks the page in both colour schemes and sizes: takes screenshots, and finds no accessibility barrier. */
export async function inspect(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true })
  for (const colorScheme of SCHEMES) {
    await page.emulateMedia({ colorScheme })
    for (const [size, viewport] of Object.entries(SIZES)) {
      await page.setViewportSize(viewport)
      await settle(page)
      const { violations } = await new AxeBuilder({ page }).withTags(STANDARD).analyze()
      const found = violations.map(({ id, nodes }) => `${name} ${colorScheme} ${size}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`)
      expect(found).toEqual([])
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      expect(overflow, `${name} ${size} is wider than the window`).toBeLessThanOrEqual(0)
      await page.screenshot({ path: join(PICTURES, `${name}-${size}-${colorScheme}.png`), fullPage: true })
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize(SIZES.wide)
}
