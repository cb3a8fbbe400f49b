/** What a chart shows, independent of how it is drawn. */

export interface PlotSeries {
  name: string
  values: (number | null)[]
  kind?: 'line' | 'step' | 'bar'
}

export interface Plot {
  xName: string
  x: number[]
  /** Unix seconds, or any numbers. */
  isTime: boolean
  formatX: (x: number) => string
  formatY: (y: number) => string
  /** The width of one value of `x`. */
  interval?: number
  /** Only whole numbers occur. */
  isWhole?: boolean
  series: PlotSeries[]
  /** Whether bars are stacked. */
  stacked?: boolean
  /** A point to mark: "you are here". */
  here?: { x: number; y: number; label: string }
}

const MAX_TABLE_ROWS = 100

/** The figures as text: times newest first, other numbers in ascending order. */
export function tableRows(plot: Plot): string[][] {
  const rows = plot.x.map((x, index) => [
    plot.formatX(x),
    ...plot.series.map(({ values }) => {
      const value = values[index]
      return value == null ? '' : plot.formatY(value)
    }),
  ])
  return (plot.isTime ? rows.reverse() : rows).slice(0, MAX_TABLE_ROWS)
}

/** The series to draw: a step's last value extends to the end of its interval, and bars are stacked if requested. */
export function extend({ x, interval, series, stacked }: Plot): { x: number[]; values: (number | null)[][] } {
  const values = stacked ? stack(series) : series.map((one) => one.values)
  const last = x.at(-1)
  const holds = series.some(({ kind }) => kind === 'step')
  if (!interval || !holds || last === undefined) return { x, values }
  return { x: [...x, last + interval], values: values.map((one) => [...one, one.at(-1) ?? null]) }
}

/** Running sums, so that each bar begins where the one below it ends. The last series is the total. */
function stack(series: PlotSeries[]): (number | null)[][] {
  const sums: number[] = []
  return series.map(({ values }) =>
    values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0)
      return sums[index]
    }),
  )
}
