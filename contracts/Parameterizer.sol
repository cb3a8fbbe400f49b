// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {REPARAM} from "./CandidateKinds.sol";
import {Checked} from "./Checked.sol";
import {MarketToken} from "./MarketToken.sol";
import {Voting} from "./Voting.sol";

/// @title The numbers a market runs by, and the polls that change them
contract Parameterizer {
    using Checked for uint256;

    event ReparamProposed(address indexed owner, bytes32 indexed hash, uint256 indexed param, uint256 value);
    event ReparamFailed(bytes32 indexed hash, uint256 indexed param, uint256 value);
    event ReparamSucceeded(bytes32 indexed hash, uint256 indexed param, uint256 value);

    struct Reparam {
        uint256 param;
        uint256 value;
    }

    // The numbers of the parameters are part of the protocol, gaps included.
    uint256 private constant STAKE = 1;
    uint256 private constant PRICE_FLOOR = 2;
    uint256 private constant SPREAD = 4;
    uint256 private constant LIST_REWARD = 5;
    uint256 private constant PLURALITY = 6;
    uint256 private constant VOTE_BY = 7;
    uint256 private constant BACKEND_PAYMENT = 8;
    uint256 private constant MAKER_PAYMENT = 9;
    uint256 private constant COST_PER_BYTE = 11;

    MarketToken private immutable marketToken;
    Voting private immutable voting;
    mapping(uint256 param => uint256) private values;
    mapping(bytes32 hash => Reparam) private reparams;

    /// @dev The first values are not held to the bounds a poll is held to, so that a test market may vote in seconds.
    /// @param price_floor CET wei for a billionth of a CMT when the reserve is empty
    /// @param spread percent by which the reserve raises that price
    /// @param list_reward CMT wei minted for a new listing
    /// @param stake CMT wei that a vote, a challenge, a reparam or a registration costs
    /// @param vote_by seconds a poll stays open
    /// @param plurality percent of yea votes a candidate needs
    /// @param backend_payment percent of a delivery's price that the backend receives
    /// @param maker_payment percent of a delivery's price that the accessed listings receive
    /// @param cost_per_byte CET wei
    constructor(
        MarketToken market_token,
        Voting voting_,
        uint256 price_floor,
        uint256 spread,
        uint256 list_reward,
        uint256 stake,
        uint256 vote_by,
        uint256 plurality,
        uint256 backend_payment,
        uint256 maker_payment,
        uint256 cost_per_byte
    ) {
        marketToken = market_token;
        voting = voting_;
        values[PRICE_FLOOR] = price_floor;
        values[SPREAD] = spread;
        values[LIST_REWARD] = list_reward;
        values[STAKE] = stake;
        values[VOTE_BY] = vote_by;
        values[PLURALITY] = plurality;
        values[BACKEND_PAYMENT] = backend_payment;
        values[MAKER_PAYMENT] = maker_payment;
        values[COST_PER_BYTE] = cost_per_byte;
    }

    function getBackendPayment() external view returns (uint256) {
        return values[BACKEND_PAYMENT];
    }

    function getMakerPayment() external view returns (uint256) {
        return values[MAKER_PAYMENT];
    }

    /// @notice The percentage of a delivery's price that neither the backend nor the listings receive.
    function getReservePayment() external view returns (uint256) {
        return uint256(100).minus(values[BACKEND_PAYMENT].plus(values[MAKER_PAYMENT]));
    }

    function getCostPerByte() external view returns (uint256) {
        return values[COST_PER_BYTE];
    }

    function getStake() external view returns (uint256) {
        return values[STAKE];
    }

    function getPriceFloor() external view returns (uint256) {
        return values[PRICE_FLOOR];
    }

    function getSpread() external view returns (uint256) {
        return values[SPREAD];
    }

    function getListReward() external view returns (uint256) {
        return values[LIST_REWARD];
    }

    function getPlurality() external view returns (uint256) {
        return values[PLURALITY];
    }

    function getVoteBy() external view returns (uint256) {
        return values[VOTE_BY];
    }

    /// @notice The hash of the candidate that would set `param` to `value`.
    function getHash(uint256 param, uint256 value) public pure returns (bytes32) {
        return keccak256(abi.encode(param, value));
    }

    function getReparam(bytes32 hash) external view returns (uint256 param, uint256 value) {
        return (reparams[hash].param, reparams[hash].value);
    }

    /// @notice Opens a poll about setting `param` to `value`.
    function reparameterize(uint256 param, uint256 value) external {
        bytes32 hash = getHash(param, value);
        require(!voting.isCandidate(hash));
        reparams[hash] = Reparam(param, value);
        voting.addCandidate(hash, REPARAM, msg.sender, values[STAKE], values[VOTE_BY]);
        emit ReparamProposed(msg.sender, hash, param, value);
    }

    /// @notice Ends a closed poll and sets the parameter if it passed.
    /// @dev A proposal that passed but is out of bounds cannot be resolved: it reverts. One about an unknown parameter
    /// succeeds and changes nothing.
    function resolveReparam(bytes32 hash) external {
        require(voting.candidateIs(hash, REPARAM));
        require(voting.pollClosed(hash));
        Reparam memory reparam = reparams[hash];
        if (voting.didPass(hash, values[PLURALITY])) {
            requireInBounds(reparam.param, reparam.value);
            values[reparam.param] = reparam.value;
            emit ReparamSucceeded(hash, reparam.param, reparam.value);
        } else {
            emit ReparamFailed(hash, reparam.param, reparam.value);
        }
        voting.removeCandidate(hash);
        delete reparams[hash];
    }

    function requireInBounds(uint256 param, uint256 value) private view {
        if (param == SPREAD) {
            require(value >= 100);
        } else if (param == STAKE) {
            require(value > 0 && value <= marketToken.totalSupply() / 3);
        } else if (param == VOTE_BY) {
            require(value >= 1 days && value <= 14 days);
        } else if (param == PLURALITY) {
            require(value <= 100);
        } else if (param == BACKEND_PAYMENT) {
            require(value.plus(values[MAKER_PAYMENT]) <= 100);
        } else if (param == MAKER_PAYMENT) {
            require(value.plus(values[BACKEND_PAYMENT]) <= 100);
        }
    }
}
