import { signIn } from '../api/sign-in.ts'
import { isSignedIn } from '../api/session.ts'
import type { MarketChain } from '../chain/client.ts'
import type { Step } from '../flow/flow.ts'
import { i18n } from '../i18n/index.ts'

export function signInStep(chain: MarketChain): Step {
  return {
    id: 'sign-in',
    title: i18n.global.t('step.signIn'),
    isDone: async () => isSignedIn(chain.account),
    act: () => signIn(chain.account, chain.market),
  }
}
