import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

const page = (path: string, name: string, component: RouteRecordRaw['component'], props = false): RouteRecordRaw =>
  ({ path, name, component, props }) as RouteRecordRaw

export const router = createRouter({
  history: createWebHistory('/app/'),
  routes: [
    page('/', 'market', () => import('./pages/MarketPage.vue')),
    page('/browse', 'browse', () => import('./pages/BrowsePage.vue')),
    page('/listings/:hash', 'listing', () => import('./pages/ListingPage.vue'), true),
    page('/polls', 'polls', () => import('./pages/PollsPage.vue')),
    page('/polls/:kind(application|challenge|reparam|registration)/:hash', 'poll', () => import('./pages/PollPage.vue'), true),
    page('/publish', 'publish', () => import('./pages/PublishPage.vue')),
    page('/account/:address?', 'account', () => import('./pages/AccountPage.vue'), true),
    page('/support', 'support', () => import('./pages/SupportPage.vue')),
    page('/govern', 'govern', () => import('./pages/GovernPage.vue')),
    page('/operate', 'operate', () => import('./pages/OperatePage.vue')),
    page('/dev', 'dev', () => import('./pages/DevPage.vue')),
    page('/:rest(.*)*', 'nowhere', () => import('./pages/NowherePage.vue')),
  ],
  scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? undefined : { top: 0 }),
})
