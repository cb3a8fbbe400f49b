/** Formats numbers, times and sizes for a language. */
import { toDecimal } from './units.ts'

const SIGNIFICANT = 5
/** Fractions with more zeros than this are written with an exponent. */
const SMALLEST = 9

/** An amount of tokens, rounded for display; show the exact figure in a title. */
export function formatAmount(amount: bigint, locale: string): string {
  const exact = toDecimal(amount)
  const [whole = '0', fraction = ''] = exact.replace('-', '').split('.')
  const zeros = fraction.length - fraction.replace(/^0+/, '').length
  if (whole === '0' && fraction && zeros >= SMALLEST) {
    return new Intl.NumberFormat(locale, { notation: 'scientific', maximumSignificantDigits: 3 }).format(exact as never)
  }
  const options: Intl.NumberFormatOptions =
    whole.length > 3 ? { maximumFractionDigits: 2 } : { maximumSignificantDigits: SIGNIFICANT }
  // A numeric string is formatted without conversion to a float.
  return new Intl.NumberFormat(locale, options).format(exact as never)
}

export function formatNumber(value: number, locale: string): string {
  return new Intl.NumberFormat(locale, { maximumSignificantDigits: SIGNIFICANT }).format(value)
}

export function formatInteger(value: bigint | number, locale: string): string {
  return new Intl.NumberFormat(locale).format(value)
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const

export function formatBytes(bytes: bigint | number, locale: string): string {
  let value = Number(bytes)
  let unit = 0
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000
    unit += 1
  }
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: UNITS[unit],
    unitDisplay: unit === 0 ? 'long' : 'short',
    maximumFractionDigits: value < 10 && unit > 0 ? 2 : value < 100 && unit > 0 ? 1 : 0,
  }).format(value)
}

/** `seconds` since 1970. */
export function formatTime(seconds: bigint | number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' }).format(Number(seconds) * 1000)
}

/** Days begin at midnight UTC, as on the server. */
export function formatDay(seconds: bigint | number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(Number(seconds) * 1000)
}

export function formatHour(seconds: bigint | number, locale: string): string {
  const options = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' } as const
  return new Intl.DateTimeFormat(locale, options).format(Number(seconds) * 1000)
}

/** A time within a span of so many seconds: the shorter the span, the more precise. */
export function formatMoment(seconds: number, span: number, locale: string): string {
  if (span > 86_400) return formatHour(seconds, locale)
  return new Intl.DateTimeFormat(locale, { timeStyle: span > 3600 ? 'short' : 'medium' }).format(seconds * 1000)
}

const SPANS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** A span of time in its two largest units. */
export function formatSpan(seconds: number, locale: string): string {
  let rest = Math.max(0, Math.round(seconds))
  const parts: string[] = []
  for (const [unit, length] of SPANS) {
    const count = Math.floor(rest / length)
    rest -= count * length
    if (count > 0 || (unit === 'second' && parts.length === 0)) {
      parts.push(new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count))
    }
    if (parts.length === 2) break
  }
  return parts.join(' ')
}

/** How long ago, or how far ahead. */
export function formatRelative(seconds: number, locale: string): string {
  const [unit, length] = SPANS.find(([, span]) => Math.abs(seconds) >= span) ?? SPANS[3]
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(Math.trunc(seconds / length), unit)
}

export function formatPercent(share: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(share)
}

/** A number of hundredths. */
export function formatWholePercent(percent: bigint, locale: string): string {
  return new Intl.NumberFormat(locale, { style: 'percent' }).format(`${percent}e-2` as never)
}

/** `0x1234…abcd` */
export function shorten(hex: string): string {
  return hex.length > 14 ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : hex
}
