// Made from openapi.json by `npm run types`.

export interface paths {
    "/accounts/{address}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an account's balances
         * @description Amounts are in wei. Balances, allowances, stakes and earnings come from the chain node, as of the block `at`.
         */
        get: operations["accounts_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/accounts/{address}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an account's deliveries, newest first
         * @description The deployed contracts emit no event for requests, so a delivery appears once it is completed.
         */
        get: operations["accounts_deliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/accounts/{address}/listings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an account's listings and applications, newest first
         * @description A hash that was listed again has one item for each time. Unclaimed earnings come from the chain node.
         */
        get: operations["accounts_listings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/accounts/{address}/votes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List an account's votes, newest first
         * @description The chain does not reveal which way an account voted. Whether stakes were released comes from the chain node.
         */
        get: operations["accounts_votes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export rows and records for a backup
         * @description One JSON object per line, as of one moment. The last line says how many there are. Only for the embedded metadata store.
         */
        get: operations["admin_export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List pending jobs, oldest first */
        get: operations["admin_jobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/jobs/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Run a job now */
        post: operations["admin_retry_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/nodes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the chain nodes in order of preference */
        get: operations["admin_nodes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/owed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List downloads that were granted but could not be charged */
        get: operations["admin_owed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/settlement": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the state of settlement and its cost
         * @description As last observed, at most a few seconds ago. Amounts are in wei of ETH.
         */
        get: operations["admin_settlement"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/transactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List pending transactions, oldest first, or one purpose's transaction with its history */
        get: operations["admin_list_transactions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/transactions/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace a transaction with an empty one
         * @description Whichever is mined first counts, so the purpose may still succeed. Otherwise the transaction fails for everything
         *     that waits for it.
         */
        post: operations["admin_cancel_transaction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/admin/transactions/retry": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Retry a transaction now */
        post: operations["admin_retry_transaction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/authorize/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Exchange a refresh token for new tokens
         * @description Each refresh token works once. Reusing one revokes all tokens that came from it.
         */
        get: operations["authorize_refresh"];
        put?: never;
        /**
         * Sign in with a signed message
         * @description The message follows EIP-4361 and contains a nonce from this server. The account signs it as an EIP-191 personal
         *     message; a contract wallet signs as defined in ERC-1271.
         */
        post: operations["authorize_sign_in"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/authorize/nonce": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a nonce for one sign-in */
        get: operations["authorize_nonce"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/authorize/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign out
         * @description Ends the session of the access or refresh token, or every session of its account. Every server of the stack then refuses
         *     the tokens of that session.
         */
        post: operations["authorize_revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/candidates/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List live candidates of every kind */
        get: operations["candidates_list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/candidates/application": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List live applications whose metadata this server has */
        get: operations["candidates_applications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/candidates/application/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a live application and its votes */
        get: operations["candidates_application"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/candidates/resolved": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List resolved polls, those opened last first
         * @description The contract deletes a resolved poll's yea and nay votes, so only their sum is known.
         */
        get: operations["candidates_resolved"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/candidates/{kind}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List live candidates of one kind */
        get: operations["candidates_list_kind"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/candidates/{kind}/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get an open poll
         * @description Applications keep their 2019 form: a listing with its votes.
         */
        get: operations["candidates_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/candidates/{kind}/{hash}/votes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the votes in a poll, newest first
         * @description Covers the latest poll of this kind on the hash, open or resolved. The chain does not tell how an account voted.
         */
        get: operations["candidates_votes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/consent/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the caller's consent */
        get: operations["consent_get"];
        put?: never;
        /** Store the caller's consent */
        post: operations["consent_put"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/deliveries/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download a file under a delivery
         * @description The delivery is charged once for each listing; later downloads are free for the buyer. `Range` returns a part of the
         *     file. A `ticket` replaces the token; 409 means that the listing no longer has the file that the ticket is for.
         */
        get: operations["deliveries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** Check a download without charging */
        head: operations["deliveries_head"];
        patch?: never;
        trace?: never;
    };
    "/deliveries/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Explain how a download would be decided
         * @description Charges nothing. The facts are the ones that the decision is based on.
         */
        get: operations["deliveries_check"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/deliveries/tickets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Get a link to a download
         * @description Anything that fetches the link downloads on the caller's behalf, without a token: a browser's download manager, or
         *     `curl -C -`. The link is for one file under one delivery, and works until it expires or the caller signs out.
         *     Creating a link charges nothing, and is refused when a download would be; fetching it charges like any download.
         */
        post: operations["deliveries_issue"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Stream market changes
         * @description Server-sent events: `event` is `listing`, `poll`, `delivery`, `account`, `head` or `rollback`, `data` is a
         *     `ChangeBody`, and `id` is the position in the chain. The stream resumes after `Last-Event-ID`, which browsers send
         *     automatically, or `after`; otherwise it starts now. `rollback` undoes everything above its block. The server sends a
         *     comment every 15 seconds.
         */
        get: operations["market_events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/feed.atom": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow new listings as an Atom feed
         * @description The 50 newest live listings that match. `sort`, `limit` and `cursor` have no effect.
         */
        get: operations["listings_atom"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check whether the process serves, without checking its dependencies */
        get: operations["status_health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/listings/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List live listings */
        get: operations["listings_list"];
        put?: never;
        /**
         * Upload a listing's file
         * @description Send a multipart form with one file part under any name. The file is not empty, and the fields have at most 16 KiB
         *     together. The transaction is `owner`'s mined or pending call of `Listing.list(listing_hash)`.
         */
        post: operations["listings_upload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/listings/facets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the tags, media types and licenses of live listings
         * @description Of all that match: the 50 most common of each, the most common first. `sort`, `limit` and `cursor` have no effect.
         */
        get: operations["listings_facets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/listings/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a live listing */
        get: operations["listings_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/listings/{hash}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a listing hash's history, newest first
         * @description Covers all lives of the hash, whether it is live now or not.
         */
        get: operations["listings_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get the market's contracts, parameters and figures, and the server's limits
         * @description Amounts are in wei: CMT for supply, stake and rewards, CET for the reserve and prices. The figures are as of the block
         *     `at`, which is the head unless the chain node is unavailable.
         */
        get: operations["market_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/market/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a figure over time
         * @description `price` is the support price. `bytes`, `buyers` and `earnings` are sums over each interval; the others are the value
         *     at its end. In `earnings`, `maker` is the amount that makers claimed, and `backend` and `reserve` are the amounts paid
         *     to them. Returns at most 1000 points, or the newest 100 without `from` and `to`.
         */
        get: operations["market_series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/previews/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Preview a live application's or listing's file
         * @description For accounts that hold the market's stake while a poll on the file is open; otherwise only for its owner. Voters see
         *     what the maker has chosen: the first bytes, the first rows, or nothing (403). The server limits the number of bytes.
         */
        get: operations["previews_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** Check a preview */
        head: operations["previews_head"];
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check whether the server can do its work */
        get: operations["status_ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/started": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Check whether the server has caught up with the chain once, for load balancers that replace failed servers */
        get: operations["status_started"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/status/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the market's registered backend */
        get: operations["status_registration"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Watch a transaction until it is mined */
        post: operations["tasks_watch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/tasks/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a task's status
         * @description Finished tasks stay available for a day.
         */
        get: operations["tasks_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/uploads/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Start a resumable upload of a listing's file
         * @description The metadata is the fields of `POST /listings/`, without the file. The transaction must be mined (409 until then). A
         *     body is the first part. An upload is kept for a day after its last part.
         */
        post: operations["uploads_create"];
        delete?: never;
        /** Get the tus features that this server supports */
        options: operations["uploads_options"];
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/uploads/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Delete a resumable upload
         * @description A completed upload is not affected.
         */
        delete: operations["uploads_terminate"];
        options?: never;
        /** Get the offset of a resumable upload */
        head: operations["uploads_head"];
        /**
         * Send a part of a resumable upload
         * @description The last part completes the upload, as `POST /listings/` would. If the connection breaks, the bytes received are
         *     kept, unless the part has a checksum.
         */
        patch: operations["uploads_append"];
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A bought file. */
        AccessBody: {
            at: components["schemas"]["At"];
            /** @description Whether this server has the file, so that the account can fetch it again. */
            fetchable: boolean;
            listing_hash: string;
            size: bigint;
            title: string | null;
        };
        AccountBody: {
            address: string;
            allowances: components["schemas"]["AllowancesBody"];
            at: components["schemas"]["BlockBody"];
            balances: components["schemas"]["BalancesBody"];
            bytes_purchased: bigint;
            counts: components["schemas"]["AccountCountsBody"];
            /** @description Stakes on the latest 200 candidates that the account took part in. */
            stakes: components["schemas"]["StakeBody"][];
            /** @description Earnings of at most 200 listings. */
            unclaimed: components["schemas"]["UnclaimedBody"][];
            withdrawal_proceeds: bigint;
        };
        AccountCountsBody: {
            /** Format: int64 */
            deliveries: bigint;
            /** Format: int64 */
            listings: bigint;
            /** Format: int64 */
            votes: bigint;
        };
        AccountDeliveriesBody: {
            items: components["schemas"]["DeliveryBody"][];
            /** @description The next page's cursor; null on the last page. */
            next: string | null;
            /**
             * Format: int64
             * @description The total number of items.
             */
            total: bigint;
        };
        AccountListingBody: components["schemas"]["ListingBody"] & {
            /** @description `candidate`, `listed`, `removed`, or `failed` for an unsuccessful application. */
            status: string;
            unclaimed: bigint;
        };
        AccountListingsBody: {
            items: components["schemas"]["AccountListingBody"][];
            /** @description The next page's cursor; null on the last page. */
            next: string | null;
            /**
             * Format: int64
             * @description The total number of items.
             */
            total: bigint;
        };
        AccountVotesBody: {
            items: components["schemas"]["VoteBody"][];
            /** @description The next page's cursor; null on the last page. */
            next: string | null;
            /**
             * Format: int64
             * @description The total number of items.
             */
            total: bigint;
        };
        AllOwed: {
            items: components["schemas"]["OwedBody"][];
        };
        /** @description The amounts that the market's contracts may take from the account's tokens. */
        AllowancesBody: {
            cet: components["schemas"]["CetAllowancesBody"];
            cmt: components["schemas"]["CmtAllowancesBody"];
        };
        /** @description An application with its poll. `owner` is the applicant; `supply` is null. */
        ApplicationBody: components["schemas"]["ListingBody"] & components["schemas"]["StandingBody"] & {
            /** @description The listing hash. */
            hash: string;
            /**
             * Format: int32
             * @description The contracts' number for the kind: 1.
             */
            kind: bigint;
            nay: bigint;
            /** @description What the maker lets voters see: `none`, `bytes:<n>` or `rows:<n>`; null if the maker has not chosen. */
            preview: string | null;
            stake: bigint;
            /**
             * Format: int64
             * @description When voting ends, in Unix seconds.
             */
            vote_by: bigint;
            yea: bigint;
        };
        /** @description A position in the chain. */
        At: {
            /** Format: int64 */
            block: bigint;
            /**
             * Format: int64
             * @description Unix seconds.
             */
            time: bigint | null;
            transaction: string | null;
        };
        /** @description The registered backend. */
        BackendBody: {
            address: string | null;
            is_this_server: boolean;
            url: string | null;
        };
        BalancesBody: {
            cet: bigint;
            cmt: bigint;
            eth: bigint;
        };
        BlockBody: {
            hash: string;
            /** Format: int64 */
            number: bigint;
        };
        CetAllowancesBody: {
            datatrust: bigint;
            reserve: bigint;
        };
        /** @description A change, or a block. */
        ChangeBody: {
            at: components["schemas"]["At"];
            /** @description The change, such as `listed`, `voted` or `completed`. */
            change: string;
            /** @description The hash or address of what changed; for a block, its hash. */
            hash: string;
        };
        CheckBody: {
            facts: components["schemas"]["FactsBody"];
            /** @description Why the download would be refused. */
            reason?: string | null;
            /**
             * Format: int64
             * @description The file's size in bytes, if there is a file.
             */
            size?: bigint | null;
            /** @description `free`, `charge` or `refused`. */
            verdict: string;
        };
        CmtAllowancesBody: {
            reserve: bigint;
            voting: bigint;
        };
        /** @description A consent: the client's timestamp, whether the user is from the United States, and the version of the terms. */
        ConsentBody: {
            from_us: boolean;
            /** Format: uint64 */
            timestamp: bigint;
            /** Format: uint64 */
            version: bigint;
        };
        ConsentStored: {
            consenter: string;
            message: string;
        };
        ContractsBody: {
            datatrust: string;
            ether_token: string;
            listing: string;
            market_token: string;
            parameterizer: string;
            reserve: string;
            voting: string;
        };
        CountedBody: {
            /**
             * Format: int64
             * @description The number of listings that have it.
             */
            count: bigint;
            value: string;
        };
        CountsBody: {
            bytes_delivered: bigint;
            /**
             * Format: int64
             * @description Open polls.
             */
            candidates: bigint;
            /**
             * Format: int64
             * @description Completed deliveries.
             */
            deliveries: bigint;
            /**
             * Format: int64
             * @description Live listings.
             */
            listings: bigint;
        };
        DeliveryBody: {
            accesses: components["schemas"]["AccessBody"][];
            bytes_delivered: bigint;
            bytes_requested: bigint | null;
            completed: components["schemas"]["At"] | null;
            delivery_hash: string;
            /**
             * Format: int32
             * @description The number of earlier completed deliveries under the hash.
             */
            life: bigint;
            requested: components["schemas"]["At"] | null;
            /** @description `open` or `completed`. */
            status: string;
        };
        Done: {
            message: string;
        };
        /** @description An event in a transaction's history. */
        EntryBody: {
            at: string;
            what: string;
        };
        /** @description An event of the stream. `id` is its position in the chain, which `head` has none of; `data` is a `ChangeBody`. */
        EventBody: {
            data: string;
            /** @enum {string} */
            event: "listing" | "poll" | "delivery" | "account" | "head" | "rollback";
            /** @example 1024-3-8f2a0c71 */
            id?: string;
        };
        /** @description How common the values of listings are. */
        FacetsBody: {
            /** @description Media types in lower case, without parameters. */
            file_types: components["schemas"]["CountedBody"][];
            /** @description Texts of up to 256 characters. */
            licenses: components["schemas"]["CountedBody"][];
            tags: components["schemas"]["CountedBody"][];
            /**
             * Format: int64
             * @description The number of listings.
             */
            total: bigint;
        };
        FactsBody: {
            /** @description The number of the caller's accesses to the listing under this delivery hash. */
            accesses: bigint;
            /** @description Whether this server has the listed file. */
            held: boolean;
            /**
             * Format: int32
             * @description The life of the delivery hash, starting with 0.
             */
            life: bigint;
            /** @description Whether the listing is listed. */
            listed: boolean;
            purchase?: components["schemas"]["PurchaseBody"] | null;
        };
        /** @description An event in a listing hash's history. */
        HappeningBody: {
            /** @description Who did it, if the chain reveals it. */
            account: string | null;
            amount: bigint | null;
            at: components["schemas"]["At"];
            /**
             * @description `applied`, `voted`, `listed`, `challenged`, `challenge_failed`, `removed`, `failed`, `claimed`, `withdrawn` or
             *     `accessed`.
             */
            event: string;
        };
        HashesBody: {
            /**
             * Format: int64
             * @description The parameter; 0 by default.
             */
            from_block: bigint;
            items: string[];
            /** @description Only with `limit`: the next page's cursor; null on the last page. */
            next?: string | null;
            /**
             * Format: int64
             * @description The highest block with an event in the range; 0 if there is none.
             */
            to_block: bigint;
            /**
             * Format: int64
             * @description Only with `limit`: the total number of matches.
             */
            total?: bigint | null;
        };
        HeadBody: {
            /**
             * Format: int64
             * @description Measured by this server's clock.
             */
            age_seconds: bigint;
            hash: string;
            /** Format: int64 */
            number: bigint;
            /**
             * Format: int64
             * @description Unix seconds.
             */
            time: bigint;
        };
        HealthBody: {
            status: string;
        };
        /** @description A pending job. Times are in RFC 3339 format. */
        JobBody: {
            created: string;
            /** @description When it runs next, or when its lease expires. */
            due?: string | null;
            /**
             * Format: int32
             * @description Consecutive failures.
             */
            failures: bigint;
            id: string;
            kind: string;
            last_error?: string | null;
            /** @description It waits for the operator: retry it once the cause is gone. */
            parked: boolean;
        };
        JobName: {
            id: string;
        };
        Jobs: {
            items: components["schemas"]["JobBody"][];
        };
        /** @description A maker's metadata for a file, and the market's facts about it. Fields without a value are null. */
        ListingBody: {
            description: string | null;
            /** @description Media type. */
            file_type: string | null;
            license: string | null;
            listing_hash: string;
            owner: string | null;
            /**
             * Format: int64
             * @description Bytes.
             */
            size: bigint | null;
            supply: bigint | null;
            tags: string[];
            title: string | null;
        };
        /** @description A live listing in detail. */
        ListingDetailBody: components["schemas"]["ListingBody"] & {
            /**
             * Format: int64
             * @description The number of accounts with a completed delivery of it.
             */
            buyers: bigint;
            /** @description The file's keccak-256; null if this server did not receive the file. */
            data_hash: string | null;
            poll: components["schemas"]["OpenPollBody"] | null;
            /** @description What the maker lets voters see: `none`, `bytes:<n>` or `rows:<n>`; null if the maker has not chosen. */
            preview: string | null;
            price: components["schemas"]["PriceBody"] | null;
            /**
             * Format: int64
             * @description The number of accesses under the hash.
             */
            purchases: bigint;
            /** @description Always `listed`, because only live listings are shown. */
            status: string;
            /** @description The newest 200 events under the hash, newest first. */
            timeline: components["schemas"]["HappeningBody"][];
        };
        /** @description A list of listings, streamed with `items` first. */
        ListingsBody: {
            /**
             * Format: int64
             * @description The parameter; 0 by default.
             */
            from_block: bigint;
            items: components["schemas"]["ListingBody"][];
            /** @description Only with `limit`: the next page's cursor; null on the last page. */
            next?: string | null;
            /**
             * Format: int64
             * @description The highest block with an event in the range; 0 if there is none.
             */
            to_block: bigint;
            /**
             * Format: int64
             * @description Only with `limit`: the total number of matches.
             */
            total?: bigint | null;
        };
        MarketBody: {
            /** @description The block that the figures describe. */
            at: components["schemas"]["BlockBody"];
            backend: components["schemas"]["BackendBody"];
            /** Format: int64 */
            chain_id: bigint;
            contracts: components["schemas"]["ContractsBody"];
            counts: components["schemas"]["CountsBody"];
            head: components["schemas"]["HeadBody"] | null;
            parameters: components["schemas"]["ParametersBody"];
            price_per_megabyte: bigint;
            recent: components["schemas"]["RecentBody"];
            reserve: bigint;
            server: components["schemas"]["ServerBody"];
            /** @description The deployment's name. */
            stack: string;
            supply: bigint;
            support_price: bigint;
        };
        /** @description A chain node and its state. */
        NodeBody: {
            /**
             * Format: int64
             * @description The newest block it reported.
             */
            head?: bigint | null;
            /** @description Host and port. */
            host: string;
            /** @description The error since its last success, or how it lags. */
            reason?: string | null;
            /** @description `untried`, `up`, `lagging`, `down` or `other_chain`. */
            state: string;
        };
        Nodes: {
            items: components["schemas"]["NodeBody"][];
        };
        NonceBody: {
            nonce: string;
        };
        OpenPollBody: {
            hash: string;
            /** @description `application` or `challenge`. */
            kind: string;
            /**
             * Format: int64
             * @description Unix seconds.
             */
            vote_by: bigint;
        };
        /** @description A download that was granted but could not be charged. */
        OwedBody: {
            buyer: string;
            delivery_hash: string;
            listing_hash: string;
            reason: string;
            since: string;
            /**
             * Format: int64
             * @description The bytes to charge.
             */
            size: bigint;
        };
        /** @description The market's parameters. Payments, plurality and spread are in percent. */
        ParametersBody: {
            /** Format: int64 */
            backend_payment: bigint;
            cost_per_byte: bigint;
            list_reward: bigint;
            /** Format: int64 */
            maker_payment: bigint;
            /** Format: int64 */
            plurality: bigint;
            price_floor: bigint;
            /** Format: int64 */
            reserve_payment: bigint;
            /** Format: int64 */
            spread: bigint;
            stake: bigint;
            /**
             * Format: int64
             * @description How long a poll is open, in seconds.
             */
            vote_by: bigint;
        };
        PastProposalBody: {
            /** @description The name from `GET /market`; null for an unknown number. */
            name: string | null;
            /**
             * Format: int64
             * @description The contracts' number for the parameter.
             */
            number: bigint;
            previous: bigint | null;
            value: bigint;
        };
        /** @description `value`, or the three other members for `earnings`. */
        PointBody: {
            backend?: bigint;
            maker?: bigint;
            reserve?: bigint;
            /**
             * Format: int64
             * @description The start of the interval, in Unix seconds.
             */
            time: bigint;
            value?: bigint;
        };
        /** @description An open poll. */
        PollBody: components["schemas"]["StandingBody"] & {
            hash: string;
            /** @description `application`, `challenge`, `reparam` or `registration`. */
            kind: string;
            listing: components["schemas"]["ListingBody"] | null;
            nay: bigint;
            owner: string;
            parameter: components["schemas"]["ProposalBody"] | null;
            stake: bigint;
            /** @description A registration's proposed URL; null if its transaction does not contain it. */
            url: string | null;
            /**
             * Format: int64
             * @description When voting ends, in Unix seconds.
             */
            vote_by: bigint;
            yea: bigint;
        };
        /** @description The price of the whole file at the current parameters, in CET wei, and its split. */
        PriceBody: {
            backend: bigint;
            maker: bigint;
            reserve: bigint;
            total: bigint;
        };
        /** @description An error. `message` repeats `detail` for 2019 clients. The members after it appear only where they apply. */
        Problem: {
            /** @description The reasons why the server is not ready. */
            behind?: string[];
            /** @description A sentence that says what is wrong. */
            detail: string;
            message: string;
            promised?: bigint;
            purchased?: bigint;
            required?: bigint;
            /** Format: int32 */
            status: bigint;
            /** @description The status's standard phrase. */
            title: string;
            /** @description Always `about:blank`, because the status identifies the kind of problem. */
            type: string;
            undelivered?: bigint;
        };
        ProposalBody: {
            current: bigint | null;
            /** @description The name from `GET /market`; null for an unknown number. */
            name: string | null;
            /**
             * Format: int64
             * @description The contracts' number for the parameter.
             */
            number: bigint;
            value: bigint;
        };
        /** @description Amounts in bytes. */
        PurchaseBody: {
            delivered: bigint;
            /** @description Whether the purchase is final, or null if it need not be. */
            is_final?: boolean | null;
            /** @description The delivery's owner, or null if there is no open delivery. */
            owner?: string | null;
            promised: bigint;
            promised_here: bigint;
            purchased: bigint;
            requested: bigint;
        };
        PurposeName: {
            purpose: string;
        };
        /** @description Sales of the last days by the chain's clock, including today. */
        RecentBody: {
            /** @description Accounts with a completed delivery. */
            buyers: bigint;
            bytes: bigint;
            /** Format: int64 */
            days: bigint;
        };
        RegistrationBody: {
            /** @description Whether this server's account is the registered backend. */
            registered: boolean;
            /** @description The registered backend's address. */
            url: string;
        };
        /** @description A resolved poll. */
        ResolvedPollBody: {
            added: components["schemas"]["At"];
            /** @description For an application or a challenge, the listing hash. */
            hash: string;
            /** @description `application`, `challenge`, `reparam` or `registration`. */
            kind: string;
            /** @description `passed` or `failed`; null if no event tells. */
            outcome: string | null;
            owner: string;
            parameter: components["schemas"]["PastProposalBody"] | null;
            resolved: components["schemas"]["At"];
            /** @description The URL that a registration proposed; null if its transaction does not contain it, or was not read yet. */
            url: string | null;
            /**
             * Format: int64
             * @description When voting ended, in Unix seconds.
             */
            vote_by: bigint;
            /**
             * Format: int64
             * @description The number of accounts that voted.
             */
            voters: bigint;
            /**
             * Format: int64
             * @description The number of votes. The contract deletes how many were yea or nay.
             */
            votes: bigint;
        };
        /** @description A page of resolved polls. */
        ResolvedPollsBody: {
            items: components["schemas"]["ResolvedPollBody"][];
            /** @description The next page's cursor; null on the last page. */
            next: string | null;
            /**
             * Format: int64
             * @description The total number of resolved polls of these kinds.
             */
            total: bigint;
        };
        /** @description What to sign out of; only the token's session if the body is `{}`. */
        RevokeBody: {
            /** @description Whether to end every session of the account. */
            everywhere?: boolean | null;
        };
        Revoked: {
            message: string;
        };
        SeriesBody: {
            /** @enum {string} */
            by: "hour" | "day" | "week";
            /** @enum {string} */
            of: "price" | "reserve" | "supply" | "listings" | "bytes" | "buyers" | "earnings";
            points: components["schemas"]["PointBody"][];
            unit: string;
        };
        /** @description This server's limits. */
        ServerBody: {
            anonymous_uploads: boolean;
            /**
             * Format: int64
             * @description A block counts as final with this many blocks on top of it.
             */
            confirmations: bigint;
            /** @description Whether this is a development market with tools under `/dev`. */
            dev: boolean;
            dns_name: string;
            /** @description A block explorer's URL for a transaction, with `{tx}` for its hash. */
            explorer: string | null;
            /** Format: int64 */
            max_upload_bytes: bigint;
            /**
             * Format: int64
             * @description Null if previews show the whole file.
             */
            preview_bytes: bigint | null;
            /** @description `siwe` (Sign-In with Ethereum), and `legacy` if other messages are accepted. */
            sign_in: string[];
            uploads: string[];
            version: string;
        };
        /** @description Pending settlement and its cost. Amounts are in wei of ETH. */
        SettlementBody: {
            /**
             * Format: int64
             * @description Seconds since the oldest of them was granted; null if there is none.
             */
            delay_seconds: bigint | null;
            funds: bigint | null;
            /**
             * Format: int64
             * @description Blocks that this server is behind the chain; null if no node is available.
             */
            lag_blocks: bigint | null;
            max_fee: bigint;
            max_per_day: bigint;
            /**
             * Format: int64
             * @description Bytes granted that could not be charged.
             */
            owed_bytes: bigint;
            spent_today: bigint;
            /** @description Why settlement is stalled; null if it is not. */
            stalled: string | null;
            /**
             * Format: int64
             * @description Transactions that are not final.
             */
            transactions: bigint;
            /**
             * Format: int64
             * @description Downloads whose charge is not final.
             */
            unsettled: bigint;
            unsettled_bytes: bigint;
        };
        /** @description A sign-in request. */
        SignInBody: {
            /** @description A Sign-In with Ethereum message (EIP-4361). */
            message: string;
            public_key: string;
            /** @description 65 bytes in hex, or whatever a contract wallet accepts. */
            signature: string;
        };
        StakeBody: {
            amount: bigint;
            hash: string;
            /** @description `application`, `challenge`, `reparam` or `registration`. */
            kind: string;
            /** @description Whether `unstake` would release it now. */
            releasable: boolean;
        };
        /** @description A poll's state by the chain's clock. */
        StandingBody: {
            added: components["schemas"]["At"];
            /** @description Whether voting has ended. */
            closed: boolean;
            /** @description Whether it would pass with the votes so far; null while the market's parameters are unknown. */
            passing: boolean | null;
            /**
             * Format: int64
             * @description The required percentage of yea votes; null while the market's parameters are unknown.
             */
            plurality: bigint | null;
            /** @description Whether it can be resolved now. */
            resolvable: boolean;
            /**
             * Format: int64
             * @description The number of accounts that voted.
             */
            voters: bigint;
        };
        /** @description The work continues; `GET /tasks/<task_id>` returns its status. */
        TaskAccepted: {
            message: string;
            task_id: string;
        };
        TaskBody: {
            /** @description Why it failed. */
            error?: string | null;
            message: string;
            /** @description The hash of the transaction that completed the work. */
            result: string | null;
            /** @description `PENDING`, `STARTED`, `SUCCESS` or `FAILURE`. */
            status: string;
        };
        TicketBody: {
            /**
             * Format: int64
             * @description When the link stops working, in Unix seconds.
             */
            expires_at: bigint;
            /**
             * Format: int64
             * @description The file's size in bytes.
             */
            size: bigint;
            /** @description Path and query on this server. Whoever has it can download the file: keep it out of logs. */
            url: string;
        };
        TicketFor: {
            delivery_hash: string;
            query: string;
        };
        /** @description A page of the history, newest first. */
        TimelineBody: {
            items: components["schemas"]["HappeningBody"][];
            /** @description The next page's cursor; null on the last page. */
            next: string | null;
            /**
             * Format: int64
             * @description The total number of events.
             */
            total: bigint;
        };
        TokensBody: {
            access_token: string;
            message: string;
            refresh_token: string;
        };
        /** @description A transaction of the backend account. Times are in RFC 3339 format. */
        TransactionBody: {
            /** @description Whether the operator has cancelled it. */
            cancelled: boolean;
            /** @description When it was requested; null once it has ended. */
            created?: string | null;
            history: components["schemas"]["EntryBody"][];
            /** Format: int64 */
            nonce?: bigint | null;
            /** @description What blocks it. */
            obstacle?: string | null;
            purpose: string;
            /** @description `queued`, `in_flight`, `mined`, `succeeded` or `failed`. */
            state: string;
            /** @description The hash of the latest attempt. */
            transaction: string | null;
        };
        Transactions: {
            items: components["schemas"]["TransactionBody"][];
        };
        UnclaimedBody: {
            amount: bigint;
            listing_hash: string;
        };
        UploadForm: {
            /** @description Up to 10 000 characters. */
            description: string;
            /** Format: binary */
            file: string;
            /** @description Media type. */
            file_type: string;
            /** @description The maker's name for the file, of up to 256 characters; the first is kept. */
            filenames?: string;
            license: string;
            listing_hash: string;
            /** @description The file's MD5 in hex. */
            md5_sum: string;
            /** @description The account that sent the transaction. */
            owner: string;
            /**
             * @description What voters may see: `none`, the first bytes (`bytes:<n>`) or the first rows of a table (`rows:<n>`). By default,
             *     as many bytes as the server shows at most.
             */
            preview?: string;
            /** @description Separated by commas, up to 64, each of up to 256 characters. */
            tags?: string;
            /** @description One line of up to 256 characters. */
            title: string;
            /** @description The transaction that called `Listing.list`. */
            tx_hash: string;
        };
        VoteBody: {
            at: components["schemas"]["At"];
            hash: string;
            /** @description `application`, `challenge`, `reparam` or `registration`. */
            kind: string;
            /** @description `passed` or `failed`, once decided. */
            outcome: string | null;
            /** @description Whether the account has released its stake under this hash. */
            released: boolean;
            resolved: boolean;
            stake: bigint;
        };
        WatchBody: {
            tx_hash: string;
        };
    };
    responses: {
        /** @description The request is malformed, or a value in it is invalid */
        BadRequest: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The current state does not allow it */
        Conflict: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The body or the file is too large */
        ContentTooLarge: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The caller may not do this */
        Forbidden: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The server, or something that it needs, is not available */
        HealthUnavailable: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description There is nothing of this name */
        NotFound: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description A condition of the request, or one for it, is not met */
        PreconditionFailed: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The range is outside the file */
        RangeNotSatisfiable: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Range": components["headers"]["Content-Range"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The body did not arrive in time */
        Timeout: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description A limit of the caller is used up */
        TooManyRequests: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The request is malformed, or a value in it is invalid */
        TusBadRequest: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The part does not match its checksum and was discarded */
        TusChecksumMismatch: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The current state does not allow it */
        TusConflict: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The body or the file is too large */
        TusContentTooLarge: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The caller may not do this */
        TusForbidden: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description Another request is at work on it */
        TusLocked: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description There is nothing of this name */
        TusNotFound: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description A condition of the request, or one for it, is not met */
        TusPreconditionFailed: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                "Tus-Version": components["headers"]["Tus-Version"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The body did not arrive in time */
        TusTimeout: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description A limit of the caller is used up */
        TusTooManyRequests: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description A token is missing, or the one that was sent is not valid */
        TusUnauthorized: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The server, or something that it needs, is not available */
        TusUnavailable: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The body is of another media type */
        TusUnsupportedMediaType: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Tus-Resumable": components["headers"]["Tus-Resumable"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description A token is missing, or the one that was sent is not valid */
        Unauthorized: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The server, or something that it needs, is not available */
        Unavailable: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                "Retry-After": components["headers"]["Retry-After"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
        /** @description The body is of another media type */
        UnsupportedMediaType: {
            headers: {
                "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                "Referrer-Policy": components["headers"]["Referrer-Policy"];
                Vary: components["headers"]["Vary"];
                "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                "X-Frame-Options": components["headers"]["X-Frame-Options"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description The reasons why the server is not ready. */
                    behind?: string[];
                    /** @description A sentence that says what is wrong. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status's standard phrase. */
                    title: string;
                    /** @description Always `about:blank`, because the status identifies the kind of problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
    };
    parameters: {
        /** @description The codings that the client accepts: `zstd`, `br`, `gzip` */
        "Accept-Encoding": string;
        /** @description Return 412 unless the file has this entity tag */
        "If-Match": string;
        /** @description Return 304 if the content has this entity tag */
        "If-None-Match": string;
        /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
        "X-Request-Id": string;
    };
    requestBodies: never;
    headers: {
        /** @description `bytes`: parts of the file can be requested */
        "Accept-Ranges": string;
        /** @description `*`, if the request has an `Origin` */
        "Access-Control-Allow-Origin": string;
        /** @description The headers that pages of other origins may read */
        "Access-Control-Expose-Headers": string;
        /** @description The methods of this path */
        Allow: string;
        /** @description Whether a copy may be stored or used */
        "Cache-Control": string;
        /** @description The upload's task, once all bytes are received */
        "Capi-Task-Id": string;
        /** @description `attachment`, with the listing hash and the file's title as names */
        "Content-Disposition": string;
        /** @description The coding of a compressed body, negotiated by `Accept-Encoding` */
        "Content-Encoding": string;
        /** @description The part that is sent, and the size of the file; with 416, the size */
        "Content-Range": string;
        /** @description What a browser may do with the response */
        "Content-Security-Policy": string;
        /** @description Identifies the content; send it as `If-None-Match` to get 304 while nothing has changed */
        ETag: string;
        /** @description The file's name in ASCII, for clients of 2019 */
        Filename: string;
        /** @description The path of what was created */
        Location: string;
        /** @description The class of the request, and the caller's remaining requests `r`; `t` is the number of seconds until the next one if none is left. Absent if the server has no limits */
        RateLimit: string;
        /** @description The class of the request, and the number of requests `q` allowed in `w` seconds */
        "RateLimit-Policy": string;
        /** @description `no-referrer` */
        "Referrer-Policy": string;
        /** @description The SHA-256 digest of the whole file (RFC 9530), if the server knows it */
        "Repr-Digest": string;
        /** @description The number of seconds after which to try again */
        "Retry-After": bigint;
        /** @description The supported checksum algorithms */
        "Tus-Checksum-Algorithm": string;
        /** @description The supported extensions of the tus protocol */
        "Tus-Extension": string;
        /** @description The maximum size of a file in bytes */
        "Tus-Max-Size": bigint;
        /** @description The version of the tus protocol */
        "Tus-Resumable": string;
        /** @description The supported versions of the tus protocol */
        "Tus-Version": string;
        /** @description When the upload is deleted if no part arrives before */
        "Upload-Expires": string;
        /** @description The size of the file in bytes */
        "Upload-Length": bigint;
        /** @description The number of bytes received */
        "Upload-Offset": bigint;
        /** @description The request headers that the response depends on */
        Vary: string;
        /** @description `Bearer`, with `error="invalid_token"` if a token was refused */
        "WWW-Authenticate": string;
        /** @description `no`: proxies must not buffer the stream */
        "X-Accel-Buffering": string;
        /** @description `nosniff` */
        "X-Content-Type-Options": string;
        /** @description `DENY` */
        "X-Frame-Options": string;
        /** @description The request's own id if it has a valid one, otherwise a new one; the server's log names it */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    accounts_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                /** @description The account's address */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    accounts_deliveries: {
        parameters: {
            query?: {
                /** @description Items per page; 100 by default. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                /** @description The account's address */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDeliveriesBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    accounts_listings: {
        parameters: {
            query?: {
                /** @description Items per page; 100 by default. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                /** @description The account's address */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountListingsBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    accounts_votes: {
        parameters: {
            query?: {
                /** @description Items per page; 100 by default. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                /** @description The account's address */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountVotesBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    admin_export: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            409: components["responses"]["Conflict"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    admin_jobs: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jobs"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    admin_retry_job: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobName"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    admin_nodes: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Nodes"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    admin_owed: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AllOwed"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    admin_settlement: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SettlementBody"];
                };
            };
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    admin_list_transactions: {
        parameters: {
            query?: {
                /** @description The purpose, as shown in the list. */
                purpose?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transactions"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    admin_cancel_transaction: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurposeName"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    admin_retry_transaction: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PurposeName"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    authorize_refresh: {
        parameters: {
            query: {
                /** @description `true`. */
                refresh: true;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokensBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    authorize_sign_in: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignInBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokensBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            408: components["responses"]["Timeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    authorize_nonce: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NonceBody"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    authorize_revoke: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RevokeBody"];
            };
        };
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Revoked"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            408: components["responses"]["Timeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    candidates_list: {
        parameters: {
            query?: {
                /** @description Only items owned by this account. */
                owner?: string;
                /** @description First block; 0 by default. */
                "from-block"?: bigint;
                /** @description Last block, not before the first; the newest by default. */
                "to-block"?: bigint;
                /** @description Return pages of at most this many items. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The codings that the client accepts: `zstd`, `br`, `gzip` */
                "Accept-Encoding"?: components["parameters"]["Accept-Encoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HashesBody"];
                };
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    candidates_applications: {
        parameters: {
            query?: {
                /** @description Only items owned by this account. */
                owner?: string;
                /** @description First block; 0 by default. */
                "from-block"?: bigint;
                /** @description Last block, not before the first; the newest by default. */
                "to-block"?: bigint;
                /** @description Only items with this tag. */
                tag?: string;
                /** @description Only items of this media type, such as `image/png`, or with this first part, such as `image`. */
                type?: string;
                /** @description Only items with exactly this license. */
                license?: string;
                /** @description Only items of at least this size in bytes. */
                "min-size"?: bigint;
                /** @description Only items of at most this size in bytes, not less than `min-size`. */
                "max-size"?: bigint;
                /** @description Words or prefixes that must all occur in the title, ignoring case and accents. */
                title?: string;
                /** @description Words or prefixes that must all occur in the title, the description or the tags, ignoring case and accents. */
                q?: string;
                /**
                 * @description `chain` (chain order, the default), `newest`, `relevance` (best match for `q` or `title` first), or by a value:
                 *     `size`, `title` or `supply`, with a minus before it from the highest to the lowest. Items without the value come
                 *     last.
                 */
                sort?: "chain" | "newest" | "relevance" | "size" | "-size" | "title" | "-title" | "supply" | "-supply";
                /** @description Return pages of at most this many items. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The codings that the client accepts: `zstd`, `br`, `gzip` */
                "Accept-Encoding"?: components["parameters"]["Accept-Encoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListingsBody"];
                };
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    candidates_application: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The codings that the client accepts: `zstd`, `br`, `gzip` */
                "Accept-Encoding"?: components["parameters"]["Accept-Encoding"];
            };
            path: {
                /** @description The listing hash */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationBody"];
                };
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    candidates_resolved: {
        parameters: {
            query?: {
                /** @description Only polls of these kinds, separated by commas; all kinds by default. */
                kind?: string;
                /** @description Items per page; 100 by default. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResolvedPollsBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    candidates_list_kind: {
        parameters: {
            query?: {
                /** @description Only items owned by this account. */
                owner?: string;
                /** @description First block; 0 by default. */
                "from-block"?: bigint;
                /** @description Last block, not before the first; the newest by default. */
                "to-block"?: bigint;
                /** @description Return pages of at most this many items. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The codings that the client accepts: `zstd`, `br`, `gzip` */
                "Accept-Encoding"?: components["parameters"]["Accept-Encoding"];
            };
            path: {
                kind: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HashesBody"];
                };
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    candidates_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                kind: string;
                /** @description The candidate's hash */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PollBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    candidates_votes: {
        parameters: {
            query?: {
                /** @description Items per page; 100 by default. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                kind: string;
                /** @description The candidate's hash */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TimelineBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    consent_get: {
        parameters: {
            query?: {
                /** @description The caller's own address. */
                owner?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    consent_put: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ConsentBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentStored"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            408: components["responses"]["Timeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    deliveries_get: {
        parameters: {
            query: {
                /** @description The delivery hash. */
                delivery_hash: string;
                /** @description The listing hash. */
                query: string;
                /** @description In place of a token: the ticket in the link from `POST /deliveries/tickets`. */
                ticket?: string;
            };
            header?: {
                /** @description One range of bytes, such as `bytes=0-1023`. */
                Range?: string;
                /** @description Apply the range only if the file still has this entity tag. */
                "If-Range"?: string;
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 412 unless the file has this entity tag */
                "If-Match"?: components["parameters"]["If-Match"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    Filename: components["headers"]["Filename"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Repr-Digest": components["headers"]["Repr-Digest"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            /** @description Part of the file */
            206: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "Content-Range": components["headers"]["Content-Range"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    Filename: components["headers"]["Filename"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Repr-Digest": components["headers"]["Repr-Digest"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            /** @description The client already has it; nothing is charged */
            304: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            409: components["responses"]["Conflict"];
            412: components["responses"]["PreconditionFailed"];
            416: components["responses"]["RangeNotSatisfiable"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    deliveries_head: {
        parameters: {
            query: {
                /** @description The delivery hash. */
                delivery_hash: string;
                /** @description The listing hash. */
                query: string;
                /** @description In place of a token: the ticket in the link from `POST /deliveries/tickets`. */
                ticket?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 412 unless the file has this entity tag */
                "If-Match"?: components["parameters"]["If-Match"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The download would succeed */
            200: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    Filename: components["headers"]["Filename"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Repr-Digest": components["headers"]["Repr-Digest"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
            /** @description The download would be refused with this status */
            "4XX": {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    deliveries_check: {
        parameters: {
            query: {
                /** @description The delivery hash. */
                delivery_hash: string;
                /** @description The listing hash. */
                query: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    deliveries_issue: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TicketFor"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TicketBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["Timeout"];
            412: components["responses"]["PreconditionFailed"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    market_events: {
        parameters: {
            query?: {
                /** @description The `id` to resume after. */
                after?: string;
                /** @description Only events about this hash or address. */
                hash?: string;
                kind?: "listing" | "poll" | "delivery" | "account" | "head";
            };
            header?: {
                /** @description The same as `after`. */
                "Last-Event-ID"?: string;
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Accel-Buffering": components["headers"]["X-Accel-Buffering"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["EventBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    listings_atom: {
        parameters: {
            query?: {
                /** @description Only items owned by this account. */
                owner?: string;
                /** @description First block; 0 by default. */
                "from-block"?: bigint;
                /** @description Last block, not before the first; the newest by default. */
                "to-block"?: bigint;
                /** @description Only items with this tag. */
                tag?: string;
                /** @description Only items of this media type, such as `image/png`, or with this first part, such as `image`. */
                type?: string;
                /** @description Only items with exactly this license. */
                license?: string;
                /** @description Only items of at least this size in bytes. */
                "min-size"?: bigint;
                /** @description Only items of at most this size in bytes, not less than `min-size`. */
                "max-size"?: bigint;
                /** @description Words or prefixes that must all occur in the title, ignoring case and accents. */
                title?: string;
                /** @description Words or prefixes that must all occur in the title, the description or the tags, ignoring case and accents. */
                q?: string;
                /**
                 * @description `chain` (chain order, the default), `newest`, `relevance` (best match for `q` or `title` first), or by a value:
                 *     `size`, `title` or `supply`, with a minus before it from the highest to the lowest. Items without the value come
                 *     last.
                 */
                sort?: "chain" | "newest" | "relevance" | "size" | "-size" | "title" | "-title" | "supply" | "-supply";
                /** @description Return pages of at most this many items. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The codings that the client accepts: `zstd`, `br`, `gzip` */
                "Accept-Encoding"?: components["parameters"]["Accept-Encoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/atom+xml": string;
                };
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    status_health: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthBody"];
                };
            };
        };
    };
    listings_list: {
        parameters: {
            query?: {
                /** @description Only items owned by this account. */
                owner?: string;
                /** @description First block; 0 by default. */
                "from-block"?: bigint;
                /** @description Last block, not before the first; the newest by default. */
                "to-block"?: bigint;
                /** @description Only items with this tag. */
                tag?: string;
                /** @description Only items of this media type, such as `image/png`, or with this first part, such as `image`. */
                type?: string;
                /** @description Only items with exactly this license. */
                license?: string;
                /** @description Only items of at least this size in bytes. */
                "min-size"?: bigint;
                /** @description Only items of at most this size in bytes, not less than `min-size`. */
                "max-size"?: bigint;
                /** @description Words or prefixes that must all occur in the title, ignoring case and accents. */
                title?: string;
                /** @description Words or prefixes that must all occur in the title, the description or the tags, ignoring case and accents. */
                q?: string;
                /**
                 * @description `chain` (chain order, the default), `newest`, `relevance` (best match for `q` or `title` first), or by a value:
                 *     `size`, `title` or `supply`, with a minus before it from the highest to the lowest. Items without the value come
                 *     last.
                 */
                sort?: "chain" | "newest" | "relevance" | "size" | "-size" | "title" | "-title" | "supply" | "-supply";
                /** @description Return pages of at most this many items. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The codings that the client accepts: `zstd`, `br`, `gzip` */
                "Accept-Encoding"?: components["parameters"]["Accept-Encoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListingsBody"];
                };
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    listings_upload: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "multipart/form-data": components["schemas"]["UploadForm"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskAccepted"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["Timeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    listings_facets: {
        parameters: {
            query?: {
                /** @description Only items owned by this account. */
                owner?: string;
                /** @description First block; 0 by default. */
                "from-block"?: bigint;
                /** @description Last block, not before the first; the newest by default. */
                "to-block"?: bigint;
                /** @description Only items with this tag. */
                tag?: string;
                /** @description Only items of this media type, such as `image/png`, or with this first part, such as `image`. */
                type?: string;
                /** @description Only items with exactly this license. */
                license?: string;
                /** @description Only items of at least this size in bytes. */
                "min-size"?: bigint;
                /** @description Only items of at most this size in bytes, not less than `min-size`. */
                "max-size"?: bigint;
                /** @description Words or prefixes that must all occur in the title, ignoring case and accents. */
                title?: string;
                /** @description Words or prefixes that must all occur in the title, the description or the tags, ignoring case and accents. */
                q?: string;
                /**
                 * @description `chain` (chain order, the default), `newest`, `relevance` (best match for `q` or `title` first), or by a value:
                 *     `size`, `title` or `supply`, with a minus before it from the highest to the lowest. Items without the value come
                 *     last.
                 */
                sort?: "chain" | "newest" | "relevance" | "size" | "-size" | "title" | "-title" | "supply" | "-supply";
                /** @description Return pages of at most this many items. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The codings that the client accepts: `zstd`, `br`, `gzip` */
                "Accept-Encoding"?: components["parameters"]["Accept-Encoding"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FacetsBody"];
                };
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    listings_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
                /** @description The codings that the client accepts: `zstd`, `br`, `gzip` */
                "Accept-Encoding"?: components["parameters"]["Accept-Encoding"];
            };
            path: {
                /** @description The listing hash */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Encoding": components["headers"]["Content-Encoding"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListingDetailBody"];
                };
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    listings_history: {
        parameters: {
            query?: {
                /** @description Items per page; 100 by default. */
                limit?: bigint;
                /** @description `next` from the previous page. */
                cursor?: string;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                /** @description The listing hash */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TimelineBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    market_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarketBody"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    market_series: {
        parameters: {
            query: {
                of: "price" | "reserve" | "supply" | "listings" | "bytes" | "buyers" | "earnings";
                /** @description The interval in UTC. */
                by: "hour" | "day" | "week";
                /** @description Unix seconds. */
                from?: bigint;
                /** @description Unix seconds, not before `from`; the newest block's time by default. */
                to?: bigint;
            };
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesBody"];
                };
            };
            400: components["responses"]["BadRequest"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    previews_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description One range of bytes, such as `bytes=0-1023`. */
                Range?: string;
                /** @description Apply the range only if the file still has this entity tag. */
                "If-Range"?: string;
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 412 unless the file has this entity tag */
                "If-Match"?: components["parameters"]["If-Match"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
            };
            path: {
                /** @description The listing hash */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    Filename: components["headers"]["Filename"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Repr-Digest": components["headers"]["Repr-Digest"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            /** @description Part of the file */
            206: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "Content-Range": components["headers"]["Content-Range"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    Filename: components["headers"]["Filename"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Repr-Digest": components["headers"]["Repr-Digest"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "*/*": unknown;
                };
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            412: components["responses"]["PreconditionFailed"];
            416: components["responses"]["RangeNotSatisfiable"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    previews_head: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
                /** @description Return 412 unless the file has this entity tag */
                "If-Match"?: components["parameters"]["If-Match"];
                /** @description Return 304 if the content has this entity tag */
                "If-None-Match"?: components["parameters"]["If-None-Match"];
            };
            path: {
                /** @description The listing hash */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The preview would succeed */
            200: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Disposition": components["headers"]["Content-Disposition"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    ETag: components["headers"]["ETag"];
                    Filename: components["headers"]["Filename"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Repr-Digest": components["headers"]["Repr-Digest"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The client already has it */
            304: {
                headers: {
                    "Accept-Ranges": components["headers"]["Accept-Ranges"];
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    ETag: components["headers"]["ETag"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
            /** @description The preview would be refused with this status */
            "4XX": {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    status_ready: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthBody"];
                };
            };
            503: components["responses"]["HealthUnavailable"];
        };
    };
    status_started: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthBody"];
                };
            };
            503: components["responses"]["HealthUnavailable"];
        };
    };
    status_registration: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationBody"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    tasks_watch: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["WatchBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskAccepted"];
                };
            };
            400: components["responses"]["BadRequest"];
            408: components["responses"]["Timeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    tasks_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                /** @description The `task_id` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskBody"];
                };
            };
            404: components["responses"]["NotFound"];
            429: components["responses"]["TooManyRequests"];
            503: components["responses"]["Unavailable"];
        };
    };
    uploads_create: {
        parameters: {
            query?: never;
            header: {
                /** @description `1.0.0` */
                "Tus-Resumable": "1.0.0";
                /** @description The file's size in bytes */
                "Upload-Length": bigint;
                /** @description Each field's name, a space, and its value in Base64; separated by commas */
                "Upload-Metadata": string;
                /** @description `sha1`, `sha256` or `md5`, a space, and the part's digest in Base64. */
                "Upload-Checksum"?: string;
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/offset+octet-stream": string | null;
            };
        };
        responses: {
            /** @description The upload can be sent to `Location` */
            201: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Capi-Task-Id": components["headers"]["Capi-Task-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    Location: components["headers"]["Location"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Tus-Resumable": components["headers"]["Tus-Resumable"];
                    "Upload-Expires": components["headers"]["Upload-Expires"];
                    "Upload-Offset": components["headers"]["Upload-Offset"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["TusBadRequest"];
            401: components["responses"]["TusUnauthorized"];
            403: components["responses"]["TusForbidden"];
            408: components["responses"]["TusTimeout"];
            409: components["responses"]["TusConflict"];
            412: components["responses"]["TusPreconditionFailed"];
            413: components["responses"]["TusContentTooLarge"];
            415: components["responses"]["TusUnsupportedMediaType"];
            429: components["responses"]["TusTooManyRequests"];
            460: components["responses"]["TusChecksumMismatch"];
            503: components["responses"]["TusUnavailable"];
        };
    };
    uploads_options: {
        parameters: {
            query?: never;
            header?: {
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The supported version, extensions, checksums and size */
            204: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    Allow: components["headers"]["Allow"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Tus-Checksum-Algorithm": components["headers"]["Tus-Checksum-Algorithm"];
                    "Tus-Extension": components["headers"]["Tus-Extension"];
                    "Tus-Max-Size": components["headers"]["Tus-Max-Size"];
                    "Tus-Resumable": components["headers"]["Tus-Resumable"];
                    "Tus-Version": components["headers"]["Tus-Version"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["TusTooManyRequests"];
            503: components["responses"]["TusUnavailable"];
        };
    };
    uploads_terminate: {
        parameters: {
            query?: never;
            header: {
                /** @description `1.0.0` */
                "Tus-Resumable": "1.0.0";
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                /** @description From the upload's `Location` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The upload is gone */
            204: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Tus-Resumable": components["headers"]["Tus-Resumable"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["TusUnauthorized"];
            404: components["responses"]["TusNotFound"];
            409: components["responses"]["TusConflict"];
            412: components["responses"]["TusPreconditionFailed"];
            429: components["responses"]["TusTooManyRequests"];
            503: components["responses"]["TusUnavailable"];
        };
    };
    uploads_head: {
        parameters: {
            query?: never;
            header: {
                /** @description `1.0.0` */
                "Tus-Resumable": "1.0.0";
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                /** @description From the upload's `Location` */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The number of bytes received */
            200: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Cache-Control": components["headers"]["Cache-Control"];
                    "Capi-Task-Id": components["headers"]["Capi-Task-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Tus-Resumable": components["headers"]["Tus-Resumable"];
                    "Upload-Expires": components["headers"]["Upload-Expires"];
                    "Upload-Length": components["headers"]["Upload-Length"];
                    "Upload-Offset": components["headers"]["Upload-Offset"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            429: components["responses"]["TusTooManyRequests"];
            503: components["responses"]["TusUnavailable"];
            /** @description The caller has no such upload, or it was refused; 423 while its parts are being assembled */
            "4XX": {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Tus-Resumable": components["headers"]["Tus-Resumable"];
                    "Tus-Version": components["headers"]["Tus-Version"];
                    Vary: components["headers"]["Vary"];
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    uploads_append: {
        parameters: {
            query?: never;
            header: {
                /** @description `1.0.0` */
                "Tus-Resumable": "1.0.0";
                /** @description Where the part starts: the number of bytes received */
                "Upload-Offset": bigint;
                /** @description `sha1`, `sha256` or `md5`, a space, and the part's digest in Base64. */
                "Upload-Checksum"?: string;
                /** @description An id for the log and the response: up to 64 letters, digits, `-`, `_` and `.`; others are ignored */
                "X-Request-Id"?: components["parameters"]["X-Request-Id"];
            };
            path: {
                /** @description From the upload's `Location` */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/offset+octet-stream": string;
            };
        };
        responses: {
            /** @description The part is received */
            204: {
                headers: {
                    "Access-Control-Allow-Origin": components["headers"]["Access-Control-Allow-Origin"];
                    "Access-Control-Expose-Headers": components["headers"]["Access-Control-Expose-Headers"];
                    "Capi-Task-Id": components["headers"]["Capi-Task-Id"];
                    "Content-Security-Policy": components["headers"]["Content-Security-Policy"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "Referrer-Policy": components["headers"]["Referrer-Policy"];
                    "Tus-Resumable": components["headers"]["Tus-Resumable"];
                    "Upload-Expires": components["headers"]["Upload-Expires"];
                    "Upload-Offset": components["headers"]["Upload-Offset"];
                    Vary: components["headers"]["Vary"];
                    "X-Content-Type-Options": components["headers"]["X-Content-Type-Options"];
                    "X-Frame-Options": components["headers"]["X-Frame-Options"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["TusBadRequest"];
            401: components["responses"]["TusUnauthorized"];
            403: components["responses"]["TusForbidden"];
            404: components["responses"]["TusNotFound"];
            408: components["responses"]["TusTimeout"];
            409: components["responses"]["TusConflict"];
            412: components["responses"]["TusPreconditionFailed"];
            413: components["responses"]["TusContentTooLarge"];
            415: components["responses"]["TusUnsupportedMediaType"];
            423: components["responses"]["TusLocked"];
            429: components["responses"]["TusTooManyRequests"];
            460: components["responses"]["TusChecksumMismatch"];
            503: components["responses"]["TusUnavailable"];
        };
    };
}
