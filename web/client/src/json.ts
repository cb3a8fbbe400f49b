import { isInteger, parse, stringify } from 'lossless-json'

/** Reads JSON. Every integer becomes a bigint, whatever its size; other numbers are ordinary numbers. */
export function parseExact(text: string): unknown {
  return parse(text, null, { parseNumber: (digits) => (isInteger(digits) ? BigInt(digits) : Number(digits)) })
}

/** Writes JSON. A bigint is written as an integer. */
export function stringifyExact(value: unknown): string {
  return stringify(value) ?? 'null'
}
