/** Turns the server's figures into charts. */
import { data, type At, type Series } from 'capi-client'
import { api } from '../api/index.ts'
import { i18n, locale } from '../i18n/index.ts'
import { formatBytes, formatDay, formatHour, formatInteger, formatMoment, formatPercent, formatSpan } from './format.ts'
import type { Plot, PlotSeries } from './plot.ts'
import { approximate } from './units.ts'

export type Of = 'price' | 'reserve' | 'supply' | 'listings' | 'bytes' | 'buyers' | 'earnings'
export type By = 'hour' | 'day' | 'week'

const SECONDS: Record<By, number> = { hour: 3600, day: 86_400, week: 604_800 }
const { t } = i18n.global

export function readSeries(of: Of, by: By, from?: bigint): Promise<Series> {
  return data(api.GET('/market/series', { params: { query: { of, by, from } } }))
}

/** Smaller amounts of tokens are written with an exponent. */
const SMALLEST_TOKENS = 1e-4

function formatTokens(value: number): string {
  const notation = value !== 0 && Math.abs(value) < SMALLEST_TOKENS ? 'scientific' : 'standard'
  return new Intl.NumberFormat(locale.value, { maximumSignificantDigits: 3, notation }).format(value)
}

const formatCount = (value: number) => formatInteger(Math.round(value), locale.value)

const FORMATS: Record<Of, (value: number) => string> = {
  price: formatTokens,
  reserve: formatTokens,
  supply: formatTokens,
  listings: formatCount,
  bytes: (value) => formatBytes(Math.round(value), locale.value),
  buyers: formatCount,
  earnings: formatTokens,
}
const IN_WEI: Of[] = ['price', 'reserve', 'supply', 'earnings']
const WHOLE: Of[] = ['listings', 'bytes', 'buyers']
/** The figures that are sums over an interval, rather than values at its end. */
const FLOWS: Of[] = ['bytes', 'buyers', 'earnings']

export function seriesPlot(series: Series): Plot {
  const of = series.of as Of
  const figure = (value: bigint | undefined) => (value === undefined ? null : IN_WEI.includes(of) ? approximate(value) : Number(value))
  const { points } = series
  const kind = FLOWS.includes(of) ? 'bar' : 'step'
  const lines: PlotSeries[] =
    of === 'earnings'
      ? (['maker', 'backend', 'reserve'] as const).map((part) => ({ name: t(`price.${part}`), kind, values: points.map((point) => figure(point[part])) }))
      : [{ name: t(`series.${of}`), kind, values: points.map(({ value }) => figure(value)) }]
  return {
    xName: t('chart.time'),
    x: points.map(({ time }) => Number(time)),
    isTime: true,
    formatX: (x) => (series.by === 'hour' ? formatHour : formatDay)(x, locale.value),
    formatY: FORMATS[of],
    interval: SECONDS[series.by as By],
    isWhole: WHOLE.includes(of),
    series: lines,
    stacked: of === 'earnings',
  }
}

/** The number of votes over time, from the poll's opening until now or its end. `votes` are the newest ones. */
export function votesPlot(votes: readonly { at: At }[], total: bigint, opened: bigint, until: number): Plot {
  const times = votes.map(({ at }) => Number(at.time)).reverse()
  const before = Number(total) - times.length
  const last = Math.max(until, ...times.slice(-1))
  return {
    xName: t('chart.time'),
    x: [Number(opened), ...times, last],
    isTime: true,
    formatX: (x) => formatMoment(x, last - Number(opened), locale.value),
    formatY: formatCount,
    isWhole: true,
    series: [{ name: t('poll.votes'), kind: 'step', values: [before, ...times.map((_, index) => before + index + 1), Number(total)] }],
  }
}

/** The state of settlement at a time, in Unix seconds. */
export interface Sample {
  time: number
  /** The age of the oldest unsettled download. */
  delaySeconds: number
  /** The share of the day's budget for transactions. */
  spent: number
}

export function samplesPlot(samples: readonly Sample[], of: 'delaySeconds' | 'spent'): Plot {
  return {
    xName: t('chart.time'),
    x: samples.map(({ time }) => time),
    isTime: true,
    formatX: (x) => formatMoment(x, 0, locale.value),
    formatY: (value) => (of === 'spent' ? formatPercent(value, locale.value) : formatSpan(value, locale.value)),
    isWhole: of === 'delaySeconds',
    series: [{ name: t(`operate.chart.${of}`), kind: 'line', values: samples.map((sample) => sample[of]) }],
  }
}
