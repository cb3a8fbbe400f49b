/** Token amounts: integers in units of 10^-18. */

const DECIMALS = 18
export const ONE = 10n ** BigInt(DECIMALS)

/** An amount as exact decimal digits: `1500000000000000000` is `1.5`. */
export function toDecimal(amount: bigint, decimals = DECIMALS): string {
  const negative = amount < 0n
  const digits = (negative ? -amount : amount).toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  return `${negative ? '-' : ''}${whole}${fraction ? `.${fraction}` : ''}`
}

/** Parses typed text as an amount; null if it is not a number or too precise. Both `.` and `,` separate decimals. */
export function parseDecimal(text: string, decimals = DECIMALS): bigint | null {
  const match = /^\s*(\d*)(?:[.,](\d*))?\s*$/.exec(text)
  if (!match) return null
  const [, whole = '', fraction = ''] = match
  if (whole + fraction === '' || fraction.length > decimals) return null
  return BigInt((whole || '0') + fraction.padEnd(decimals, '0'))
}

/** An amount as a float, only for charts and rough figures. */
export function approximate(amount: bigint, decimals = DECIMALS): number {
  return Number(toDecimal(amount, decimals))
}
