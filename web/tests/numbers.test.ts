import { parseExact, stringifyExact } from 'capi-client'
import { describe, expect, test } from 'vitest'
import { priceOf, support, supportPrice, withdrawal } from '../src/lib/curve.ts'
import { formatAmount, formatBytes, formatSpan, formatWholePercent, shorten } from '../src/lib/format.ts'
import { approximate, parseDecimal, toDecimal } from '../src/lib/units.ts'

const ONE = 10n ** 18n

describe('JSON', () => {
  test('integers of any size are read and written exactly', () => {
    const text = '{"a":115792089237316195423570985008687907853269984665640564039457584007913129639935,"b":[-1,0],"c":1.5}'
    const read = parseExact(text)
    expect(read).toEqual({ a: 2n ** 256n - 1n, b: [-1n, 0n], c: 1.5 })
    expect(stringifyExact(read)).toBe(text)
  })
})

describe('amounts', () => {
  test.each([
    [0n, '0'],
    [1n, '0.000000000000000001'],
    [15n * 10n ** 17n, '1.5'],
    [-ONE / 4n, '-0.25'],
    [2n ** 256n - 1n, '115792089237316195423570985008687907853269984665640564039457.584007913129639935'],
  ])('%s wei are %s', (wei, text) => {
    expect(toDecimal(wei)).toBe(text)
    if (wei >= 0n) expect(parseDecimal(text)).toBe(wei)
  })

  test.each(['', '.', ',', '1e3', '-1', '0.0000000000000000001', '1.2.3', 'ten'])('"%s" is no amount', (text) => {
    expect(parseDecimal(text)).toBeNull()
  })

  test('a comma separates decimals as a point does', () => {
    expect(parseDecimal(' 0,5 ')).toBe(ONE / 2n)
    expect(parseDecimal('.5')).toBe(ONE / 2n)
    expect(parseDecimal('12', 0)).toBe(12n)
    expect(parseDecimal('1.5', 0)).toBeNull()
  })

  test('they are rounded for reading, and never through a float', () => {
    expect(formatAmount(9_007_199_254_740_993n * ONE, 'en')).toBe('9,007,199,254,740,993')
    expect(formatAmount(123_456_789n * 10n ** 12n, 'en')).toBe('123.46')
    expect(formatAmount(10n ** 12n, 'de')).toBe('0,000001')
    expect(formatAmount(1n, 'en')).toBe('1E-18')
    expect(formatAmount(0n, 'en')).toBe('0')
    expect(approximate(ONE / 8n)).toBe(0.125)
  })

  test('bytes, spans of time and hashes are told as people do', () => {
    expect(formatBytes(1n, 'en')).toBe('1 byte')
    expect(formatBytes(1500, 'en')).toBe('1.5 kB')
    expect(formatBytes(5_368_709_120n, 'de')).toBe('5,37\u00a0GB')
    expect([60n, 110n, 10n ** 30n].map((share) => formatWholePercent(share, 'en'))).toEqual(['60%', '110%', `1${',000'.repeat(10)}%`])
    expect(formatWholePercent(60n, 'de')).toMatch(/^60\s%$/)
    expect(formatSpan(100, 'en')).toBe('1 min 40 sec')
    expect(formatSpan(-5, 'en')).toBe('0 sec')
    expect(formatSpan(90_061, 'en')).toBe('1 day 1 hr')
    expect(shorten('0x1234567890abcdef1234')).toBe('0x1234…1234')
  })
})

describe('the support curve', () => {
  const parameters = { price_floor: 10n ** 12n, spread: 110n }

  test('begins at the floor and rises with the reserve for each token', () => {
    expect(supportPrice(parameters, 0n, 10n ** 24n)).toBe(10n ** 12n)
    expect(supportPrice(parameters, ONE, ONE)).toBe(10n ** 12n + 1_100_000_000n)
  })

  test('counts a supply below one token as one', () => {
    expect(supportPrice(parameters, ONE, 0n)).toBe(supportPrice(parameters, ONE, ONE))
  })

  test('mints whole units at the price before', () => {
    const { price, minted, priceAfter } = support(parameters, 0n, ONE, 25n * 10n ** 11n)
    expect([price, minted]).toEqual([10n ** 12n, 2n * 10n ** 9n])
    expect(priceAfter).toBeGreaterThan(price)
    expect(support(parameters, 0n, ONE, 10n ** 11n).minted).toBe(0n)
  })

  test('pays out the share of the reserve', () => {
    expect(withdrawal(300n, 1000n, 10n)).toBe(3n)
    expect(withdrawal(300n, 0n, 0n)).toBe(0n)
  })

  test('splits a price without losing a wei', () => {
    const { total, maker, backend, reserve } = priceOf({ cost_per_byte: 7n, maker_payment: 25n, backend_payment: 33n }, 101n)
    expect([total, maker + backend + reserve]).toEqual([707n, 707n])
  })
})
