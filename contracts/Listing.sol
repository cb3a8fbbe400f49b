// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {APPLICATION, CHALLENGE} from "./CandidateKinds.sol";
import {Checked} from "./Checked.sol";
import {Datatrust} from "./Datatrust.sol";
import {MarketToken} from "./MarketToken.sol";
import {Parameterizer} from "./Parameterizer.sol";
import {Reserve} from "./Reserve.sol";
import {Voting} from "./Voting.sol";

/// @title The listings of a market: how they enter it, what they earn, and how they leave
contract Listing {
    using Checked for uint256;

    event Applied(bytes32 indexed hash, address indexed applicant);
    event ApplicationFailed(bytes32 indexed hash, address indexed applicant);
    event Listed(bytes32 indexed hash, address indexed owner, uint256 reward);
    event ListingRemoved(bytes32 indexed hash);
    event Challenged(bytes32 indexed hash, address indexed challenger);
    event ChallengeFailed(bytes32 indexed hash, address indexed challenger);
    event ChallengeSucceeded(bytes32 indexed hash, address indexed challenger);
    event AccessRewardClaimed(bytes32 indexed hash, uint256 maker_fee, uint256 minted);
    event WithdrawnFromListing(bytes32 indexed hash, address indexed owner, uint256 withdrawn);

    struct Entry {
        address owner;
        uint256 supply;
    }

    MarketToken private immutable marketToken;
    Voting private immutable voting;
    Parameterizer private immutable parameterizer;
    Reserve private immutable reserve;
    Datatrust private immutable datatrust;
    mapping(bytes32 hash => Entry) private listings;

    modifier onlyOwner(bytes32 hash) {
        require(msg.sender == listings[hash].owner);
        _;
    }

    constructor(
        MarketToken market_token,
        Voting voting_,
        Parameterizer parameterizer_,
        Reserve reserve_,
        Datatrust datatrust_
    ) {
        marketToken = market_token;
        voting = voting_;
        parameterizer = parameterizer_;
        reserve = reserve_;
        datatrust = datatrust_;
    }

    function isListed(bytes32 hash) public view returns (bool) {
        return listings[hash].owner != address(0);
    }

    /// @return owner the maker, or the zero address when there is no such listing
    /// @return supply the CMT wei the listing holds for its maker
    function getListing(bytes32 hash) external view returns (address owner, uint256 supply) {
        return (listings[hash].owner, listings[hash].supply);
    }

    /// @notice Opens a poll about listing something of the caller's under a free hash.
    function list(bytes32 hash) external {
        require(!isListed(hash));
        openPoll(hash, APPLICATION);
        emit Applied(hash, msg.sender);
    }

    /// @notice Ends a closed poll about an application.
    /// @dev Without a data hash, that is without a file at the backend, it fails whatever the votes.
    function resolveApplication(bytes32 hash) external {
        address applicant = closedPollOwner(hash, APPLICATION);
        bool stored = datatrust.getDataHash(hash) != bytes32(0);
        if (stored && passed(hash)) {
            uint256 reward = parameterizer.getListReward();
            listings[hash] = Entry(applicant, reward);
            marketToken.mint(reward);
            emit Listed(hash, applicant, reward);
        } else {
            if (stored) {
                datatrust.removeDataHash(hash);
            }
            emit ApplicationFailed(hash, applicant);
        }
        voting.removeCandidate(hash);
    }

    /// @notice Pays `amount` CMT wei of the supply of the caller's listing to the caller.
    function withdrawFromListing(bytes32 hash, uint256 amount) external onlyOwner(hash) {
        listings[hash].supply = listings[hash].supply.minus(amount);
        marketToken.transfer(msg.sender, amount);
        emit WithdrawnFromListing(hash, msg.sender, amount);
    }

    /// @notice Turns the CET that the caller's listing earned into CMT of its supply, at the support price; reverts
    /// while that would be less than a billionth of a token.
    function claimAccessReward(bytes32 hash) external onlyOwner(hash) {
        uint256 earned = datatrust.getAccessRewardEarned(hash);
        uint256 price = reserve.getSupportPrice();
        require(earned >= price);
        datatrust.accessRewardClaimed(hash);
        uint256 minted = earned.times(1 gwei).over(price);
        marketToken.mint(minted);
        listings[hash].supply = listings[hash].supply.plus(minted);
        emit AccessRewardClaimed(hash, earned, minted);
    }

    /// @notice Opens a poll about removing a listing, under the listing's own hash, for the price of a stake.
    function challenge(bytes32 hash) external {
        require(isListed(hash));
        openPoll(hash, CHALLENGE);
        emit Challenged(hash, msg.sender);
    }

    /// @notice Ends a closed poll about a challenge: the listing goes, or its owner is given the challenger's stake.
    function resolveChallenge(bytes32 hash) external {
        address challenger = closedPollOwner(hash, CHALLENGE);
        if (passed(hash)) {
            remove(hash);
            emit ChallengeSucceeded(hash, challenger);
        } else {
            voting.transferStake(hash, listings[hash].owner);
            emit ChallengeFailed(hash, challenger);
        }
        voting.removeCandidate(hash);
    }

    /// @notice Removes the caller's listing, unless it is being challenged.
    function exit(bytes32 hash) external onlyOwner(hash) {
        require(!voting.isCandidate(hash));
        remove(hash);
    }

    function openPoll(bytes32 hash, uint256 kind) private {
        require(!voting.isCandidate(hash));
        voting.addCandidate(hash, kind, msg.sender, parameterizer.getStake(), parameterizer.getVoteBy());
    }

    function closedPollOwner(bytes32 hash, uint256 kind) private view returns (address) {
        require(voting.candidateIs(hash, kind));
        require(voting.pollClosed(hash));
        return voting.getCandidateOwner(hash);
    }

    function passed(bytes32 hash) private view returns (bool) {
        return voting.didPass(hash, parameterizer.getPlurality());
    }

    /// @dev What the listing holds is its owner's. Its hash is free again, also at the backend. A listing that holds
    /// nothing stays for ever, and so does a challenge of it that passed: the deployed contract fails there too.
    function remove(bytes32 hash) private {
        Entry memory removed = listings[hash];
        require(removed.supply > 0);
        delete listings[hash];
        marketToken.transfer(removed.owner, removed.supply);
        datatrust.removeDataHash(hash);
        emit ListingRemoved(hash);
    }
}
