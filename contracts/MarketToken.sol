// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {Token} from "./Token.sol";

/// @title The token of one market (CMT): a stake in its polls and a share of its reserve
/// @notice Only the market's Reserve and Listing contracts create and destroy it.
contract MarketToken is Token {
    event Burned(address indexed burner, uint256 amount);
    event Minted(address indexed to, uint256 amount);

    address private immutable deployer;
    address private reserveAddress;
    address private listingAddress;

    /// @param initial_account who receives the first tokens
    /// @param initial_balance how many, in wei
    constructor(address initial_account, uint256 initial_balance) Token("CMT") {
        deployer = msg.sender;
        create(initial_account, initial_balance);
        emit Transfer(address(0), initial_account, initial_balance);
    }

    /// @notice Names the two contracts that may mint and burn. For the deployer, once.
    function setPrivileged(address reserve, address listing) external {
        require(msg.sender == deployer);
        require(reserveAddress == address(0) && listingAddress == address(0));
        reserveAddress = reserve;
        listingAddress = listing;
    }

    function getPrivileged() external view returns (address reserve, address listing) {
        return (reserveAddress, listingAddress);
    }

    function hasPrivilege(address sender) public view returns (bool) {
        return sender == reserveAddress || sender == listingAddress;
    }

    /// @notice Creates `amount` for the caller: the reserve or the listing contract.
    function mint(uint256 amount) external {
        require(hasPrivilege(msg.sender));
        create(msg.sender, amount);
        emit Minted(msg.sender, amount);
    }

    /// @notice Destroys `amount` of the caller's own: the listing contract.
    function burn(uint256 amount) external {
        require(msg.sender == listingAddress);
        destroy(msg.sender, amount);
        emit Burned(msg.sender, amount);
    }

    /// @notice Destroys all that `owner` has, and what `owner` allowed the caller: the reserve.
    function burnAll(address owner) external {
        require(msg.sender == reserveAddress);
        uint256 amount = destroyAll(owner);
        clearAllowance(owner, msg.sender);
        emit Burned(owner, amount);
    }
}
