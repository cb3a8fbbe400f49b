/** What a chart shows, whoever draws it. */

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
  /** There is nothing between whole numbers. */
  isWhole?: boolean
  series: PlotSeries[]
  /** Bars lie on top of each other. */
  stacked?: boolean
  /** A point to mark: "you are here". */
  here?: { x: number; y: number; label: string }
}

const MAX_TABLE_ROWS = 100

/** The figures as text: the newest times first, other numbers in their order. */
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

/** Sums from below, so that each bar begins where the one under it ends. The last series is the whole. */
export function stack(series: PlotSeries[]): (number | null)[][] {
  const sums: number[] = []
  return series.map(({ values }) =>
    values.map((value, index) => {
      sums[index] = (sums[index] ?? 0) + (value ?? 0)
      return sums[index]
    }),
  )
}
