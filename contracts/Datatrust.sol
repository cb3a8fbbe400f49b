// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {REGISTRATION} from "./CandidateKinds.sol";
import {Checked} from "./Checked.sol";
import {EtherToken} from "./EtherToken.sol";
import {Parameterizer} from "./Parameterizer.sol";
import {Voting} from "./Voting.sol";

/// @title What a market knows of its backend: who it is, what it stores, and what it has delivered
contract Datatrust {
    using Checked for uint256;

    event Registered(bytes32 indexed hash, address indexed registrant);
    event RegistrationSucceeded(bytes32 indexed hash, address indexed registrant);
    event RegistrationFailed(bytes32 indexed hash, address indexed registrant);
    /// @dev Part of the interface, but the deployed contract never emits it, so neither does this one.
    event DeliveryRequested(bytes32 indexed hash, address indexed requester, uint256 amount);
    event Delivered(bytes32 indexed hash, address indexed owner, bytes32 url);
    event ListingAccessed(bytes32 indexed hash, bytes32 indexed delivery, uint256 amount);

    /// @dev The prices are those of the day of the request.
    struct Delivery {
        address owner;
        uint256 bytesRequested;
        uint256 bytesDelivered;
        uint256 costPerByte;
        uint256 backendPayment;
        uint256 makerPayment;
    }

    uint256 private constant LONGEST_URL = 128;

    EtherToken private immutable etherToken;
    Voting private immutable voting;
    Parameterizer private immutable parameterizer;
    address private immutable reserveAddress;
    address private immutable deployer;
    address private listingAddress;
    address private backend;
    string private backendUrl;
    mapping(bytes32 listingHash => bytes32) private dataHashes;
    mapping(bytes32 listingHash => uint256) private accessRewards;
    mapping(address buyer => uint256) private bytesPurchased;
    mapping(bytes32 deliveryHash => Delivery) private deliveries;

    modifier onlyBackend() {
        require(msg.sender == backend);
        _;
    }

    modifier onlyListing() {
        require(msg.sender == listingAddress);
        _;
    }

    modifier shortEnough(string calldata url) {
        require(bytes(url).length <= LONGEST_URL);
        _;
    }

    constructor(EtherToken ether_token, Voting voting_, Parameterizer parameterizer_, address reserve) {
        etherToken = ether_token;
        voting = voting_;
        parameterizer = parameterizer_;
        reserveAddress = reserve;
        deployer = msg.sender;
    }

    /// @notice Names the market's listing contract. For the deployer, once.
    function setPrivileged(address listing) external {
        require(msg.sender == deployer);
        require(listingAddress == address(0));
        listingAddress = listing;
    }

    function getPrivileged() external view returns (address) {
        return listingAddress;
    }

    /// @notice Where the reserve's share of every payment goes.
    function getReserve() external view returns (address) {
        return reserveAddress;
    }

    /// @notice The hash of the candidate that would register the backend at `url`.
    function getHash(string calldata url) public pure shortEnough(url) returns (bytes32) {
        return keccak256(bytes(url));
    }

    /// @notice The registered backend, or the zero address.
    function getBackendAddress() external view returns (address) {
        return backend;
    }

    /// @notice Where the registered backend serves; empty until it says so.
    function getBackendUrl() external view returns (string memory) {
        return backendUrl;
    }

    /// @notice Says where the caller, the registered backend, serves.
    function setBackendUrl(string calldata url) external onlyBackend shortEnough(url) {
        backendUrl = url;
    }

    /// @notice Opens a poll about making the caller the backend, for the price of a stake.
    function register(string calldata url) external {
        require(msg.sender != backend);
        bytes32 hash = getHash(url);
        require(!voting.isCandidate(hash));
        voting.addCandidate(hash, REGISTRATION, msg.sender, parameterizer.getStake(), parameterizer.getVoteBy());
        emit Registered(hash, msg.sender);
    }

    /// @notice Ends a closed poll about a backend.
    /// @dev Success clears the stored URL, which was the former backend's: the new one calls `setBackendUrl`.
    function resolveRegistration(bytes32 hash) external {
        require(voting.candidateIs(hash, REGISTRATION));
        require(voting.pollClosed(hash));
        address registrant = voting.getCandidateOwner(hash);
        if (voting.didPass(hash, parameterizer.getPlurality())) {
            backend = registrant;
            delete backendUrl;
            emit RegistrationSucceeded(hash, registrant);
        } else {
            emit RegistrationFailed(hash, registrant);
        }
        voting.removeCandidate(hash);
    }

    /// @notice The keccak-256 of the bytes that the backend stores for a listing, or zero.
    function getDataHash(bytes32 hash) external view returns (bytes32) {
        return dataHashes[hash];
    }

    /// @notice Records what the backend stores for a listing. It need not exist, and nothing is emitted.
    function setDataHash(bytes32 listing, bytes32 data) external onlyBackend {
        dataHashes[listing] = data;
    }

    /// @notice Forgets what the backend stores for a listing. For the listing contract.
    function removeDataHash(bytes32 hash) external onlyListing {
        delete dataHashes[hash];
    }

    /// @notice Buys `amount` bytes for the caller, under a hash that no unfinished delivery uses.
    /// @dev The price is taken by allowance: the reserve receives its share at once, the rest waits here.
    function requestDelivery(bytes32 hash, uint256 amount) external {
        require(deliveries[hash].owner == address(0));
        uint256 costPerByte = parameterizer.getCostPerByte();
        uint256 price = costPerByte.times(amount);
        uint256 reserveShare = percentage(price, parameterizer.getReservePayment());
        bytesPurchased[msg.sender] = bytesPurchased[msg.sender].plus(amount);
        deliveries[hash] = Delivery({
            owner: msg.sender,
            bytesRequested: amount,
            bytesDelivered: 0,
            costPerByte: costPerByte,
            backendPayment: parameterizer.getBackendPayment(),
            makerPayment: parameterizer.getMakerPayment()
        });
        etherToken.transferFrom(msg.sender, address(this), price);
        etherToken.transfer(reserveAddress, reserveShare);
    }

    /// @notice The bytes that `addr` has paid for and not yet accessed, over all its deliveries.
    function getBytesPurchased(address addr) external view returns (uint256) {
        return bytesPurchased[addr];
    }

    /// @return owner the buyer, or the zero address when there is no such delivery
    /// @return bytes_requested how many bytes were bought with it
    /// @return bytes_delivered how many bytes were accessed under it
    function getDelivery(bytes32 hash)
        external
        view
        returns (address owner, uint256 bytes_requested, uint256 bytes_delivered)
    {
        Delivery storage delivery = deliveries[hash];
        return (delivery.owner, delivery.bytesRequested, delivery.bytesDelivered);
    }

    /// @notice Records that `amount` bytes of a listing were handed out under a delivery. For the backend.
    /// @dev The buyer's purchased bytes are the only limit, whatever this delivery asked for, and for an unknown
    /// delivery that limit is zero bytes.
    function listingAccessed(bytes32 listing, bytes32 delivery, uint256 amount) external onlyBackend {
        require(dataHashes[listing] != bytes32(0));
        Delivery storage accessed = deliveries[delivery];
        bytesPurchased[accessed.owner] = bytesPurchased[accessed.owner].minus(amount);
        accessed.bytesDelivered = accessed.bytesDelivered.plus(amount);
        uint256 reward = percentage(accessed.costPerByte.times(amount), accessed.makerPayment);
        accessRewards[listing] = accessRewards[listing].plus(reward);
        emit ListingAccessed(listing, delivery, amount);
    }

    /// @notice Ends a delivery under which all requested bytes were accessed, and pays the caller: the backend.
    /// @dev An unknown delivery asked for nothing and so counts as complete: it pays nothing and is announced with the
    /// zero address as its owner.
    function delivered(bytes32 delivery, bytes32 url) external onlyBackend {
        Delivery memory completed = deliveries[delivery];
        require(completed.bytesDelivered >= completed.bytesRequested);
        delete deliveries[delivery];
        uint256 price = completed.costPerByte.times(completed.bytesRequested);
        etherToken.transfer(backend, percentage(price, completed.backendPayment));
        emit Delivered(delivery, completed.owner, url);
    }

    /// @notice The CET wei that accesses of a listing have earned and its owner has not claimed.
    function getAccessRewardEarned(bytes32 hash) external view returns (uint256) {
        return accessRewards[hash];
    }

    /// @notice Moves what a listing earned to the reserve. For the listing contract, which mints CMT for it.
    function accessRewardClaimed(bytes32 hash) external onlyListing {
        uint256 earned = accessRewards[hash];
        accessRewards[hash] = 0;
        etherToken.transfer(reserveAddress, earned);
    }

    function percentage(uint256 amount, uint256 percent) private pure returns (uint256) {
        return amount.times(percent).over(100);
    }
}
