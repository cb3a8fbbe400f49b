/** A page's connection, as slow and as broken as a test wants it. */
import type { CDPSession, Page } from 'playwright-core'

export interface Speed {
  /** Milliseconds. */
  latency: number
  bytesPerSecond: number
}

export class Network {
  private constructor(
    private readonly session: CDPSession,
    private readonly speed: Speed,
  ) {}

  static async of(page: Page, speed: Speed): Promise<Network> {
    const network = new Network(await page.context().newCDPSession(page), speed)
    await network.session.send('Network.enable')
    await network.online()
    return network
  }

  online(): Promise<unknown> {
    return this.emulate(false)
  }

  offline(): Promise<unknown> {
    return this.emulate(true)
  }

  private emulate(offline: boolean): Promise<unknown> {
    const { latency, bytesPerSecond: throughput } = this.speed
    return this.session.send('Network.emulateNetworkConditions', { offline, latency, downloadThroughput: throughput, uploadThroughput: throughput })
  }
}

/** Adds up how far a page's parts move without the user's doing (cumulative layout shift). */
export async function watchShifts(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const shifts = window as never as { shifted: number }
    shifts.shifted = 0
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as never as { value: number; hadRecentInput: boolean }[]) if (!entry.hadRecentInput) shifts.shifted += entry.value
    }).observe({ type: 'layout-shift', buffered: true })
  })
  return () => page.evaluate(() => (window as never as { shifted: number }).shifted)
}
