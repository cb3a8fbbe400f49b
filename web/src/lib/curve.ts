/** The support curve, as the contract Reserve computes it. */

const UNIT = 1_000_000_000n
const SMALLEST_SUPPLY = 10n ** 18n

export interface CurveParameters {
  price_floor: bigint
  spread: bigint
}

/** CET wei for 10^9 CMT wei. */
export function supportPrice(parameters: CurveParameters, reserve: bigint, supply: bigint): bigint {
  const divisor = supply > SMALLEST_SUPPLY ? supply : SMALLEST_SUPPLY
  return parameters.price_floor + (parameters.spread * reserve * UNIT) / (100n * divisor)
}

export interface Support {
  price: bigint
  minted: bigint
  priceAfter: bigint
}

/** How much CMT an offer of CET buys, and the price after it. */
export function support(parameters: CurveParameters, reserve: bigint, supply: bigint, offer: bigint): Support {
  const price = supportPrice(parameters, reserve, supply)
  const minted = price === 0n ? 0n : (offer / price) * UNIT
  return { price, minted, priceAfter: supportPrice(parameters, reserve + offer, supply + minted) }
}

/** The CET for all of an account's CMT. */
export function withdrawal(reserve: bigint, supply: bigint, held: bigint): bigint {
  return supply === 0n ? 0n : (reserve * held) / supply
}

export interface Split {
  total: bigint
  maker: bigint
  backend: bigint
  reserve: bigint
}

/** How a file's price is split. */
export function priceOf(
  parameters: { cost_per_byte: bigint; maker_payment: bigint; backend_payment: bigint },
  bytes: bigint,
): Split {
  const total = parameters.cost_per_byte * bytes
  const maker = (total * parameters.maker_payment) / 100n
  const backend = (total * parameters.backend_payment) / 100n
  return { total, maker, backend, reserve: total - maker - backend }
}
