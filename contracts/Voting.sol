// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {APPLICATION} from "./CandidateKinds.sol";
import {Checked} from "./Checked.sol";
import {MarketToken} from "./MarketToken.sol";

/// @title The polls of a market
/// @notice Whatever changes in a market is first a candidate here, under a hash. Each vote weighs the same and costs
/// the same stake, which its voter takes back when the candidate is resolved.
contract Voting {
    using Checked for uint256;

    event CandidateAdded(bytes32 indexed hash, uint256 indexed kind, address indexed owner, uint256 voteBy);
    event CandidateRemoved(bytes32 indexed hash);
    event Voted(bytes32 indexed hash, address indexed voter);

    struct Candidate {
        uint256 kind;
        address owner;
        uint256 stake;
        uint256 voteBy;
        uint256 yea;
        uint256 nay;
    }

    uint256 private constant YEA = 1;

    MarketToken private immutable marketToken;
    address private immutable deployer;
    address private parameterizerAddress;
    address private datatrustAddress;
    address private listingAddress;
    mapping(bytes32 hash => Candidate) private candidates;
    mapping(bytes32 hash => mapping(address owner => uint256)) private stakes;

    constructor(MarketToken market_token) {
        marketToken = market_token;
        deployer = msg.sender;
    }

    /// @notice Names the three contracts that may add and remove candidates. For the deployer, once.
    function setPrivileged(address parameterizer, address datatrust, address listing) external {
        require(msg.sender == deployer);
        require(parameterizerAddress == address(0) && datatrustAddress == address(0) && listingAddress == address(0));
        parameterizerAddress = parameterizer;
        datatrustAddress = datatrust;
        listingAddress = listing;
    }

    function getPrivileged() external view returns (address parameterizer, address datatrust, address listing) {
        return (parameterizerAddress, datatrustAddress, listingAddress);
    }

    function hasPrivilege(address sender) public view returns (bool) {
        return sender == parameterizerAddress || sender == datatrustAddress || sender == listingAddress;
    }

    function isCandidate(bytes32 hash) public view returns (bool) {
        return candidates[hash].owner != address(0);
    }

    function candidateIs(bytes32 hash, uint256 kind) external view returns (bool) {
        return candidates[hash].kind == kind;
    }

    /// @return kind 1 application, 2 challenge, 3 reparam, 4 registration, 0 no candidate
    /// @return owner who proposed it
    /// @return stake what a vote costs, in CMT wei
    /// @return vote_by the Unix time the poll closes at
    /// @return yea votes for it
    /// @return nay votes against it
    function getCandidate(bytes32 hash)
        external
        view
        returns (uint256 kind, address owner, uint256 stake, uint256 vote_by, uint256 yea, uint256 nay)
    {
        Candidate storage candidate = candidates[hash];
        return (candidate.kind, candidate.owner, candidate.stake, candidate.voteBy, candidate.yea, candidate.nay);
    }

    function getCandidateOwner(bytes32 hash) external view returns (address) {
        return candidates[hash].owner;
    }

    /// @notice Opens a poll that closes `vote_by` seconds from now. For the privileged contracts.
    /// @dev An application is free; any other candidate costs its owner the stake.
    function addCandidate(bytes32 hash, uint256 kind, address owner, uint256 stake, uint256 vote_by) external {
        require(hasPrivilege(msg.sender));
        require(!isCandidate(hash));
        if (kind != APPLICATION) {
            takeStake(hash, owner, stake);
        }
        uint256 voteBy = block.timestamp.plus(vote_by);
        candidates[hash] = Candidate({kind: kind, owner: owner, stake: stake, voteBy: voteBy, yea: 0, nay: 0});
        emit CandidateAdded(hash, kind, owner, voteBy);
    }

    /// @notice Forgets a candidate with its votes, which frees the hash and the stakes. For the privileged contracts.
    function removeCandidate(bytes32 hash) external {
        require(hasPrivilege(msg.sender));
        require(isCandidate(hash));
        delete candidates[hash];
        emit CandidateRemoved(hash);
    }

    /// @notice Whether the poll of a candidate is over.
    function pollClosed(bytes32 hash) public view returns (bool) {
        require(isCandidate(hash));
        return candidates[hash].voteBy < block.timestamp;
    }

    /// @notice Whether at least `plurality` percent of the votes of a closed poll were yea.
    /// @dev A poll nobody voted in passes only where no vote is needed.
    function didPass(bytes32 hash, uint256 plurality) external view returns (bool) {
        require(pollClosed(hash));
        uint256 yea = candidates[hash].yea;
        uint256 votes = yea.plus(candidates[hash].nay);
        if (votes == 0) {
            return plurality == 0;
        }
        return yea.times(100).over(votes) >= plurality;
    }

    /// @notice Votes for (1) or against (anything else) a candidate while its poll is open.
    /// @dev The caller pays the candidate's stake, and may do so more than once.
    function vote(bytes32 hash, uint256 option) external {
        Candidate storage candidate = candidates[hash];
        require(isCandidate(hash));
        require(candidate.voteBy > block.timestamp);
        takeStake(hash, msg.sender, candidate.stake);
        if (option == YEA) {
            candidate.yea = candidate.yea.plus(1);
        } else {
            candidate.nay = candidate.nay.plus(1);
        }
        emit Voted(hash, msg.sender);
    }

    /// @notice What `addr` has staked on a candidate and not taken back.
    function getStake(bytes32 hash, address addr) external view returns (uint256) {
        return stakes[hash][addr];
    }

    /// @notice Gives what a candidate's owner staked on it to `addr`. For the listing contract.
    function transferStake(bytes32 hash, address addr) external {
        require(msg.sender == listingAddress);
        address owner = candidates[hash].owner;
        uint256 staked = stakes[hash][owner];
        stakes[hash][owner] = 0;
        stakes[hash][addr] = stakes[hash][addr].plus(staked);
    }

    /// @notice Pays the caller's stakes on a resolved candidate back.
    function unstake(bytes32 hash) external {
        require(!isCandidate(hash));
        uint256 staked = stakes[hash][msg.sender];
        stakes[hash][msg.sender] = 0;
        marketToken.transfer(msg.sender, staked);
    }

    function takeStake(bytes32 hash, address owner, uint256 stake) private {
        stakes[hash][owner] = stakes[hash][owner].plus(stake);
        marketToken.transferFrom(owner, address(this), stake);
    }
}
