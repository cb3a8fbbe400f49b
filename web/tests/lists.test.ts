import type { Listing, Market } from 'capi-client'
import { describe, expect, test } from 'vitest'
import { parseCsv, toCsv } from '../src/lib/csv.ts'
import { escapeHtml, canShow, previewDocument } from '../src/lib/preview.ts'
import { tableRows } from '../src/lib/plot.ts'
import { checkProposal, toValue } from '../src/lib/proposal.ts'
import { isPlain, narrow, parseBytes, type Narrowing } from '../src/lib/search.ts'

const PLAIN: Narrowing = { sort: 'oldest', type: '', atLeast: null, atMost: null, among: null }
const file = (name: string, type: string, size: bigint | null): Listing => ({
  title: name, description: null, license: null, listing_hash: name, file_type: type, tags: [], owner: null, size, supply: null,
})
const ALL = [file('b', 'text/csv', 20n), file('a', 'image/png', 2n ** 60n), file('c', 'text/plain', null)]
const names = (by: Partial<Narrowing>) => narrow([...ALL], { ...PLAIN, ...by }).map(({ title }) => title).join('')

describe('browsing', () => {
  test('sorts and narrows down', () => {
    expect(names({})).toBe('bac')
    expect(names({ sort: 'title' })).toBe('abc')
    expect(names({ sort: 'largest' })).toBe('abc')
    expect(names({ type: 'text' })).toBe('bc')
    expect(names({ type: 'text/csv' })).toBe('b')
    expect(names({ atLeast: 10n, atMost: 100n })).toBe('b')
    expect(names({ among: ['c'] })).toBe('c')
    expect((['oldest', 'newest', 'relevance', 'title'] as const).map((sort) => isPlain({ ...PLAIN, sort }))).toEqual([true, true, true, false])
  })

  test('reads sizes as people write them', () => {
    expect(['10 MB', '1,5 kB', '200', '2 GiB', '7b'].map(parseBytes)).toEqual([10_000_000n, 1500n, 200n, 2_000_000_000n, 7n])
    expect(['', 'big', '-1', '1 parsec'].map(parseBytes)).toEqual([null, null, null, null])
  })
})

describe('CSV', () => {
  test('is quoted where it must be, and makes no formulas', () => {
    expect(toCsv(['a', 'b'], [['=1+1', 'say "hi", you'], [null, 12345678901234567890n]])).toBe(
      'a,b\r\n\'=1+1,"say ""hi"", you"\r\n,12345678901234567890\r\n',
    )
  })

  test('is read with quotes, and cut where it ends', () => {
    expect(parseCsv('a,"b ""x"", y"\r\n1,2\n3')).toEqual([['a', 'b "x", y'], ['1', '2'], ['3']])
  })
})

describe('previews', () => {
  test('show plain text, tables and pictures only', () => {
    expect(['text/plain; charset=utf-8', 'TEXT/CSV', 'image/png'].every(canShow)).toBe(true)
    expect(['text/html', 'image/svg+xml', 'application/pdf', '', null].some(canShow)).toBe(false)
  })

  test('never let a file speak HTML', async () => {
    expect(escapeHtml('<script>"&')).toBe('&lt;script&gt;&quot;&amp;')
    const document = await previewDocument(new Blob(['<img src=x onerror=alert(1)>,2']), 'text/csv')
    expect(document).toContain('&lt;img')
    expect(document).not.toContain('<img')
  })
})

describe('proposals', () => {
  const market = { supply: 300n, parameters: { spread: 110n, stake: 5n, plurality: 50n, vote_by: 86_400n, maker_payment: 25n, backend_payment: 25n } } as Market

  test('are refused before they can never be resolved', () => {
    expect(checkProposal('spread', 99n, market)).toBe('spread')
    expect(checkProposal('stake', 101n, market)).toBe('stake')
    expect(checkProposal('stake', 100n, market)).toBeNull()
    expect(checkProposal('vote_by', 100n, market)).toBe('voteBy')
    expect(checkProposal('plurality', 101n, market)).toBe('plurality')
    expect(checkProposal('maker_payment', 76n, market)).toBe('payments')
    expect(checkProposal('plurality', 50n, market)).toBe('same')
  })

  test('are typed in the unit of the parameter', () => {
    expect(toValue('CMT', '0.5')).toBe(5n * 10n ** 17n)
    expect(toValue('percent', '0.5')).toBeNull()
    expect(toValue('seconds', '86400')).toBe(86_400n)
  })
})

test('the table of a chart has the newest times first', () => {
  const plot = { xName: 't', x: [1, 2], isTime: true, formatX: String, formatY: String, series: [{ name: 's', values: [5, null] }] }
  expect(tableRows(plot)).toEqual([['2', ''], ['1', '5']])
  expect(tableRows({ ...plot, isTime: false })).toEqual([['1', '5'], ['2', '']])
})
