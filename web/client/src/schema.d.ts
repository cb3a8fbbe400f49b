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
         * What an account holds
         * @description Amounts are in wei. Balances, allowances, stakes and earnings are read from the chain node as of the block `at`.
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
         * What an account bought, the newest first
         * @description The deployed contracts do not tell of requests: a delivery shows once it is completed.
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
         * What an account proposed to list, the newest first
         * @description A hash that was listed again has an item for each time. What is unclaimed is read from the chain node.
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
         * What an account voted on, the newest first
         * @description Which way is not told by the chain. Whether stakes were taken back is read from the chain node.
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
    "/admin/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The jobs that are not done, the oldest first */
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
        /** Look at a job now */
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
        /** The chain nodes, in the order in which they are asked */
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
        /** Downloads that were handed over and could not be charged */
        get: operations["admin_owed"];
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
        /** The transactions that have not ended, the oldest first; or the one of a purpose, with its history */
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
         * Replace a transaction by one that does nothing
         * @description What is mined first counts: the purpose may still succeed. What waits for the transaction sees it fail.
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
        /** Look at a transaction now */
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
         * New tokens for a refresh token
         * @description Each refresh token works once; the use of a spent one revokes all that followed from it.
         */
        get: operations["authorize_refresh"];
        put?: never;
        /**
         * Sign in with a signed message
         * @description The message follows EIP-4361 and carries a nonce of this server; the signature is an EIP-191 personal message of the
         *     account, or by ERC-1271 of a contract wallet.
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
        /** A nonce for one sign-in */
        get: operations["authorize_nonce"];
        put?: never;
        post?: never;
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
        /** Live candidates of every kind */
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
        /** Live applications of which this server holds the metadata */
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
        /** One live application and its votes */
        get: operations["candidates_application"];
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
        /** Live candidates of one kind */
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
         * One open poll
         * @description An application is shown in the form of 2019, a listing with its votes.
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
    "/consent/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The caller's consent */
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
         * @description Charged once for each listing; after that free to its buyer. A `Range` is answered with that part of the file.
         */
        get: operations["deliveries_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** What a download would answer; charges nothing */
        head: operations["deliveries_head"];
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
        /** Whether the process serves; nothing it depends on is asked */
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
        /** Live listings, in chain order */
        get: operations["listings_list"];
        put?: never;
        /**
         * Upload the file of a listing
         * @description A multipart form with one file part under any name. The transaction is the mined or pending call of
         *     `Listing.list(listing_hash)` by `owner`.
         */
        post: operations["listings_upload"];
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
        /** One live listing */
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
         * What happened to a listing hash, the newest first
         * @description In all its lives, whether it is live or not.
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
         * What the market is made of, how it stands, and what this server allows
         * @description Money is in wei: of CMT for supply, stake and rewards, of CET for the reserve and prices. The figures are those of
         *     the block `at`, which is the head unless the chain node is out of reach.
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
    "/previews/{hash}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Preview the file of a live application or listing */
        get: operations["previews_get"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        /** What a preview would answer */
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
        /** Whether the server can do its work */
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
        /** Whether the server has caught up with the chain once and takes requests: for load balancers that replace what fails */
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
        /** The backend that the market has registered */
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
         * How a task stands
         * @description Finished tasks can be read for a day.
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
    "/market/series": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A figure over time */
        get: operations["market_series"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description A file that was bought. */
        AccessBody: {
            at: components["schemas"]["At"];
            /** @description Whether this server holds it, for the account to fetch again. */
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
            /** @description On the latest 200 candidates that the account took part in. */
            stakes: components["schemas"]["StakeBody"][];
            /** @description Of at most 200 listings. */
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
            /** @description The cursor of the next page, null on the last. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all.
             */
            total: bigint;
        };
        AccountListingBody: components["schemas"]["ListingBody"] & {
            /** @description `candidate`, `listed`, `removed`, or `failed` for an application that came to nothing. */
            status: string;
            unclaimed: bigint;
        };
        AccountListingsBody: {
            items: components["schemas"]["AccountListingBody"][];
            /** @description The cursor of the next page, null on the last. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all.
             */
            total: bigint;
        };
        AccountVotesBody: {
            items: components["schemas"]["VoteBody"][];
            /** @description The cursor of the next page, null on the last. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all.
             */
            total: bigint;
        };
        AllOwed: {
            items: components["schemas"]["OwedBody"][];
        };
        /** @description What the market's contracts may take of the account's tokens. */
        AllowancesBody: {
            cet: components["schemas"]["CetAllowancesBody"];
            cmt: components["schemas"]["CmtAllowancesBody"];
        };
        /** @description A listing in application, with its poll. `owner` is the applicant, `supply` null. */
        ApplicationBody: components["schemas"]["ListingBody"] & components["schemas"]["StandingBody"] & {
            /** @description The listing hash. */
            hash: string;
            /**
             * Format: int32
             * @description The contracts' number of the kind: 1.
             */
            kind: bigint;
            nay: bigint;
            stake: bigint;
            /**
             * Format: int64
             * @description Unix seconds after which nobody can vote.
             */
            vote_by: bigint;
            yea: bigint;
        };
        /** @description A place in the chain. */
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
        CmtAllowancesBody: {
            reserve: bigint;
            voting: bigint;
        };
        ConsentBody: {
            /** @description Whether the user is from the United States. */
            from_us: boolean;
            /**
             * Format: int64
             * @description The client's time stamp.
             */
            timestamp: bigint;
            /**
             * Format: int64
             * @description Version of the terms.
             */
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
        CountsBody: {
            bytes_delivered: bigint;
            /**
             * Format: int64
             * @description Open.
             */
            candidates: bigint;
            /**
             * Format: int64
             * @description Completed.
             */
            deliveries: bigint;
            /**
             * Format: int64
             * @description Live.
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
             * @description How often the hash was delivered before.
             */
            life: bigint;
            requested: components["schemas"]["At"] | null;
            /** @description `open` or `completed`. */
            status: string;
        };
        Done: {
            message: string;
        };
        /** @description Something that happened to a transaction. */
        EntryBody: {
            at: string;
            what: string;
        };
        /** @description Something that happened to a listing hash. */
        HappeningBody: {
            /** @description Who did it, where the chain tells. */
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
             * @description The parameter, 0 when not given.
             */
            from_block: bigint;
            items: string[];
            /**
             * Format: int64
             * @description Highest block of an event in the range, 0 if there is none.
             */
            to_block: bigint;
        };
        HeadBody: {
            /**
             * Format: int64
             * @description By this server's clock.
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
        /** @description A job that is not done. Times are RFC 3339. */
        JobBody: {
            created: string;
            /** @description When it is looked at again, or its lease runs out. */
            due?: string | null;
            /**
             * Format: int32
             * @description Runs in a row that ended in an error.
             */
            failures: bigint;
            id: string;
            kind: string;
            last_error?: string | null;
        };
        JobName: {
            id: string;
        };
        Jobs: {
            items: components["schemas"]["JobBody"][];
        };
        /** @description What the maker says about a file, and what the market knows of it. Fields without a value are null. */
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
        /** @description A live listing with all that is known of it. */
        ListingDetailBody: components["schemas"]["ListingBody"] & {
            /**
             * Format: int64
             * @description Accounts with a completed delivery of it.
             */
            buyers: bigint;
            /** @description keccak-256 of the file's bytes; null where this server did not take them in. */
            data_hash: string | null;
            poll: components["schemas"]["OpenPollBody"] | null;
            price: components["schemas"]["PriceBody"] | null;
            /**
             * Format: int64
             * @description Accesses under the hash.
             */
            purchases: bigint;
            /** @description `listed`: only live listings are shown. */
            status: string;
            /** @description The newest 200 events under the hash, the newest first. */
            timeline: components["schemas"]["HappeningBody"][];
        };
        /** @description A list of listings. It is streamed: `items` first. */
        ListingsBody: {
            /**
             * Format: int64
             * @description The parameter, 0 when not given.
             */
            from_block: bigint;
            items: components["schemas"]["ListingBody"][];
            /** @description With `limit` only: the cursor of the next page, null on the last. */
            next?: string | null;
            /**
             * Format: int64
             * @description Highest block of an event in the range, 0 if there is none.
             */
            to_block: bigint;
            /**
             * Format: int64
             * @description With `limit` only: how many listings match in all.
             */
            total?: bigint | null;
        };
        MarketBody: {
            /** @description The block that the figures are of. */
            at: components["schemas"]["BlockBody"];
            backend: components["schemas"]["BackendBody"];
            /** Format: int64 */
            chain_id: bigint;
            contracts: components["schemas"]["ContractsBody"];
            counts: components["schemas"]["CountsBody"];
            head: components["schemas"]["HeadBody"] | null;
            parameters: components["schemas"]["ParametersBody"];
            price_per_megabyte: bigint;
            reserve: bigint;
            server: components["schemas"]["ServerBody"];
            /** @description The name of the deployment. */
            stack: string;
            supply: bigint;
            support_price: bigint;
        };
        /** @description A chain node, as its answers were. */
        NodeBody: {
            /**
             * Format: int64
             * @description The newest block that it told.
             */
            head?: bigint | null;
            /** @description Host and port of its address. */
            host: string;
            /** @description What went wrong since its last success, or how it lags. */
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
        /** @description A download that was handed over and could not be charged. */
        OwedBody: {
            buyer: string;
            delivery_hash: string;
            listing_hash: string;
            reason: string;
            since: string;
            /**
             * Format: int64
             * @description Bytes that the charge was for.
             */
            size: bigint;
        };
        /** @description Payments, plurality and spread are in percent. */
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
             * @description Seconds that a poll is open.
             */
            vote_by: bigint;
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
            /** @description The address that a registration proposes; null where its transaction does not tell. */
            url: string | null;
            /**
             * Format: int64
             * @description Unix seconds after which nobody can vote.
             */
            vote_by: bigint;
            yea: bigint;
        };
        /** @description What the whole file costs at today's parameters, in CET wei, and who gets it. */
        PriceBody: {
            backend: bigint;
            maker: bigint;
            reserve: bigint;
            total: bigint;
        };
        /** @description A refusal. `message` repeats `detail` for clients of 2019; the members after it appear where they apply. */
        Problem: {
            /** @description What keeps the server from being ready. */
            behind?: string[];
            /** @description What is wrong, in a sentence. */
            detail: string;
            message: string;
            promised?: bigint;
            purchased?: bigint;
            required?: bigint;
            /** Format: int32 */
            status: bigint;
            /** @description The status in words. */
            title: string;
            /** @description Always `about:blank`: the status tells the kind of the problem. */
            type: string;
            undelivered?: bigint;
        };
        ProposalBody: {
            current: bigint | null;
            /** @description As in `GET /market`; null for a number that the contracts do not know. */
            name: string | null;
            /**
             * Format: int64
             * @description The contracts' number of the parameter.
             */
            number: bigint;
            value: bigint;
        };
        PurposeName: {
            purpose: string;
        };
        RegistrationBody: {
            /** @description Whether this server's account is the registered backend. */
            registered: boolean;
            /** @description The registered address. */
            url: string;
        };
        /** @description What this server allows. */
        ServerBody: {
            anonymous_uploads: boolean;
            /**
             * Format: int64
             * @description Blocks on top of one after which it counts as final.
             */
            confirmations: bigint;
            dns_name: string;
            /** Format: int64 */
            max_upload_bytes: bigint;
            /**
             * Format: int64
             * @description Null when previews show the whole file.
             */
            preview_bytes: bigint | null;
            /** @description `siwe` (Sign-In with Ethereum), and `legacy` for messages of any form. */
            sign_in: string[];
            uploads: string[];
            version: string;
        };
        /** @description The members a client sends to sign in. */
        SignInBody: {
            /** @description A Sign-In with Ethereum message (EIP-4361). */
            message: string;
            /** @description The account's address. */
            public_key: string;
            /** @description 65 bytes of hex, or what a contract wallet takes. */
            signature: string;
        };
        StakeBody: {
            amount: bigint;
            hash: string;
            /** @description `application`, `challenge`, `reparam` or `registration`. */
            kind: string;
            /** @description Whether `unstake` pays it back now. */
            releasable: boolean;
        };
        /** @description How a poll stands by the chain's clock. */
        StandingBody: {
            added: components["schemas"]["At"];
            /** @description Whether nobody can vote any more. */
            closed: boolean;
            /** @description Whether the votes so far would do; null as above. */
            passing: boolean | null;
            /**
             * Format: int64
             * @description Percent of yea that it takes; null while the market's parameters are unknown.
             */
            plurality: bigint | null;
            /** @description Whether it can be resolved now. */
            resolvable: boolean;
            /**
             * Format: int64
             * @description Accounts that voted.
             */
            voters: bigint;
        };
        /** @description The work goes on; `GET /tasks/<task_id>` tells how it stands. */
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
        /** @description A part of what happened, the newest first. */
        TimelineBody: {
            items: components["schemas"]["HappeningBody"][];
            /** @description The cursor of the next page, null on the last. */
            next: string | null;
            /**
             * Format: int64
             * @description How many there are in all.
             */
            total: bigint;
        };
        TokensBody: {
            access_token: string;
            message: string;
            refresh_token: string;
        };
        /** @description A transaction of the backend account. Times are RFC 3339. */
        TransactionBody: {
            /** @description Whether the operator has cancelled it. */
            cancelled: boolean;
            /** @description When it was asked for; null once it ended. */
            created?: string | null;
            history: components["schemas"]["EntryBody"][];
            /** Format: int64 */
            nonce?: bigint | null;
            /** @description What keeps it from going on. */
            obstacle?: string | null;
            purpose: string;
            /** @description `queued`, `in_flight`, `mined`, `succeeded` or `failed`. */
            state: string;
            /** @description The hash of the latest signature. */
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
            /** @description The maker's name for the file; the first is kept. */
            filenames?: string | null;
            license: string;
            listing_hash: string;
            /** @description Of the file, in hex. */
            md5_sum: string;
            /** @description The account that sent the transaction. */
            owner: string;
            /** @description Separated by commas, up to 64. */
            tags?: string | null;
            /** @description Up to 256 characters in one line. */
            title: string;
            /** @description The transaction that calls `Listing.list`. */
            tx_hash: string;
        };
        VoteBody: {
            at: components["schemas"]["At"];
            hash: string;
            /** @description `application`, `challenge`, `reparam` or `registration`. */
            kind: string;
            /** @description `passed` or `failed`, once it is decided. */
            outcome: string | null;
            /** @description Whether the account has taken back what it staked under this hash. */
            released: boolean;
            resolved: boolean;
            stake: bigint;
        };
        WatchBody: {
            tx_hash: string;
        };
        PointBody: {
            /** Format: int64 */
            time: bigint;
            value?: bigint;
            maker?: bigint;
            backend?: bigint;
            reserve?: bigint;
        };
        SeriesBody: {
            of: string;
            by: string;
            unit: string;
            points: components["schemas"]["PointBody"][];
        };
    };
    responses: {
        /** @description The request is refused */
        Problem: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": {
                    /** @description What keeps the server from being ready. */
                    behind?: string[];
                    /** @description What is wrong, in a sentence. */
                    detail: string;
                    message: string;
                    promised?: bigint;
                    purchased?: bigint;
                    required?: bigint;
                    /** Format: int32 */
                    status: bigint;
                    /** @description The status in words. */
                    title: string;
                    /** @description Always `about:blank`: the status tells the kind of the problem. */
                    type: string;
                    undelivered?: bigint;
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    accounts_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The account */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountBody"];
                };
            };
            400: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    accounts_deliveries: {
        parameters: {
            query?: {
                /** @description Items on a page, 100 when not given. */
                limit?: bigint;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The account */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountDeliveriesBody"];
                };
            };
            400: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    accounts_listings: {
        parameters: {
            query?: {
                /** @description Items on a page, 100 when not given. */
                limit?: bigint;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The account */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountListingsBody"];
                };
            };
            400: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    accounts_votes: {
        parameters: {
            query?: {
                /** @description Items on a page, 100 when not given. */
                limit?: bigint;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The account */
                address: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccountVotesBody"];
                };
            };
            400: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    admin_jobs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Jobs"];
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    admin_retry_job: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    admin_nodes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Nodes"];
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
        };
    };
    admin_owed: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AllOwed"];
                };
            };
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    admin_list_transactions: {
        parameters: {
            query?: {
                /** @description The purpose, as this list names it */
                purpose?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Transactions"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    admin_cancel_transaction: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    admin_retry_transaction: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Done"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    authorize_refresh: {
        parameters: {
            query: {
                /** @description `true` */
                refresh: boolean;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokensBody"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    authorize_sign_in: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TokensBody"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    authorize_nonce: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NonceBody"];
                };
            };
            503: components["responses"]["Problem"];
        };
    };
    candidates_list: {
        parameters: {
            query?: {
                /** @description Only what this account owns. */
                owner?: string;
                /** @description First block, 0 when not given. */
                "from-block"?: bigint;
                /** @description Last block, the newest when not given. */
                "to-block"?: bigint;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HashesBody"];
                };
            };
            400: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    candidates_applications: {
        parameters: {
            query?: {
                /** @description Only what this account owns. */
                owner?: string;
                /** @description First block, 0 when not given. */
                "from-block"?: bigint;
                /** @description Last block, the newest when not given. */
                "to-block"?: bigint;
                /** @description Only what carries this tag. */
                tag?: string;
                /** @description Words in the title or the description. */
                q?: string;
                /** @description Answers in pages of at most so many. */
                limit?: bigint;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListingsBody"];
                };
            };
            400: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    candidates_application: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApplicationBody"];
                };
            };
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    candidates_list_kind: {
        parameters: {
            query?: {
                /** @description Only what this account owns. */
                owner?: string;
                /** @description First block, 0 when not given. */
                "from-block"?: bigint;
                /** @description Last block, the newest when not given. */
                "to-block"?: bigint;
            };
            header?: never;
            path: {
                /** @description `challenge`, `reparam` or `registration` */
                kind: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HashesBody"];
                };
            };
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    candidates_get: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description `challenge`, `reparam` or `registration` */
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PollBody"];
                };
            };
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    consent_get: {
        parameters: {
            query?: {
                /** @description The caller's own address */
                owner?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentBody"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    consent_put: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ConsentStored"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deliveries_get: {
        parameters: {
            query: {
                /** @description The delivery */
                delivery_hash: string;
                /** @description The listing hash */
                query: string;
            };
            header?: {
                /** @description One range of bytes, such as `bytes=0-1023`. */
                Range?: string | null;
                /** @description The range counts only if the file is still the one with this entity tag. */
                "If-Range"?: string | null;
                /** @description 304 if the file is the one with this entity tag. */
                "If-None-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": bigint[];
                };
            };
            /** @description Part of it */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": bigint[];
                };
            };
            /** @description The client has it already; nothing is charged */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            412: components["responses"]["Problem"];
            416: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    deliveries_head: {
        parameters: {
            query: {
                /** @description The delivery */
                delivery_hash: string;
                /** @description The listing hash */
                query: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A download would be answered */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A download would be refused so */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    status_health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
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
                /** @description Only what this account owns. */
                owner?: string;
                /** @description First block, 0 when not given. */
                "from-block"?: bigint;
                /** @description Last block, the newest when not given. */
                "to-block"?: bigint;
                /** @description Only what carries this tag. */
                tag?: string;
                /** @description Words in the title or the description. */
                q?: string;
                /** @description Answers in pages of at most so many. */
                limit?: bigint;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListingsBody"];
                };
            };
            400: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listings_upload: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskAccepted"];
                };
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            403: components["responses"]["Problem"];
            408: components["responses"]["Problem"];
            409: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listings_get: {
        parameters: {
            query?: never;
            header?: never;
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
                    ETag?: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ListingDetailBody"];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    listings_history: {
        parameters: {
            query?: {
                /** @description Items on a page, 100 when not given. */
                limit?: bigint;
                /** @description The `next` of the page before. */
                cursor?: string;
            };
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TimelineBody"];
                };
            };
            400: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    market_get: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MarketBody"];
                };
            };
            503: components["responses"]["Problem"];
        };
    };
    previews_get: {
        parameters: {
            query?: never;
            header?: {
                /** @description One range of bytes, such as `bytes=0-1023`. */
                Range?: string | null;
                /** @description The range counts only if the file is still the one with this entity tag. */
                "If-Range"?: string | null;
                /** @description 304 if the file is the one with this entity tag. */
                "If-None-Match"?: string | null;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": bigint[];
                };
            };
            /** @description Part of it */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": bigint[];
                };
            };
            /** @description The client has it already */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["Problem"];
            401: components["responses"]["Problem"];
            404: components["responses"]["Problem"];
            412: components["responses"]["Problem"];
            416: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    previews_head: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The listing hash */
                hash: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A preview would be answered */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A preview would be refused so */
            "4XX": {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    status_ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthBody"];
                };
            };
            503: components["responses"]["Problem"];
        };
    };
    status_started: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthBody"];
                };
            };
            503: components["responses"]["Problem"];
        };
    };
    status_registration: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegistrationBody"];
                };
            };
            503: components["responses"]["Problem"];
        };
    };
    tasks_watch: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskAccepted"];
                };
            };
            400: components["responses"]["Problem"];
            413: components["responses"]["Problem"];
            415: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    tasks_get: {
        parameters: {
            query?: never;
            header?: never;
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
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TaskBody"];
                };
            };
            404: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
    market_series: {
        parameters: {
            query: {
                of: string;
                by: string;
                from?: bigint | null;
                to?: bigint | null;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description OK */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SeriesBody"];
                };
            };
            400: components["responses"]["Problem"];
            503: components["responses"]["Problem"];
        };
    };
}
