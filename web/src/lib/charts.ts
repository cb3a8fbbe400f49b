/** From the server's series to charts. */
import { data, type Series } from 'capi-client'
import { api } from '../api/index.ts'
import { i18n, locale } from '../i18n/index.ts'
import { formatBytes, formatDay, formatInteger } from './format.ts'
import type { Plot, PlotSeries } from './plot.ts'
import { approximate } from './units.ts'

export type Of = 'price' | 'reserve' | 'supply' | 'listings' | 'bytes' | 'buyers' | 'earnings'
export type By = 'hour' | 'day' | 'week'

const { t } = i18n.global

export function readSeries(of: Of, by: By, from?: bigint): Promise<Series> {
  return data(api.GET('/market/series', { params: { query: { of, by, from } } }))
}

const token = (unit: string) => (value: number) => {
  const text = new Intl.NumberFormat(locale.value, { maximumSignificantDigits: 3, notation: value !== 0 && Math.abs(value) < 1e-4 ? 'scientific' : 'standard' }).format(value)
  return unit ? `${text} ${unit}` : text
}
const FORMATS: Record<Of, (value: number) => string> = {
  price: token(''),
  reserve: token(''),
  supply: token(''),
  listings: (value) => formatInteger(Math.round(value * 100) / 100, locale.value),
  bytes: (value) => formatBytes(Math.round(value), locale.value),
  buyers: (value) => formatInteger(Math.round(value * 100) / 100, locale.value),
  earnings: token(''),
}
const IN_WEI: Of[] = ['price', 'reserve', 'supply', 'earnings']

export function toPlot(series: Series): Plot {
  const of = series.of as Of
  const figure = (value: bigint | undefined) => (value === undefined ? null : IN_WEI.includes(of) ? approximate(value) : Number(value))
  const { points } = series
  const lines: PlotSeries[] =
    of === 'earnings'
      ? (['maker', 'backend', 'reserve'] as const).map((part) => ({
          name: t(`price.${part}`),
          kind: 'bar',
          values: points.map((point) => figure(point[part])),
        }))
      : [{ name: t(`series.${of}`), kind: ['bytes', 'buyers'].includes(of) ? 'bar' : 'step', values: points.map(({ value }) => figure(value)) }]
  return {
    xName: t('chart.time'),
    x: points.map(({ time }) => Number(time)),
    isTime: true,
    formatX: (x) => formatDay(x, locale.value),
    formatY: FORMATS[of],
    series: lines,
    stacked: of === 'earnings',
  }
}

