/** Visitors of a market's console, with and without a wallet. */
import type { Browser, Page } from 'playwright-core'
import { Visit } from './browser.ts'
import type { DevMarket } from './market.ts'
import { FakeWallet } from './wallet.ts'

export class Roles {
  constructor(
    private readonly market: DevMarket,
    private readonly browser: Browser,
  ) {}

  /** A visitor with the wallet of `name`. */
  as(name: string, story: (visit: Visit, wallet: FakeWallet) => Promise<void>, origin?: string): Promise<void> {
    return this.visiting(async (visit) => {
      const wallet = new FakeWallet(this.market, this.market.account(name))
      await wallet.install(visit.context)
      await story(visit, wallet)
    }, origin)
  }

  /** A visitor without any wallet. */
  async visiting(story: (visit: Visit) => Promise<void>, origin = this.market.origin): Promise<void> {
    const visit = await Visit.begin(this.browser, origin)
    try {
      await story(visit)
    } catch (error) {
      await visit.context.close()
      throw error
    }
    await visit.end()
  }
}

export const panel = (page: Page, name: string) => page.locator(`[data-panel="${name}"]`)
export const finished = (page: Page, name: string) => panel(page, name).locator('.notice[data-tone="good"]').waitFor()
