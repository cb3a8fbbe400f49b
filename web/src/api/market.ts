/** The market itself: contracts, parameters, figures. Every page needs it, so it is loaded once and kept up to date. */
import { data, type Market } from 'capi-client'
import { inject, type InjectionKey, provide } from 'vue'
import { useResource, type Resource } from '../lib/resource.ts'
import { api } from './index.ts'

const KEY: InjectionKey<Resource<Market>> = Symbol('market')
const EVERY_MS = 30_000

export function provideMarket(): Resource<Market> {
  const market = useResource(() => data(api.GET('/market')), {
    when: (change) => change.kind === 'head' || change.kind === 'rollback',
    every: EVERY_MS,
  })
  provide(KEY, market)
  return market
}

export function useMarket(): Resource<Market> {
  const market = inject(KEY)
  if (!market) throw new Error('the market is provided by the application')
  return market
}
