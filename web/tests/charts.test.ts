/** From what the server tells to charts. */
import { beforeAll, expect, test } from 'vitest'
import { startLanguage } from '../src/i18n/index.ts'
import { samplesPlot, seriesPlot, votesPlot } from '../src/lib/charts.ts'
import { extend, tableRows } from '../src/lib/plot.ts'
import { explorerLink } from '../src/lib/explorer.ts'

beforeAll(() => startLanguage())

const vote = (time: bigint) => ({ at: { block: 1n, time, transaction: null } })

test('votes add up from the opening of the poll, also when only the newest are known', () => {
  const all = votesPlot([vote(30n), vote(20n)], 2n, 10n, 40)
  expect([all.x, all.series[0]?.values]).toEqual([[10, 20, 30, 40], [0, 1, 2, 2]])
  const newest = votesPlot([vote(30n)], 5n, 10n, 20)
  expect([newest.x, newest.series[0]?.values]).toEqual([[10, 30, 30], [4, 5, 5]])
})

test('earnings have three parts that lie on each other, and tokens are no wei', () => {
  const point = { time: 86_400n, maker: 10n ** 18n, backend: 5n * 10n ** 17n, reserve: 0n }
  const plot = seriesPlot({ of: 'earnings', by: 'day', unit: 'CET wei', points: [point as never] })
  expect(plot.stacked).toBe(true)
  expect(plot.series.map(({ values }) => values)).toEqual([[1], [0.5], [0]])
})

test('the last value of a step holds to the end of its interval, and bars end with their own', () => {
  const series = (of: 'supply' | 'buyers') => extend(seriesPlot({ of, by: 'day', unit: '', points: [{ time: 0n, value: 10n ** 18n }] as never }))
  expect(series('supply')).toEqual({ x: [0, 86_400], values: [[1, 1]] })
  expect(series('buyers').x).toEqual([0])
})

test('a day is the one of the server, wherever the reader is', () => {
  const plot = seriesPlot({ of: 'bytes', by: 'day', unit: 'bytes', points: [{ time: 86_400n * 3n, value: 2000n }] as never })
  expect(tableRows(plot)).toEqual([[expect.stringContaining('4'), expect.stringMatching(/^2\skB$/)]])
})

test('what an operator watches is drawn as shares and spans', () => {
  const samples = [{ time: 1, delaySeconds: 90, spent: 0.25 }]
  expect(tableRows(samplesPlot(samples, 'spent'))[0]?.[1]).toBe('25%')
  expect(tableRows(samplesPlot(samples, 'delaySeconds'))[0]?.[1]).toMatch(/1 min/)
})

test('a transaction is looked up where the operator says', () => {
  const market = (explorer: string | null) => ({ server: { explorer } }) as never
  expect(explorerLink(market('https://explorer.example/tx/{tx}'), '0xab')).toBe('https://explorer.example/tx/0xab')
  expect([explorerLink(market(null), '0xab'), explorerLink(null, '0xab'), explorerLink(market('x{tx}'), null)]).toEqual([null, null, null])
})
